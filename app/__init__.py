"""Headrace: a self-hosted platform for AI jobs."""

__version__ = "0.1.0"
