"""Export: result folders, workbook, brief, bundle and model file; what was written can be read back and checked."""
