"""What a file of the site may say of OMERO.web's properties."""

from __future__ import annotations

import logging
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from omero_web_container import properties
from omero_web_container.properties import check_additional_settings, check_read, refusals

from omero_plugin_common.env_utils import EnvironmentProblem


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("omero.web.debug", None, "true"),
        ("omero.web.csrf_trusted_origins", '["https://a.org"]', '["https://b.org"]'),
        ("omero.web.csrf_trusted_origins", '["https://a.org"]', None),
        ("omero.web.apps", '["omero_figure"]', '["mine"]'),
        ("omero.web.apps", '["omero_figure"]', None),
    ],
    ids=["set", "changed", "removed", "list replaced", "list removed"],
)
def test_what_is_refused_is_told_with_the_reason(
    name: str, before: str | None, after: str | None
) -> None:
    def held(value: str | None) -> dict[str, str]:
        return {} if value is None else {name: value}

    assert list(refusals(held(before), held(after))) == [(name, properties.table().refused[name])]


def test_what_stays_and_what_is_honoured_is_not_refused() -> None:
    before = {"omero.web.server_list": "[]", "omero.web.apps": '["omero_figure"]'}
    after = before | {"omero.web.page_size": "50", "omero.web.apps": '["omero_figure", "mine"]'}
    assert list(refusals(before, after)) == []


def omeroweb(*additional: Any) -> Any:
    """OMERO.web's settings, as far as they matter here."""
    return SimpleNamespace(
        INTERNAL_SETTINGS_MAPPING={"omero.web.allowed_hosts": ["ALLOWED_HOSTS"]},
        CUSTOM_SETTINGS_MAPPINGS={"omero.web.caches": ["CACHES"]},
        DJANGO_ADDITIONAL_SETTINGS=list(additional),
    )


def test_django_settings_that_work_are_taken() -> None:
    check_additional_settings({"DATE_FORMAT": "d.m.Y"}, omeroweb(["DATE_FORMAT", "d.m.Y"]))


@pytest.mark.parametrize(
    ("name", "words"),
    [("MIDDLEWARE", "the platform sets it"), ("ALLOWED_HOSTS", "set by the site's address")],
)
def test_django_settings_that_would_be_ignored_are_refused(name: str, words: str) -> None:
    settings = {"MIDDLEWARE": ["ours"], "ALLOWED_HOSTS": ["mine"]}
    with pytest.raises(EnvironmentProblem, match=f"{name}: {words}"):
        check_additional_settings(settings, omeroweb([name, ["mine"]]))


@pytest.fixture
def _declared(monkeypatch: pytest.MonkeyPatch) -> None:
    """A loaded application with settings of its own."""
    module = ModuleType("an_app_settings")
    vars(module)["MY_SETTINGS_MAPPING"] = {"omero.web.an_app.title": ["TITLE", "", str, None]}
    monkeypatch.setitem(sys.modules, "an_app_settings", module)


@pytest.mark.usefixtures("_declared")
def test_what_an_application_declares_is_known() -> None:
    check_read({"omero.web.an_app.title": "x", "omero.config.version": "5"}, added_plugins=False)


@pytest.mark.usefixtures("_declared")
def test_a_misspelt_property_ends_the_start_and_names_the_right_one() -> None:
    with pytest.raises(EnvironmentProblem, match=r"did you mean omero\.web\.an_app\.title"):
        check_read({"omero.web.an_app.titel": "x"}, added_plugins=False)


def test_plugins_of_the_site_may_read_what_they_do_not_declare(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)
    check_read({"omero.web.mine.x": "1"}, added_plugins=True)
    assert "omero.web.mine.x" in caplog.text


def test_a_property_of_an_application_that_is_off_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)
    check_read({"omero.web.gallery.title": "x"}, added_plugins=False)
    assert "omero.web.gallery.title has no effect" in caplog.text
