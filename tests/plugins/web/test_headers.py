"""What browsers are told about each answer, and what is refused."""

from __future__ import annotations

import re
from typing import Any

import pytest

import local_services
from tools.common.errors import CommandError

STRICT = (
    "default-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; "
    "frame-ancestors 'self'"
)


def _directive(answer: Any, name: str) -> set[str]:
    policy = answer.headers["content-security-policy"]
    table = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    return set(table[name].split())


@pytest.mark.parametrize(
    "path", ["/", "/webclient/login/", "/api/", "/nowhere", "/static/webgateway/css/reset.css"]
)
def test_every_answer_has_a_type_that_is_believed(stranger: Any, path: str) -> None:
    assert stranger.get(path).headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/webclient/login/", "/api/", "/nowhere"])
def test_pages_say_who_may_frame_them_and_what_they_may_use(stranger: Any, path: str) -> None:
    answer = stranger.get(path)
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["x-frame-options"] == "SAMEORIGIN"
    assert _directive(answer, "frame-ancestors") == {"'self'"}
    assert _directive(answer, "object-src") == {"'none'"}
    assert "microphone=()" in answer.headers["permissions-policy"]


def test_by_http_nothing_is_said_about_https(stranger: Any) -> None:
    assert "strict-transport-security" not in stranger.get("/webclient/login/").headers


@pytest.mark.parametrize(
    "path", ["/omeroweb_omp_plugin/", "/omeroweb_upload/", "/omero_plugin_common/jobs/", "/zarr/"]
)
def test_our_own_pages_have_the_strict_policy(visitor: Any, path: str) -> None:
    assert visitor.get(path).headers["content-security-policy"] == STRICT


@pytest.mark.parametrize(
    ("path", "without", "with_"),
    [
        ("/gallery/", "'unsafe-eval'", "'unsafe-inline'"),
        ("/figure/", "blob:", "'unsafe-eval'"),
        ("/fpbioimage/viewer/1/", "data:", "blob:"),
        ("/webclient/", "blob:", "'unsafe-eval'"),
    ],
)
def test_each_application_has_what_it_needs(
    visitor: Any, path: str, without: str, with_: str
) -> None:
    scripts = _directive(visitor.get(path), "script-src")
    assert "'self'" in scripts
    assert with_ in scripts
    assert without not in scripts
    assert not [each for each in scripts if "//" in each or each == "*"]


@pytest.mark.parametrize("path", ["/zarr/vizarr/", "/zarr/vizarr/1", "/zarr/validator/?source=x"])
def test_viewers_from_other_hosts_are_refused(visitor: Any, new_visitor: Any, path: str) -> None:
    assert new_visitor(str(visitor.base_url)).get(path).url.path == "/webclient/login/"
    answer = visitor.get(path)
    assert answer.status_code == 404
    assert "/zarr/v0.4/image/[IMAGE_ID].zarr" in answer.text
    assert answer.elapsed.total_seconds() < 10


SITE = """
config append -- omero.web.django_additional_settings \
'["CSP_ADDITIONS", {"img-src": ["https://tiles.example.org"]}]'
config append -- omero.web.django_additional_settings '["SECURE_HSTS_SECONDS", 60]'
"""
MISTAKE = "config append -- omero.web.django_additional_settings '[\"CSP_ADDITIONS\", 1]'"
WITH_THESE = """
import django
django.setup()
from django.conf import settings
from omero_web_container.content_security_policy import header
print(settings.SECURE_HSTS_SECONDS, header("omeroweb.webclient.views"))
"""


@pytest.mark.parametrize(
    ("drop_in", "said"),
    [
        (SITE, r"60 default-src 'self'; .*img-src 'self' data: blob: https://tiles\.example\.org"),
        (MISTAKE, r"CSP_ADDITIONS in omero\.web\.django_additional_settings must be a table"),
    ],
)
def test_a_site_adds_to_the_policy(site: Any, tmp_path: Any, drop_in: str, said: str) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "10.omero").write_text(drop_in)
    program = (
        "import os; from pathlib import Path; from omero_web_container import config_files;"
        "config_files.prepare(Path(os.environ['OMERODIR']), Path(os.environ['FOLDER']))"
    )
    environment = local_services.python_environment(
        **site.environment
        | {
            "OMERODIR": str(tmp_path / "omero"),
            "FOLDER": str(tmp_path / "config"),
            "DJANGO_SETTINGS_MODULE": "omero_web_container.django_settings",
        }
    )
    local_services.python(program, tmp_path / "prepare.log", environment)
    try:
        text = local_services.python(WITH_THESE, tmp_path / "settings.log", environment)
    except CommandError as error:
        text = str(error)
    assert re.search(said, text), text[-2000:]
