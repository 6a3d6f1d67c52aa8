"""Imaris connector: images of OMERO as files that Imaris opens."""
