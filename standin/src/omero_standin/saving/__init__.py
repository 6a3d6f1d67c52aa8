"""Graphs of Ice objects → rows: what IUpdate does, with the server's checks."""
