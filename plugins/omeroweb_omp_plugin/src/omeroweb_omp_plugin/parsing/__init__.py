"""From names of files to variables: pure Python, no Django and no OMERO."""

from omeroweb_omp_plugin.parsing.detection import detect, settings_from
from omeroweb_omp_plugin.parsing.errors import PatternRefused, RulesInvalid
from omeroweb_omp_plugin.parsing.models import Detected, Mode, ParsedName, ParserSettings
from omeroweb_omp_plugin.parsing.parser import Parser, compile_parser
from omeroweb_omp_plugin.parsing.rules import Rules, Variable, load_rules

__all__ = [
    "Detected",
    "Mode",
    "ParsedName",
    "Parser",
    "ParserSettings",
    "PatternRefused",
    "Rules",
    "RulesInvalid",
    "Variable",
    "compile_parser",
    "detect",
    "load_rules",
    "settings_from",
]
