"""A scripted OpenAI-compatible server, run as its own process: the tests' provider and independent witness of calls."""
