"""Receiving bytes into the staging volume, whatever protocol they come by.

It is plain Python: no Django, no database, no OMERO. Layers:

    tus > receive > staging > paths | body | errors
"""
