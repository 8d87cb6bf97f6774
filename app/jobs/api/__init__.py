"""What the API process does with jobs: submits, reads, changes and cancels them for its callers."""
