"""Room of a group with a limit: the arithmetic, and the words for it."""

from __future__ import annotations

import pytest

from omero_plugin_common.quotas import CODE, Group, OverQuota, Room
from omero_plugin_common.quotas.model import standing_of
from omero_plugin_common.string_utils import bytes_in_words

LIVER = Group(5, "Liver")


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 bytes"), (1, "1 byte"), (1023, "1023 bytes"), (1024, "1.0 KiB"),
        (1024**2 - 1, "1.0 MiB"), (3 * 2**29, "1.5 GiB"), (2**63 - 1, "8.0 EiB"),
    ],
)  # fmt: skip
def test_bytes_in_words(count: int, words: str) -> None:
    assert bytes_in_words(count) == words


def test_the_last_byte_has_room_and_one_more_has_not() -> None:
    room = Room(LIVER, limit=100, used=60, promised=30)
    assert room.problem(10) == ""
    room.check(10)
    with pytest.raises(OverQuota) as raised:
        room.check(11)
    assert (raised.value.status, raised.value.code) == (409, CODE)
    text = raised.value.message
    assert text == (
        "The group Liver may have 100 bytes in OMERO: 60 bytes are used, 30 bytes are on their way "
        "in other uploads, and this needs 11 bytes. Delete what the group no longer needs, choose "
        "another group, or ask the administrators of this site for more"
    )
    assert "on their way" not in Room(LIVER, limit=100, used=60).problem(41)


def test_a_limit_that_was_lowered_stops_only_what_adds_something() -> None:
    room = Room(LIVER, limit=100, used=150)
    assert room.problem(0) == ""
    assert room.problem(1)


def test_a_warning_begins_at_nine_tenths() -> None:
    room = Room(LIVER, limit=1000, used=500)
    assert room.warning(399) == ""
    assert room.warning(400).startswith("The group Liver will have used 90 % of the 1000 bytes")


@pytest.mark.parametrize(
    ("used", "limit", "standing"),
    [
        (10**18, None, "free"), (899, 1000, "free"), (900, 1000, "nearly full"),
        (999, 1000, "nearly full"), (1000, 1000, "full"), (5000, 1000, "full"),
    ],
)  # fmt: skip
def test_standing(used: int, limit: int | None, standing: str) -> None:
    assert standing_of(used, limit) == standing
