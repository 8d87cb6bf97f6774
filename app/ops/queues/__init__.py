"""Queues and job types as operators see and control them."""
