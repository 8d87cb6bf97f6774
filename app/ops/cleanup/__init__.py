"""Cleaning up by hand."""
