"""Who did what to the platform."""
