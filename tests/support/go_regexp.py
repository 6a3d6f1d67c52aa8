"""Regular expressions as programs written in Go read them: by the engine in Helm's templates."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

import yaml

from omero_ci.paths import environment_with_tools
from tools.common.commands import output_of

_CHART: Final = "apiVersion: v2\nname: asked\nversion: 0.1.0\n"
_TEMPLATE: Final = """
found:
  {{- range .Values.texts }}
  - [{{ regexMatch $.Values.pattern . }}, {{ %s | toJson }}]
  {{- end }}
"""
_GROUPS: Final = "regexReplaceAll $.Values.pattern (regexFind $.Values.pattern .) $.Values.groups"


def matches(pattern: str, texts: list[str], groups: str = "") -> list[tuple[bool, str]]:
    """Whether the pattern is found in each text, and what its groups have found.

    Args:
        pattern: a regular expression of Go (RE2).
        texts: what is looked at.
        groups: which groups, such as "${level}"; only for a pattern that begins with `^`.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "Chart.yaml").write_text(_CHART)
        (folder / "templates").mkdir()
        asked = _TEMPLATE % (_GROUPS if groups else '""')
        (folder / "templates" / "found.yaml").write_text(asked)
        values = {"pattern": pattern, "texts": texts, "groups": groups}
        (folder / "values.yaml").write_text(yaml.safe_dump(values))
        command = ["helm", "template", "asked", str(folder)]
        told = output_of(command, environment=environment_with_tools(), folder=folder)
    return [(bool(found), str(text)) for found, text in yaml.safe_load(told)["found"]]
