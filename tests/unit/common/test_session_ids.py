"""No line of a log holds an id that a session could be joined with."""

from __future__ import annotations

import io
import logging

import pytest

from omero_plugin_common import session_ids

UUID = "3f2a91bc-6d4e-4a0b-9c1d-0123456789ab"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"created connection (uuid={UUID})", "created connection (uuid=3f2a91bc-…)"),
        (f"{UUID.upper()}/omero.api.ThumbnailStore", "3F2A91BC-…/omero.api.ThumbnailStore"),
        (f"{UUID},{UUID}", "3f2a91bc-…,3f2a91bc-…"),
        ("nothing", "nothing"),
        (f"job {UUID} failed", f"job {UUID} failed"),
        (f"GET /omero_plugin_common/jobs/{UUID}/", f"GET /omero_plugin_common/jobs/{UUID}/"),
        (f"nojob {UUID}", "nojob 3f2a91bc-…"),
        # Not a UUID: a digit more, a digest, a date.
        (f"{UUID}0", f"{UUID}0"),
        ("3f2a91bc6d4e4a0b9c1d0123456789ab", "3f2a91bc6d4e4a0b9c1d0123456789ab"),
        ("2026-11-28", "2026-11-28"),
    ],
)
def test_what_stays_of_a_uuid(text: str, shown: str) -> None:
    assert session_ids.without_session_ids(text) == shown


def test_handlers_of_others_write_none_either() -> None:
    written = io.StringIO()
    logger = logging.Logger("of Celery")
    handler = logging.StreamHandler(written)
    handler.setFormatter(logging.Formatter("[%(levelname)s] %(message)s"))
    logger.addHandler(handler)
    for _ in range(2):
        session_ids.shorten_in(logger)
    try:
        raise ValueError(UUID)
    except ValueError:
        logger.exception("joined %s", UUID)
    assert written.getvalue().startswith("[ERROR] joined 3f2a91bc-…\n")
    assert "ValueError: 3f2a91bc-…" in written.getvalue()
    assert UUID not in written.getvalue()
