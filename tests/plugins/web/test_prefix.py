"""OMERO.web below a path: links, files, log-in and probes; and what drop-ins may say."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

GENES = {"menu": "gene", "config": {"default": ["G"], "all": ["G"], "ns": ["n"], "label": "G"}}
DROP_IN = f"""
config append -- omero.web.ui.top_links '["Wiki", "https://wiki.example.org/"]'
config append -- omero.web.mapr.config '{json.dumps(GENES)}'
"""


def test_below_a_path(own_site: Callable[..., Any], new_visitor: Callable[[str], Any]) -> None:
    site = own_site(drop_in=DROP_IN, PUBLIC_URL="/omero/", WEB_APPS="mapr,iviewer,tagsearch")
    visitor = new_visitor(f"{site.url}/omero")
    answer = visitor.log_in(site.standin.password)
    assert answer.url.path == "/omero/webclient/"
    page = answer.text
    assert 'href="https://wiki.example.org/"' in page
    assert "/omero/mapr/anyvalue/" in page
    assert visitor.get("/mapr/gene/").status_code == 200

    own = re.findall(r'(?:src|href)="(/[^"]*)"', page)
    assert own
    assert [address for address in own if not address.startswith("/omero/")] == []
    files = {address for address in own if re.search(r"/static/.*\.\w+(\?|$)", address)}
    assert len(files) > 20
    for address in files:
        assert visitor.get(f"{site.url}{address}").status_code == 200, address
    hashed = next(address for address in files if re.search(r"\.[0-9a-f]{12}\.js", address))
    assert "immutable" in visitor.get(f"{site.url}{hashed}").headers["cache-control"]

    for path in ("/healthz", "/omero/healthz", "/omero/api/", "/api/"):
        assert visitor.get(f"{site.url}{path}").status_code == 200, path


def test_two_sites_on_one_host_keep_their_cookies_apart(
    own_site: Callable[..., Any], new_visitor: Callable[[str], Any]
) -> None:
    """Ports are no part of a cookie: to a browser these two are one host with two paths."""
    sites = [(path, own_site(PUBLIC_URL=f"{path}/")) for path in ("/lab", "/teaching")]
    (lab, lab_password), (teaching, teaching_password) = (
        (f"{site.url}{path}", site.standin.password) for path, site in sites
    )
    browser = new_visitor(lab)
    assert browser.log_in(lab_password).url.path == "/lab/webclient/"
    browser.base_url = teaching
    assert browser.log_in(teaching_password).url.path == "/teaching/webclient/"
    assert browser.is_logged_in
    browser.base_url = lab
    assert browser.is_logged_in
    paths = {(cookie.name, cookie.path) for cookie in browser.cookies.jar}
    assert {path for _, path in paths} == {"/lab", "/teaching"}
    assert ("sessionid", "/lab") in paths and ("csrftoken", "/teaching") in paths
