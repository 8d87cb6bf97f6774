"""The local stack: PostgreSQL and Valkey from wheels, and the runner that keeps one machine's processes alive."""
