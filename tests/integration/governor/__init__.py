"""The governor, against a real Valkey."""
