"""A stand-in for OMERO.server: for tests and offline demos only, never for data."""

# OMERO.web compares the number with its own; the suffix tells people what answers them.
VERSION = "5.6.18-standin"
