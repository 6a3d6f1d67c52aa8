"""Probes and drain of OMERO.server: scripts for the Python of its image, in a ConfigMap.

They need nothing but that Python, Ice and, for one of them, OMERO's client library, so they work in
the public image as it is. The operator reads them as text and never runs them.
"""

from pathlib import Path
from types import MappingProxyType

FOLDER = "/etc/omero-platform/server"
FILES = MappingProxyType(
    {
        path.name: path.read_text(encoding="utf-8")
        for path in sorted(Path(__file__).parent.glob("server_*.py"))
    }
)
