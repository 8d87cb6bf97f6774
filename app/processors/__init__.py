"""The job types, one file each; a processor knows its input and a `Context`, neither the row nor Celery."""
