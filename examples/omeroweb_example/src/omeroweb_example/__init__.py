"""A plugin for OMERO.web: your datasets, and a job that counts their images."""
