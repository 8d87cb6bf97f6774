"""What the scheduler process does with jobs: dispatches, rescues, expires, prunes and counts them."""
