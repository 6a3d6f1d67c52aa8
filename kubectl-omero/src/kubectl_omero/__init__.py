"""`kubectl omero`: looks at and cares for OMERO sites on Kubernetes."""

__version__ = "0.1.0"
