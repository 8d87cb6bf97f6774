"""Protect a provider: its limits, its breaker, its status; wraps the models that are asked."""
