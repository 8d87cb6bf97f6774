"""Actions over many jobs, which the scheduler does."""
