"""Builds the pinned programs once into the cache folder and finds them afterwards."""
