"""Circuit breakers: their state, their transitions, and their use by operators."""
