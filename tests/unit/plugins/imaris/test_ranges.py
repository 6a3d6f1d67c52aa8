"""Parts of files: RFC 9110, section 14."""

from __future__ import annotations

import pytest

from omeroweb_imaris_connector.planning.ranges import NotSatisfiable, Part, names, wanted

TAG = '"abc"'
WHOLE = Part(0, 1000, whole=True)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, WHOLE),
        ("bytes=0-", Part(0, 1000, whole=False)),
        ("bytes=0-0", Part(0, 1, whole=False)),
        ("bytes=999-", Part(999, 1, whole=False)),
        ("bytes=500-5000", Part(500, 500, whole=False)),
        ("bytes=-1", Part(999, 1, whole=False)),
        ("bytes=-5000", Part(0, 1000, whole=False)),
        (" Bytes = 1 - 2 ", Part(1, 2, whole=False)),
        # What the standard lets us ignore.
        ("bytes=5-4", WHOLE),
        ("bytes=0-1,5-6", WHOLE),
        ("items=0-1", WHOLE),
        ("bytes=", WHOLE),
        ("bytes=-", WHOLE),
        ("bytes=a-b", WHOLE),
        ("bytes=²-", WHOLE),
        (f"bytes={'9' * 5000}-", WHOLE),
        ("", WHOLE),
    ],
)
def test_the_part_that_is_sent(header: str | None, expected: Part) -> None:
    assert wanted(header, None, 1000, TAG) == expected


@pytest.mark.parametrize("header", ["bytes=1000-", "bytes=1000-2000", "bytes=-0"])
def test_a_part_that_is_not_there(header: str) -> None:
    with pytest.raises(NotSatisfiable):
        wanted(header, None, 1000, TAG)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [(TAG, Part(10, 990, whole=False)), ('"other"', WHOLE), (f"W/{TAG}", WHOLE), ("", WHOLE)],
)
def test_a_download_goes_on_only_with_the_same_file(condition: str, expected: Part) -> None:
    assert wanted("bytes=10-", condition, 1000, TAG) == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [(TAG, True), ("*", True), (f'"x", W/{TAG}', True), ('"x"', False), ("", False)],
)
def test_tags(header: str, expected: bool) -> None:
    assert names(header, TAG) is expected
