"""Teams: who owns jobs, files and keys, and which users act for them."""
