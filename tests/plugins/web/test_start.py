"""A web pod comes up with all applications; `ci/bench standin` measures how long that takes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import local_services


def test_a_pod_answers(site: Any, tmp_path: Path, new_visitor: Callable[[str], Any]) -> None:
    with local_services.web_beside(site, tmp_path) as started:
        answer = new_visitor(started.url).get("/webclient/login/")
        assert answer.status_code == 200
