"""OMERO.web's properties that `spec.web.config` cannot set, and why.

The image refuses the same ones in files of its own: `properties.toml` there is the table of all
properties. `tests/contract/test_web_properties.py` compares the two.
"""

from collections.abc import Callable, Sequence

# One rule of the definition each, so that the API server's message holds the reason.
REFUSED: dict[str, tuple[str, ...]] = {
    "set by the site's address: spec.web.publicUrl, or host, path, port and tls of "
    "spec.web.ingress": (
        "omero.web.allowed_hosts",
        "omero.web.csrf_cookie_secure",
        "omero.web.csrf_trusted_origins",
        "omero.web.force_script_name",
        "omero.web.prefix",
        "omero.web.secure_proxy_ssl_header",
        "omero.web.session_cookie_path",
        "omero.web.session_cookie_secure",
        "omero.web.static_url",
        "omero.web.use_x_forwarded_host",
    ),
    "set by spec.web.apps, spec.web.plugins and spec.web.extraPlugins": ("omero.web.apps",),
    "set by spec.timeZone": ("omero.web.time_zone",),
    "set by the platform: OMERO.web connects to the site's own OMERO.server over TLS": (
        "omero.web.secure",
        "omero.web.server_list",
    ),
    "set by the platform: sessions and cache are stored in the site's Redis (spec.redis)": (
        "omero.web.caches",
        "omero.web.session_engine",
        "omero.web.session_serializer",
    ),
    "the operator generates it and stores it in the Secret <name>-web-secret-key": (
        "omero.web.secret_key",
    ),
    "its password would be readable in the resource; plugins have spec.pluginDatabase": (
        "omero.web.databases",
    ),
    "set by the image, which runs nginx and gunicorn; use omero.web.wsgi_workers, wsgi_threads "
    "and wsgi_timeout": (
        "omero.web.application_server",
        "omero.web.application_server.host",
        "omero.web.application_server.port",
        "omero.web.nginx_server_extra_config",
        "omero.web.wsgi_worker_class",
        "omero.web.wsgi_worker_connections",
    ),
    "static files are built into the image; plugins bring their own (spec.web.extraPlugins)": (
        "omero.web.pipeline_css_compressor",
        "omero.web.pipeline_js_compressor",
        "omero.web.pipeline_staticfile_storage",
        "omero.web.static_root",
        "omero.web.staticfile_dirs",
    ),
    "set by the image: errors and logs go to standard output as JSON, and pages never show code": (
        "omero.web.debug",
        "omero.web.logdir",
        "omero.web.system_checks",
    ),
    "OMERO.web does not send mail: errors are in its log with the request id. For OMERO.server's "
    "mail set omero.mail.* in spec.server.config": (
        "omero.mail.from",
        "omero.mail.host",
        "omero.mail.password",
        "omero.mail.port",
        "omero.mail.smtp.starttls.enable",
        "omero.mail.username",
        "omero.web.admins",
        "omero.web.admins.email_subject_prefix",
        "omero.web.email_host",
        "omero.web.email_host_password",
        "omero.web.email_host_user",
        "omero.web.email_port",
        "omero.web.email_subject_prefix",
        "omero.web.email_use_tls",
        "omero.web.send_broken_link_emails",
        "omero.web.server_email",
    ),
    "OMERO.web no longer reads it; use omero.policy.binary_access and "
    "omero.client.viewer.initial_zoom_level in spec.server.config": (
        "omero.web.plate_download.enabled",
        "omero.web.viewer.initial_zoom_level",
    ),
    "OMERO.web does not fetch icons from other hosts": ("omero.web.mapr.favicon_webservice",),
}

# Those whose values nobody may read beside the site: only from a Secret.
SECRET = ("omero.web.public.password",)
_FROM_A_SECRET = (
    f"{', '.join(SECRET)}: a secret; put the value into a Secret, and its name and key into "
    "spec.web.configSecretRefs"
)


def rules() -> list[tuple[str, str]]:
    """The CEL rules for a map of properties, with their messages."""
    return [(f"self.all(k, {rule('k')})", message) for rule, message in _RULES]


def name_rules() -> list[tuple[str, str]]:
    """The CEL rules for the name of a property whose value stands in a Secret."""
    return [(rule("self"), message) for rule, message in _RULES if message != _FROM_A_SECRET]


def _not_among(names: Sequence[str]) -> Callable[[str], str]:
    listed = ", ".join(f"'{name}'" for name in names)
    return lambda word: f"!({word} in [{listed}])"


_RULES = (
    *((_not_among(names), f"{', '.join(names)}: {why}") for why, names in REFUSED.items()),
    (_not_among(SECRET), _FROM_A_SECRET),
)
