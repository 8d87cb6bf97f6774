"""What a worker process does with jobs: runs their attempts, from a message to a record."""
