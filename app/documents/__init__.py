"""Reads files of any kind into text, tables and pages; knows nothing of jobs, models, HTTP or SQL."""
