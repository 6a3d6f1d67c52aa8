"""Exports and their files in the plugin database."""
