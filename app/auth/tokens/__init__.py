"""Tokens of users who signed in with a password: a short access token, and a refresh token that buys the next one."""
