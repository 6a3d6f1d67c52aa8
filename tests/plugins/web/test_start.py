"""How long a web pod takes to its first answer, with all applications."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import local_services

MOST_SECONDS = 15


def test_a_pod_answers_soon(
    site: Any,
    tmp_path: Path,
    new_visitor: Callable[[str], Any],
    record_property: Callable[[str, object], None],
) -> None:
    began = time.monotonic()
    with local_services.web_beside(site, tmp_path) as started:
        answer = new_visitor(started.url).get("/webclient/login/")
        seconds = time.monotonic() - began
        assert answer.status_code == 200
    record_property("seconds to the login page", round(seconds, 2))
    assert seconds <= MOST_SECONDS
