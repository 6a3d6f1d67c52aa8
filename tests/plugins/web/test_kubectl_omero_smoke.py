"""`kubectl omero smoke` asks a real OMERO.web."""

from __future__ import annotations

import ssl

import pytest

import local_services
from kubectl_omero.smoke import FailedError, Site


@pytest.fixture
def asked(site: local_services.Site) -> Site:
    return Site(site.url, ssl.create_default_context())


def test_a_user_comes_in_reads_and_leaves(asked: Site) -> None:
    assert asked.login_page().endswith("/webclient/login/")
    assert asked.log_in("ada", "ada-demo") == "as ada"
    assert asked.projects().endswith("can be read")
    assert asked.log_out() == "the session is closed"
    with pytest.raises(FailedError, match="403"):
        asked.projects()


def test_a_wrong_password_is_told_from_a_site_that_is_away(
    asked: Site, site: local_services.Site
) -> None:
    with pytest.raises(FailedError, match=r"(?i)password|credentials"):
        asked.log_in("ada", "wrong")
    away = Site("http://127.0.0.1:1", ssl.create_default_context())
    with pytest.raises(FailedError, match="refused"):
        away.login_page()


def test_another_web_server_is_no_omero(site: local_services.Site) -> None:
    other = Site(f"{site.url}/api", ssl.create_default_context())
    with pytest.raises(FailedError, match="/api/webclient/login/"):
        other.login_page()
