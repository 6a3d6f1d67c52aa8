"""Bio-Formats, the library that OMERO.server reads files with, in a process of its own."""
