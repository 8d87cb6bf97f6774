"""Users and teams: who somebody is, by e-mail and password, and for which teams he may act."""
