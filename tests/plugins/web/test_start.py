"""A web pod comes up with all applications; `ci/bench standin` measures how long that takes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import local_services
from plugin_site import until


def test_a_pod_answers(site: Any, tmp_path: Path, new_visitor: Callable[[str], Any]) -> None:
    with local_services.web_beside(site, tmp_path) as started:
        answer = new_visitor(started.url).get("/webclient/login/")
        assert answer.status_code == 200


@pytest.mark.parametrize("address", ["127.0.0.1", "[::1]"])
def test_a_pod_listens_on_both_families(
    site: Any, tmp_path: Path, new_visitor: Callable[[str], Any], address: str
) -> None:
    with local_services.web_beside(site, tmp_path, OMERO_WEB_LISTEN_HOST="") as started:
        port = started.environment["OMERO_WEB_LISTEN_PORT"]
        assert new_visitor(f"http://{address}:{port}").get("/api/").status_code == 200

        def clients() -> list[str]:
            lines = started.web.log.read_text().splitlines()
            return [line["client"] for line in map(json.loads, lines) if "client" in line]

        # A line is written when its answer has been sent.
        until(lambda: address.strip("[]") in clients(), 10, lambda: str(clients()))
