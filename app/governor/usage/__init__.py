"""What calls to providers came to: recorded by workers, reported to operators."""
