"""The governor, as far as it needs no server."""
