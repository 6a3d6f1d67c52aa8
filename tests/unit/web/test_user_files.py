"""Which answers a browser must save instead of opening them."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from omero_web_container.user_files import is_to_be_saved


def _answer(kind: str | None, *, streaming: bool, disposition: str = "") -> SimpleNamespace:
    headers = {} if kind is None else {"Content-Type": kind}
    if disposition:
        headers["Content-Disposition"] = disposition
    return SimpleNamespace(headers=headers, streaming=streaming)


@pytest.mark.parametrize(
    "kind",
    [
        "text/html", "TEXT/Html; charset=utf-8", " text/html", "text/html;", "image/svg+xml",
        "image/SVG", "application/xhtml+xml", "text/xml", "application/xml", "application/pdf",
        "application/json", "application/javascript", "text/css", "text/csv", "", "json", "image",
        "text/plain, text/html", "text/plain;a=1, text/html", "image/png,text/html",
        "text/plain; charset=utf-8, text/html", "text/plain\ttext/html", "application/octet-stream",
        "multipart/x-mixed-replace; boundary=x", "text/plainer", "image/", None,
    ],
)  # fmt: skip
def test_files_that_may_run_something(kind: str | None) -> None:
    assert is_to_be_saved(_answer(kind, streaming=True))
    assert is_to_be_saved(_answer(kind, streaming=False, disposition="inline"))


@pytest.mark.parametrize(
    "kind",
    [
        "image/png", "image/jpeg", "IMAGE/TIFF", "image/vnd.microsoft.icon", "text/plain",
        "text/plain; charset=utf-8", 'text/plain;charset="utf-8"', "Text/Plain ",
    ],
)  # fmt: skip
def test_pictures_and_plain_text_are_shown(kind: str) -> None:
    assert not is_to_be_saved(_answer(kind, streaming=True))
    assert not is_to_be_saved(_answer(kind, streaming=False))


@pytest.mark.parametrize(
    "kind",
    ["text/html; charset=utf-8", "application/json", "application/javascript", "text/javascript"],
)
def test_what_views_make_is_no_file(kind: str) -> None:
    assert not is_to_be_saved(_answer(kind, streaming=False))


@pytest.mark.parametrize("kind", ["application/pdf", "image/svg+xml", "text/xml", "", None])
def test_other_types_are_files_however_they_are_sent(kind: str | None) -> None:
    assert is_to_be_saved(_answer(kind, streaming=False))
