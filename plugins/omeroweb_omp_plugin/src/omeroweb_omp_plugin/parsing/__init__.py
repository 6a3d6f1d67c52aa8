"""From names of files to variables: pure Python, no Django and no OMERO."""

from omeroweb_omp_plugin.parsing.detection import detect, learn, settings_from
from omeroweb_omp_plugin.parsing.errors import PatternRefused, RulesInvalid
from omeroweb_omp_plugin.parsing.models import (
    Detected,
    FoundScheme,
    Group,
    Key,
    Mode,
    ParsedName,
    ParserSettings,
    Piece,
    settings_of,
)
from omeroweb_omp_plugin.parsing.parser import Parser, compile_parser
from omeroweb_omp_plugin.parsing.rules import Rules, Variable, load_rules

__all__ = [
    "Detected",
    "FoundScheme",
    "Group",
    "Key",
    "Mode",
    "ParsedName",
    "Parser",
    "ParserSettings",
    "PatternRefused",
    "Piece",
    "Rules",
    "RulesInvalid",
    "Variable",
    "compile_parser",
    "detect",
    "learn",
    "load_rules",
    "settings_from",
    "settings_of",
]
