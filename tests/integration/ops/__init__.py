"""What operators see and do, over the HTTP API and in the databases."""
