"""OMERO.web's settings with what the platform owns: secrets, Redis, static files, logs, notice.

Secrets are read from mounted files here and nowhere else, so they are in no file of the pod's
volume, no argument and no log.
"""

from __future__ import annotations

import os
from typing import Any

from omeroweb import settings as _omeroweb
from omeroweb.settings import *  # noqa: F403 - Django's settings are the names of a module

from omero_plugin_common import environment

_CACHE_DATABASE = 1


def _caches() -> dict[str, Any]:
    """Sessions and cache in Redis database 1, where every key expires and may be evicted."""
    host = environment.text("REDIS_HOST")
    port = environment.integer("REDIS_PORT", 6379, low=1, high=65535)
    return {
        "default": {
            "BACKEND": "django_redis.cache.RedisCache",
            "LOCATION": f"redis://{host}:{port}/{_CACHE_DATABASE}",
            "TIMEOUT": _omeroweb.SESSION_COOKIE_AGE,
            "OPTIONS": {
                "PASSWORD": environment.secret("REDIS_PASSWORD_FILE"),
                "SOCKET_CONNECT_TIMEOUT": 5,
                "SOCKET_TIMEOUT": 5,
            },
        }
    }


def _console_logging() -> dict[str, Any]:
    """Everything to standard output.

    OMERO.web's own rotating files would fill the pod's volume unseen.
    """
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"format": "%(asctime)s %(levelname)s [%(name)s] %(message)s"}},
        "handlers": {
            "console": {
                "class": "logging.StreamHandler",
                "stream": "ext://sys.stdout",
                "formatter": "line",
            }
        },
        "loggers": {
            # Django logs each 4xx here; the access log has them already.
            "django.request": {"level": "ERROR", "handlers": ["console"], "propagate": False},
            "omeroweb.settings": {"level": "WARNING"},
        },
        "root": {"level": os.environ.get("LOG_LEVEL", "INFO"), "handlers": ["console"]},
    }


SECRET_KEY = environment.secret("OMERO_WEB_SECRET_KEY_FILE")
DEBUG = False

CACHES = _caches()
SESSION_ENGINE = "django.contrib.sessions.backends.cache"

# Collected when the image was built; whitenoise serves them before anything else runs.
STATIC_ROOT = os.environ.get("OMERO_WEB_STATIC_ROOT", "/opt/omero/web/static")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
WHITENOISE_STATIC_PREFIX = "/static/"
WHITENOISE_MAX_AGE = 3600
MIDDLEWARE = ("whitenoise.middleware.WhiteNoiseMiddleware", *_omeroweb.MIDDLEWARE)

LOGGING = _console_logging()
# With OMERO.web's own configuration already applied Django would not apply this one.
LOGGING_CONFIG = "logging.config.dictConfig"

# The notice on the login page includes what the site itself wanted at this place.
PLATFORM_SITE_INCLUDE = _omeroweb.BASE_INCLUDE_TEMPLATE
BASE_INCLUDE_TEMPLATE = "omero_platform_notice/notice.html"
INSTALLED_APPS = (*_omeroweb.INSTALLED_APPS, "omero_platform_notice")
