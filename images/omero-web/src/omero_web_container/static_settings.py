"""What decides about static files, for the build of the image, which has no Redis and no secrets.

`django_settings` has the same.
"""

from __future__ import annotations

import os
from typing import Any

from omeroweb import settings as _omeroweb
from omeroweb.settings import *  # noqa: F403 - Django's settings are the names of a module

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "omero_web_container.static_storage.SiteStorage"},
}
STATIC_ROOT = os.environ.get("OMERO_WEB_STATIC_ROOT", "/opt/omero/web/static")
# Before the applications that it repairs: the first template of a name is taken.
INSTALLED_APPS = (
    "omero_platform_fixes",
    *_omeroweb.INSTALLED_APPS,
    "omero_plugin_common",
    "omero_platform_notice",
)


def add_headers(headers: Any, _path: str, _url: str) -> None:
    """What each static file is sent with: a browser takes it for what its type says."""
    headers["X-Content-Type-Options"] = "nosniff"
