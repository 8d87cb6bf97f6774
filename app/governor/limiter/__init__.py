"""How many calls a provider may get: quotas and places, shared by all workers through Redis."""
