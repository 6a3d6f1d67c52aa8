"""What a site sets for the plugin, and pods that lack it."""

from __future__ import annotations

from pathlib import Path

import pytest

from omero_plugin_common.env_utils import InvalidValue
from omero_plugin_common.errors import Unavailable
from omeroweb_upload import configuration


def test_a_pod_without_the_volume_says_who_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Gateway of the site's own that knows only the Service of OMERO.web."""
    monkeypatch.delenv(configuration.STAGING_FOLDER, raising=False)
    assert not configuration.has_staging()
    with pytest.raises(Unavailable, match="the Service NAME-uploads") as raised:
        configuration.staging_folder()
    assert (raised.value.status, raised.value.code) == (503, "no_staging")


def test_the_folder_is_where_the_site_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(configuration.STAGING_FOLDER, "/uploads/staging")
    assert configuration.staging_folder() == Path("/uploads/staging")


def test_an_unknown_driver_names_the_field(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(configuration.DRIVER, "cli")
    with pytest.raises(InvalidValue, match=r"'cli' is not one of .* spec\.web\.uploads\.driver"):
        configuration.driver()


def test_what_waits_for_its_user_is_kept_as_long_as_what_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(configuration.CLEANUP_MAX_AGE, "1000")
    monkeypatch.setenv(configuration.CLEANUP_STALE_AGE, "100")
    assert configuration.cleanup_stale_age() == 1000
