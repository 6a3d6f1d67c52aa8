"""What the OMERO.web plugins and their worker share."""
