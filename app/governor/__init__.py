"""Protects providers: limits, breakers, status. Wraps the models that are asked."""
