"""A second, independent program for the same problem, written from the documents alone, to check the optimizer against."""
