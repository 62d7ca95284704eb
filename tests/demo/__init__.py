"""What makes the demo database a living demo: its accounts connected to the sandbox."""
