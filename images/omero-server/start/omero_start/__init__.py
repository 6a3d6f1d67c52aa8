"""What the image does before OMERO.server starts, with nothing but the image's own programs.

`omero-start` runs the steps of `__main__.py` in order; each either makes something true or ends
the container with words that say what to do.
"""
