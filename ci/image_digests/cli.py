"""`ci/image-digests`: ask the registries what the chart's tags name now, and pin that."""

from __future__ import annotations

from image_digests.pins import renew
from omero_ci.charts import OPERATOR_CHART
from omero_ci.console import say
from omero_ci.paths import ROOT
from tools.common.errors import CommandError

SETTINGS = ROOT / "operator" / "src" / "omero_operator" / "settings.py"


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
