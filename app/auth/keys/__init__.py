"""API keys: credentials of programs, each of a user, for one team, with some of the user's rights."""
