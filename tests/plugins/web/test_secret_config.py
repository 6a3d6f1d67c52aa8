"""Properties whose values stand in Secrets (`spec.web.configSecretRefs`), as a pod gets them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import local_services
from tools.common.errors import CommandError

SECRET = "correct-horse-battery-staple"
PASSWORD = "omero.web.public.password"


def pod(
    folder: Path, secrets: dict[str, str], properties: dict[str, str] | None = None
) -> dict[str, str]:
    """The variables of a pod with these files and this configuration."""
    for name in ("secrets", "config", "var"):
        (folder / name).mkdir()
    for name, value in secrets.items():
        (folder / "secrets" / name).write_text(value)
    lines = (f"config set -- {name} '{value}'\n" for name, value in (properties or {}).items())
    (folder / "config" / "90-platform.omero").write_text("".join(lines))
    return {
        "OMERO_WEB_CONFIG_FOLDER": str(folder / "config"),
        "OMERO_WEB_SECRET_CONFIG_FOLDER": str(folder / "secrets"),
        "OMERODIR": str(folder / "var"),
        "TERMINATION_LOG": str(folder / "termination"),
        "LOG_LEVEL": "DEBUG",
        # A plugin of the site's own may read properties that nobody here knows.
        "WEB_EXTRA_PLUGINS": "[]",
    }


def test_the_public_users_password_comes_from_a_secret(
    site: Any, tmp_path: Path, new_visitor: Callable[[str], Any]
) -> None:
    """A visitor sees what the user sees; the value is in OMERO's own file and nowhere else."""
    account = {"enabled": "true", "user": "root", "url_filter": "^/webgateway/"}
    properties = {f"omero.web.public.{name}": value for name, value in account.items()}
    password = site.standin.password
    variables = pod(tmp_path, {PASSWORD: f"{password}\n"}, properties)
    with local_services.web_beside(site, tmp_path, **variables) as beside:
        assert new_visitor(beside.url).get("/webgateway/proj/list/").status_code == 200
    holders = {
        str(file.relative_to(tmp_path))
        for file in tmp_path.rglob("*")
        if file.is_file() and password.encode() in file.read_bytes()
    }
    assert holders == {f"secrets/{PASSWORD}", "var/etc/grid/config.xml"}


@pytest.mark.parametrize(
    ("secrets", "properties", "words"),
    [
        (
            {"omero.web.django_additional_settings": f'[["EMAIL", "{SECRET}"'},
            {},
            "the value of omero.web.django_additional_settings cannot be used; it comes from "
            "spec.web.configSecretRefs",
        ),
        (
            {"omero.web.wsgi_threads": SECRET},
            {},
            "the value of omero.web.wsgi_threads cannot be used; it comes from "
            "spec.web.configSecretRefs",
        ),
        (
            {"omero.web.secret_key": SECRET},
            {},
            "spec.web.configSecretRefs cannot set omero.web.secret_key: the operator generates it",
        ),
        (
            {"omero.web.public.pasword": SECRET},
            {},
            f"nothing here reads the property omero.web.public.pasword (spec.web.config, "
            f"configSecretRefs); did you mean {PASSWORD}?",
        ),
        (
            {},
            {PASSWORD: SECRET},
            f"cannot set {PASSWORD}: a secret; put the value into a Secret, and its name and key "
            "into spec.web.configSecretRefs",
        ),
    ],
    ids=["no JSON", "no number", "refused", "misspelt", "not from a Secret"],
)
def test_what_cannot_be_used_is_named_without_its_value(
    site: Any, tmp_path: Path, secrets: dict[str, str], properties: dict[str, str], words: str
) -> None:
    variables = pod(tmp_path, secrets, properties)
    with (
        pytest.raises(CommandError),
        local_services.web_beside(site, tmp_path, **variables),
    ):
        pass
    said = (tmp_path / "termination").read_text()
    assert words in said
    assert SECRET not in said + (tmp_path / "web.log").read_text()
