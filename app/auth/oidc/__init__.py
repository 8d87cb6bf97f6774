"""Single sign-on: users whom an OpenID provider knows sign in there, and are users here by (issuer, subject)."""
