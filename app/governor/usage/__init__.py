"""The usage of providers: recorded by workers, reported to operators."""
