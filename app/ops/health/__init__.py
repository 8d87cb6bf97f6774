"""Whether the parts that a process needs can do their work."""
