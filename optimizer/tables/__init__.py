"""Tables: the schema, reading and checking, templates, what-ifs."""
