"""Reads a PDF inside a process that limits itself; knows nothing of the rest of Headrace."""
