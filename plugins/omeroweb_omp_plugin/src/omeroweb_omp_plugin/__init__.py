"""A plugin for OMERO.web: from the names of images to key-value pairs."""
