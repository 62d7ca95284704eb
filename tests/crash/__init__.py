"""Crash tests: real traffic while workers, servers and the database are killed."""
