"""Bio-Formats, the library that OMERO reads files with, in a process of its own.

It says which files belong together, in which format they are, and what cannot be read.
"""

from omeroweb_upload.bio_formats.answers import Description, Problem, Unread
from omeroweb_upload.bio_formats.installed import missing
from omeroweb_upload.bio_formats.process import BioFormats, shared

__all__ = ["BioFormats", "Description", "Problem", "Unread", "missing", "shared"]
