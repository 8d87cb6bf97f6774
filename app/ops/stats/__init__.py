"""Statistics of the whole system."""
