"""`ci/image-digests`: asks the registries what the chart's tags name now, and pins that.

Two places say which images run: the chart's file and the operator's own defaults.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import yaml

from omero_ci.charts import OPERATOR_CHART
from omero_ci.console import say
from omero_ci.paths import ROOT
from omero_ci.registry import digest_of
from tools.common.errors import CommandError

SETTINGS = ROOT / "operator" / "src" / "omero_operator" / "settings.py"


@dataclass(frozen=True)
class Pin:
    """A tag and what it names.

    Attributes:
        reference: `host/path:tag`.
        digest: What the tag names now.
        before: What the file said; empty where the tag is new.
    """

    reference: str
    digest: str
    before: str

    @property
    def changed(self) -> bool:
        """Whether a renewal changed something."""
        return self.digest != self.before


def main(arguments: list[str]) -> int:
    """Renew the pins and print each one."""
    if arguments:
        raise CommandError(
            "usage: ci/image-digests    (no arguments; the tags come from values.yaml)"
        )
    for pin in renew(OPERATOR_CHART, SETTINGS):
        say(f"{pin.reference:<45} {pin.digest}{'' if pin.changed else '   (as before)'}")
    say("now run `UPDATE_GOLDEN=1 ci/test unit charts`, and look at `git diff`")
    return 0


def renew(chart: Path, settings: Path, ask: Callable[[str], str] = digest_of) -> list[Pin]:
    """Pin what the chart's tags name now.

    Nothing is written unless every registry answered.

    Args:
        chart: Folder with values.yaml and files/image-digests.yaml; the latter is written.
        settings: The operator's settings.py; its default images are rewritten.
        ask: Finds the digest of a reference.

    Raises:
        CommandError: A registry does not answer, or settings.py lacks the image of the chart.
    """
    file = chart / "files" / "image-digests.yaml"
    before: dict[str, str] = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    pins = [Pin(one, ask(one), before.get(one, "")) for one in references(chart)]
    source = settings.read_text(encoding="utf-8")
    for pin in pins:
        source = _rewritten(source, pin, settings)
    comment = file.read_text(encoding="utf-8").partition("\n")[0]
    lines = [comment, *(f"{pin.reference}: {pin.digest}" for pin in pins)]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    settings.write_text(source, encoding="utf-8")
    return pins


def references(chart: Path) -> list[str]:
    """The images of others that the chart's defaults name, each with its tag.

    Ours have none there: they are released together with the chart, which their tag names.
    """
    values = yaml.safe_load((chart / "values.yaml").read_text(encoding="utf-8"))
    images = [one for one in values["global"]["images"].values() if isinstance(one, dict)]
    return [f"{one['repository']}:{one['tag']}" for one in images if one["tag"]]


def short(reference: str) -> str:
    """A reference as people write it, without what Docker adds by itself."""
    return reference.removeprefix("docker.io/").removeprefix("library/")


def _rewritten(source: str, pin: Pin, settings: Path) -> str:
    name = short(pin.reference)
    old = f'"{name}@{pin.before}"' if pin.before else f'"{name}"'
    if old not in source:
        raise CommandError(
            f"{settings.name}: no default image {old}; write it as values.yaml has it"
        )
    return source.replace(old, f'"{name}@{pin.digest}"')
