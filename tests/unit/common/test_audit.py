"""Lines of the audit log."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from omero_plugin_common import audit

ADA: Any = SimpleNamespace(user_id=7, user_name='ada "the first"\n', request_id="r-1")


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    """As before afterwards."""
    logger = audit.LOGGER
    before = (logger.handlers[:], logger.propagate, logger.level)
    logger.handlers = []
    yield logger
    logger.handlers, logger.propagate = before[:2]
    logger.setLevel(before[2])


def test_one_line_of_json_per_action(
    logger: logging.Logger, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger(), "level", logging.CRITICAL)
    audit.configure()
    audit.configure()
    assert len(logger.handlers) == 1
    assert isinstance(logger.handlers[0], logging.StreamHandler)
    assert logger.handlers[0].stream is sys.stdout
    objects = audit.Objects()
    objects.add("Image", range(1000))
    objects.add("Dataset", [5])
    audit.record(ADA, "omp.write", "done", objects)
    (line,) = capsys.readouterr().out.splitlines()
    said = json.loads(line)
    assert said.pop("time").endswith("+00:00")
    assert said == {
        "audit": "omp.write",
        "outcome": "done",
        "status": 200,
        "userId": 7,
        "user": 'ada "the first"\n',
        "requestId": "r-1",
        "objects": {
            "Image": {"count": 1000, "first": list(range(20))},
            "Dataset": {"count": 1, "first": [5]},
        },
    }


def test_a_sites_own_handler_stays(logger: logging.Logger) -> None:
    own = logging.NullHandler()
    logger.addHandler(own)
    audit.configure()
    assert logger.handlers == [own]
