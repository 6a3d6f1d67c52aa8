"""What keeps a worker from doing jobs, in words, for the readiness probe of its pod.

The operator quotes the probe's words in a condition of the platform: so it learns of an external
plugin database, too, of which it knows no more than the address.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

from omero_plugin_common import database
from omero_plugin_common.errors import Unavailable

# The pod's own /tmp; its probe (`worker_probe.sh` of omero_web_container) looks in the same folder.
FILE: Final = Path(tempfile.gettempdir()) / "worker-problem"


def tell(problem: Exception | None) -> None:
    """Keep what is wrong with the plugin database, or that nothing is.

    Args:
        problem: what a look at the jobs ended with; other problems have conditions of their own.
    """
    if isinstance(problem, database.AWAY):
        words = " ".join(str(problem).split())
        # Ours say themselves what is wrong with which database; those of the driver do not.
        told = isinstance(problem, Unavailable)
        said = words if told else f"the plugin database cannot be used: {words}"
        FILE.write_text(f"{said}\n", encoding="utf-8")
    else:
        FILE.unlink(missing_ok=True)
