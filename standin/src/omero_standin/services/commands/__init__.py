"""Commands: what clients send to `submit`, one module per kind of work."""
