"""Operator of the OMERO Platform: one custom resource is one OMERO site."""

__version__ = "0.1.0"
