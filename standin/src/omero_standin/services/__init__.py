"""One file per OMERO service.

A class has one method per operation that the stand-in supports, with the operation's own name.
"""
