"""The command line: one file for what runs processes, one for jobs over the public API, and how both are shown."""
