"""From names of files to variables: pure Python, no Django and no OMERO."""

from omeroweb_omp_plugin.parsing.models import Detected, Mode, ParsedName, ParserSettings

__all__ = ["Detected", "Mode", "ParsedName", "ParserSettings"]
