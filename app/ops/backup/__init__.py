"""A backup is one file: the tables as of one moment, uploaded files, the files folder, and what proves it whole."""
