"""Files that jobs may read, by relative path."""
