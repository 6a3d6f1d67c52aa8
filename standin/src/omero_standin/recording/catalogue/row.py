"""What a row of the catalogue is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from omero_standin.recording.lab import Lab
from omero_standin.recording.situation import PRIVATE, Situation

# What a row may need, the words that say so, and whether a situation has it.
_NEEDS: Final[dict[str, tuple[str, Callable[[Situation], bool]]]] = {
    "administrator": ("an administrator", lambda s: s.administrator),
    "full administrator": (
        "an administrator with all privileges", lambda s: s.administrator and not s.restricted,
    ),
    "restricted administrator": (
        "an administrator with the privilege ModifyGroupMembership and ModifyUser, but not all",
        lambda s: s.restricted and {"ModifyGroupMembership", "ModifyUser"} <= set(s.privileges),
    ),
    "ordinary user": ("a user who is no administrator", lambda s: not s.administrator),
    "second account": ("a second account", lambda s: s.second is not None),
    "sudo": ("an administrator with the privilege Sudo", lambda s: "Sudo" in s.privileges),
    "private group of the second account": (
        "a second account whose own group is private",
        lambda s: s.second is not None and s.second.group == PRIVATE,
    ),
    "unreadable to the second account": (
        "a second account that may not read what is in the first one's group",
        lambda s: s.second is not None
        and (not s.second.member or (s.group == PRIVATE and not s.second.leads)),
    ),
    "two groups": (
        "a user of two groups who is no administrator",
        lambda s: s.other is not None and not s.administrator,
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """Some calls that show one thing.

    Attributes:
        id: short, and the same for ever.
        title: what is asked.
        needs: names in the table of needs; the row is left out where one is not met.
        depends: what of the server's own setting may change its answers.
        function: makes the calls.
    """

    id: str
    title: str
    needs: tuple[str, ...]
    depends: str
    function: Callable[[Lab], None]

    def missing(self, situation: Situation) -> str:
        """What the situation lacks for this row, in words; empty when it can run."""
        return ", ".join(
            words
            for words, has in (_NEEDS[each] for each in self.needs)
            if not has(situation)
        )  # fmt: skip


class Rows(list[Row]):
    """The rows of one file, in their order."""

    def row(
        self, id_: str, title: str, *, needs: tuple[str, ...] = (), depends: str = ""
    ) -> Callable[[Callable[[Lab], None]], Callable[[Lab], None]]:
        """Make a function a row."""
        assert all(each in _NEEDS for each in needs), needs

        def keep(function: Callable[[Lab], None]) -> Callable[[Lab], None]:
            self.append(Row(id_, title, needs, depends, function))
            return function

        return keep
