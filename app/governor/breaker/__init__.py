"""Whether a provider may be called at all: circuit breakers, their state, their changes, and their use by hand."""
