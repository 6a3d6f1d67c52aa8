"""A line at the foot of the login page: which OMERO.server serves this site, and plainly so when it is a stand-in."""
