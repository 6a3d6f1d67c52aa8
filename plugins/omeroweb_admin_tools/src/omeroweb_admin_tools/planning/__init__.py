"""Decisions about numbers and tables, without any server."""
