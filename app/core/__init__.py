"""What every room needs and no room owns: settings, errors, connections, clock, logging, the Celery app."""
