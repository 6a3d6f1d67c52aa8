"""A line at the foot of the login page.

Which OMERO.server serves this site, and plainly so when it is a stand-in.
"""
