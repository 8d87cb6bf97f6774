"""Telling other processes: publish and subscribe over Redis. A lost message is made up for by the database."""
