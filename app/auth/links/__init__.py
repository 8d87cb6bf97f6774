"""Links that work once: invites, and the reset of a password."""
