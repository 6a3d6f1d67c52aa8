"""What is asked of OMERO."""
