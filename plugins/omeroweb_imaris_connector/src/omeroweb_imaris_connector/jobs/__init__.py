"""The plugin's jobs, and its work that comes back: importing this package declares them."""

from __future__ import annotations

from omeroweb_imaris_connector.jobs import clean_up, exports

__all__ = ["clean_up", "exports"]
