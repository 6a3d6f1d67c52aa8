"""OMERO.web's settings with what the platform owns: secrets, Redis, static files, logs, notice.

Secrets are read from mounted files here and nowhere else, so they are in no file of the pod's
volume, no argument and no log.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from omero_web_container import secret_config

try:
    from omeroweb import settings as _omeroweb
except Exception as _error:
    if _problem := secret_config.problem(_error):
        raise _problem from None
    raise
from omeroweb.settings import *  # noqa: F403 - Django's settings are the names of a module
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError, TimeoutError  # noqa: A004 - Redis' own
from redis.retry import Retry

from omero_plugin_common import env_utils, redis_client
from omero_plugin_common.redis_sentinel import Sentinels
from omero_web_container import (
    cache,
    front,
    json_logs,
    limits,
    sentinel_cache,
    sessions,
    static_settings,
)
from omero_web_container.properties import check_additional_settings
from omero_web_container.public_address import public_address

# A site may set what the platform does not: these, too.
_GIVEN = dict(_omeroweb.DJANGO_ADDITIONAL_SETTINGS)
_LOADERS = [
    "django.template.loaders.filesystem.Loader",
    "omero_platform_fixes.template_loader.Loader",
]
_DEVELOPMENT = bool(os.environ.get("OMERO_WEB_DEVELOPMENT"))
_FRONT = front.shared_folder()


def _caches() -> dict[str, Any]:
    """Sessions and cache in Redis database 1, where every key expires and may be evicted."""
    sentinels = Sentinels.from_environment()
    common = {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": sentinel_cache.LOCATION
        if sentinels
        else redis_client.redis_address(redis_client.CACHE_DATABASE),
        # What another version of the image has stored is never read.
        "KEY_PREFIX": sessions.key_prefix(),
    }
    options = {
        "PASSWORD": env_utils.get_secret_env("REDIS_PASSWORD_FILE"),
        "SOCKET_CONNECT_TIMEOUT": 2,
        "SOCKET_TIMEOUT": 2,
        # A connection to a Redis pod that is gone is silent, not closed: one new attempt.
        "CONNECTION_POOL_KWARGS": {
            "retry": Retry(NoBackoff(), 1),
            "retry_on_error": [ConnectionError, TimeoutError],
            **({} if sentinels else redis_client.tls_settings()),
        },
        **({"CONNECTION_FACTORY": sentinel_cache.FACTORY} if sentinels else {}),
    }
    bounded = {**options, "CLIENT_CLASS": "omero_web_container.cache.BoundedClient"}
    return {
        "default": {**common, "TIMEOUT": cache.LONGEST_SECONDS, "OPTIONS": bounded},
        "sessions": {**common, "TIMEOUT": _omeroweb.SESSION_COOKIE_AGE, "OPTIONS": options},
    }


def _middleware() -> tuple[str, ...]:
    """OMERO.web's, with our sessions instead of Django's; before them static files and headers.

    Hosts are looked at before anything reads one; the limit on logins stands next to the views.
    "One moment" is made next to them, too, so that its answer has a session like any other.
    """
    django, ours = (
        "django.contrib.sessions.middleware.SessionMiddleware",
        "omero_web_container.middleware.Sessions",
    )
    listed = [ours if name == django else name for name in _omeroweb.MIDDLEWARE]
    cors = "corsheaders.middleware.CorsMiddleware"
    if _omeroweb.CORS_ORIGIN_WHITELIST or _omeroweb.CORS_ORIGIN_ALLOW_ALL:
        listed = [cors, *(name for name in listed if name != cors)]
    # With a front, it is nginx that serves them.
    files = () if _FRONT else ("whitenoise.middleware.WhiteNoiseMiddleware",)
    first = (
        "omero_web_container.request_metrics.NameApp",
        *files,
        "django.middleware.security.SecurityMiddleware",
        "omero_web_container.content_security_policy.ContentSecurityPolicy",
        "omero_web_container.user_files.UserFiles",
        "omero_web_container.known_host.KnownHost",
        "omero_web_container.error_answers.ErrorAnswers",
        "omero_web_container.public_address.AsAddressed",
    )
    last = (
        "omero_web_container.server_away.ServerAway",
        "omero_web_container.login_limit.middleware.LoginLimitMiddleware",
    )
    return (*first, *listed, *last)


def _templates() -> list[dict[str, Any]]:
    """OMERO.web's, with Django's `static`: its own joins addresses without looking for the hash."""
    (engine,) = _omeroweb.TEMPLATES
    options = dict(engine["OPTIONS"])
    if _DEVELOPMENT:
        # Nothing is kept in memory. No hashes: no other tag.
        options["loaders"] = _LOADERS
        return [{**engine, "APP_DIRS": False, "OPTIONS": options}]
    own, django = "omeroweb.webgateway.templatetags.defaulttags", "django.templatetags.static"
    options["builtins"] = [django if name == own else name for name in options["builtins"]]
    options["loaders"] = [("django.template.loaders.cached.Loader", _LOADERS)]
    return [{**engine, "APP_DIRS": False, "OPTIONS": options}]


SECRET_KEY = env_utils.get_secret_env("OMERO_WEB_SECRET_KEY_FILE")
DEBUG = False

# A form or an address may carry a thousand selected images.
DATA_UPLOAD_MAX_NUMBER_FIELDS = _GIVEN.get("DATA_UPLOAD_MAX_NUMBER_FIELDS", limits.FORM_FIELDS)
DATA_UPLOAD_MAX_MEMORY_SIZE = _GIVEN.get("DATA_UPLOAD_MAX_MEMORY_SIZE", limits.FORM_BYTES)

CACHES = _caches()
SESSION_ENGINE = "omero_web_container.session_store"
SESSION_CACHE_ALIAS = "sessions"
MIDDLEWARE = _middleware()
TEMPLATES = _templates()
ROOT_URLCONF = "omero_web_container.urls"

# Scripts get what OMERO.web says, people get words.
CSRF_FAILURE_VIEW = "omero_web_container.error_answers.csrf_failure"

# Sent by HTTPS only.
SECURE_HSTS_SECONDS = _GIVEN.get("SECURE_HSTS_SECONDS", 180 * 24 * 3600)
SECURE_REFERRER_POLICY = _GIVEN.get("SECURE_REFERRER_POLICY", "same-origin")

# Collected when the image was built.
STATIC_ROOT = os.environ.get("OMERO_WEB_STATIC_ROOT", "/opt/omero/web/static")
STORAGES = static_settings.STORAGES
if _PREFIX := public_address().prefix:
    # The rest of the host is others', perhaps another OMERO.web's.
    CSRF_COOKIE_PATH = LANGUAGE_COOKIE_PATH = _PREFIX
# What requests have when `wsgi` has taken the prefix off.
WHITENOISE_STATIC_PREFIX = "/static/"
WHITENOISE_MAX_AGE = 3600
WHITENOISE_ADD_HEADERS_FUNCTION = static_settings.add_headers
# Files of added plugins, collected when the pod starts: below `static/` in this folder.
WHITENOISE_ROOT = str(front.added_in(_FRONT or Path(os.environ["OMERODIR"])))

if _DEVELOPMENT:
    # Static files straight from their sources.
    STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "pipeline.storage.PipelineStorage"}}
    WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = True
    WHITENOISE_MAX_AGE = 0
    PIPELINE = {**_omeroweb.PIPELINE, "PIPELINE_ENABLED": False}

LOGGING = json_logs.configuration(os.environ.get("LOG_LEVEL", "INFO"))
# With OMERO.web's own configuration already applied Django would not apply this one.
LOGGING_CONFIG = "logging.config.dictConfig"

# The notice on the login page includes what the site itself wanted at this place.
PLATFORM_SITE_INCLUDE = _omeroweb.BASE_INCLUDE_TEMPLATE
BASE_INCLUDE_TEMPLATE = "omero_platform_notice/notice.html"
INSTALLED_APPS = static_settings.INSTALLED_APPS
# OMERO.web mounts the routes of the applications in this list: those of jobs, for every plugin.
ADDITIONAL_APPS = [*_omeroweb.ADDITIONAL_APPS, "omero_plugin_common"]

check_additional_settings(globals(), _omeroweb)
