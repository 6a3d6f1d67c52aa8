"""Imports without Bio-Formats: what is in a file, and the rows of the images made from it."""
