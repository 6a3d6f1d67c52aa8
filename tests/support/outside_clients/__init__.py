"""OMERO clients from PyPI that nobody here wrote: their environment, and what is tried of them."""
