"""The product: jobs, their states, their way to a worker and back."""
