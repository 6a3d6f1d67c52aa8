"""The image's own package is not installed in `.venv`.

Its sources are on the path for these tests.
"""

from __future__ import annotations

import sys
from pathlib import Path

_SOURCES = Path(__file__).parents[3] / "images" / "omero-web" / "src"
if str(_SOURCES) not in sys.path:
    sys.path.insert(0, str(_SOURCES))
