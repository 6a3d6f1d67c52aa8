"""What is asked of OMERO: the only modules that import omero."""
