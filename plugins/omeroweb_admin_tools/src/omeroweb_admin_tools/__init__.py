"""A plugin for OMERO.web: what an administrator of OMERO needs to know and to set."""
