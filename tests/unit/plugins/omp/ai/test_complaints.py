from __future__ import annotations

import pytest

from omeroweb_omp_plugin.providers.complaints import read_complaint


@pytest.mark.parametrize(
    ("body", "text", "words"),
    [
        (b'{"error": {"message": "Too long", "type": "t", "code": "c"}}', "Too long", {"t", "c"}),
        (b'[{"error": {"message": "Bad", "status": "INVALID"}}]', "Bad", {"INVALID"}),
        (b'{"type": "error", "error": {"type": "o", "message": "Over"}}', "Over", {"o"}),
        (b'{"object": "error", "message": "Slow", "type": "r", "code": "1300"}', "Slow", None),
        (b'{"detail": "Unauthorized"}', "Unauthorized", set()),
        (b'{"error": "model not found"}', "model not found", set()),
        (b"<html>", "", set()),
        (b"[]", "", set()),
        (b'{"error": {"message": 5, "details": "x", "code": 404}}', "", set()),
        (b"[" * 100_000, "", set()),
    ],
)
def test_every_form_of_refusal_is_read(body: bytes, text: str, words: set[str] | None) -> None:
    found = read_complaint(body, {}, secret="sk")
    assert found.text == text
    assert words is None or found.words == words
    assert found.delay is None


@pytest.mark.parametrize(
    ("header", "seconds"), [("0", 0), ("120", 120), ("soon", None), ("-5", None), ("1e9", None)]
)
def test_the_time_to_wait(header: str, seconds: float | None) -> None:
    assert read_complaint(b"", {"retry-after": header}, secret="").delay == seconds


def test_a_time_that_has_passed_is_no_wait() -> None:
    past = {"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}
    assert read_complaint(b"", past, secret="").delay == 0


def test_googles_delay_counts_without_the_header() -> None:
    body = b'{"error": {"details": [{"retryDelay": "2.5s"}, {"retryDelay": "x"}, 3]}}'
    assert read_complaint(body, {}, secret="").delay == 2.5
    assert read_complaint(body, {"retry-after": "9"}, secret="").delay == 9


def test_a_key_that_is_repeated_is_taken_out_and_the_text_is_short() -> None:
    body = b'{"error": {"message": "key sk-1\\n\\u0000 is wrong, sk-1! ' + b"x" * 900 + b'"}}'
    found = read_complaint(body, {}, secret="sk-1")
    assert found.text.startswith("key … is wrong, …! xxx")
    assert len(found.text) == 300
