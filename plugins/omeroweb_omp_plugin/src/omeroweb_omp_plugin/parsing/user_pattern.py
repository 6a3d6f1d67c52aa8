"""Regular expressions that users write: RE2 runs them, and says what it does not take."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from omeroweb_omp_plugin.parsing.engine import EngineError, Matcher, matcher
from omeroweb_omp_plugin.parsing.errors import PatternRefused

LONGEST: Final = 1000
_HOW: Final = {
    "(?=": "Lookahead (?=…) is not supported",
    "(?!": "Negative lookahead (?!…) is not supported",
    "(?<=": "Lookbehind (?<=…) is not supported",
    "(?<!": "Negative lookbehind (?<!…) is not supported",
    "(?>": "Atomic groups (?>…) are not supported",
    "(?(": "Conditionals (?(…)…) are not supported",
    "(?#": "Comments (?#…) are not supported",
    "(?P=": "References to groups (?P=…) are not supported",
}
_GROUP_NAME: Final = re.compile(r"\(\?P?<([^>=!]+)>")
_WITH_BLANKS: Final = re.compile(r"\w+(?:[ -]\w+)*")
_BLANK_OR_HYPHEN: Final = re.compile(r"[ -]")
# A bracket that closes right away is a character: []…] and [^]…].
_CLASS: Final = re.compile(r"\[\^?\]?(?:[^\]\\]|\\.)*\]")
_WHY: Final = "because patterns run on RE2, which is equally fast for every name"


def compile_user_pattern(pattern: str) -> tuple[Matcher, tuple[str, ...]]:
    """Compile what a user typed.

    Returns:
        The pattern, and the names of its groups by number. Without named groups the tuple is
        empty and the pattern says where to cut.

    Raises:
        PatternRefused: with the place and the reason.
    """
    if not pattern:
        raise PatternRefused("The pattern is empty.", pattern, 0)
    if len(pattern) > LONGEST:
        raise PatternRefused(f"The pattern is longer than {LONGEST} characters.", "", 0)
    names = _group_names(pattern)
    known = _without_blanks(pattern, names)
    try:
        compiled = matcher(known)
        groups = compiled.groups
        if not groups:
            compiled = matcher(known, cutting=True)
    except EngineError as error:
        raise _refused(known, str(error)) from error
    _check_group_names(pattern, names)
    if not groups and compiled.matches_nothing():
        raise PatternRefused(
            "The pattern also matches empty text, so it would split everywhere. Name the groups, "
            "as in (?P<Sample>…), or make it match at least one character.",
            pattern,
            0,
        )
    # Names come in the order of their groups.
    named = dict(zip(groups.values(), (name for _, name in names), strict=True))
    return compiled, tuple(named.get(n + 1, "") for n in range(max(named, default=0)))


def _group_names(pattern: str) -> list[tuple[int, str]]:
    """Where each group with a name begins, and its name."""
    found = ((at, _GROUP_NAME.match(pattern, at)) for at in _acting(pattern))
    return [(at, name[1]) for at, name in found if name]


def _without_blanks(pattern: str, names: Sequence[tuple[int, str]]) -> str:
    """The pattern with names that RE2 takes: it allows no blank in them. No place changes."""
    for at, name in names:
        begin = pattern.index("<", at) + 1
        if _WITH_BLANKS.fullmatch(name):
            plain = _BLANK_OR_HYPHEN.sub("_", name)
            pattern = pattern[:begin] + plain + pattern[begin + len(name) :]
    return pattern


def _check_group_names(pattern: str, names: Sequence[tuple[int, str]]) -> None:
    seen: set[str] = set()
    for position, name in names:
        # “Cell line” and “Cell_line” are one to RE2.
        plain = _BLANK_OR_HYPHEN.sub("_", name)
        if plain in seen:
            raise PatternRefused(f"Two groups are called “{name}”.", pattern, position)
        seen.add(plain)


def _refused(pattern: str, told: str) -> PatternRefused:
    """RE2's words, `reason: fragment`, as a sentence and a place."""
    reason, _, fragment = told.partition(": ")
    if reason == "missing )":
        return PatternRefused("This bracket is never closed.", pattern, _unclosed(pattern))
    if reason == "unexpected )":
        return PatternRefused("This bracket was never opened.", pattern, _unopened(pattern))
    if reason == "missing ]":
        place = max(pattern.find(fragment), 0)
        return PatternRefused("This bracket [ is never closed.", pattern, place)
    if reason.startswith("trailing \\"):
        return PatternRefused(
            "A backslash at the end of the pattern needs a character after it.",
            pattern,
            len(pattern) - 1,
        )
    place = max(pattern.find(fragment), 0)
    if fragment == "(?P":
        # RE2 names no more of it, and groups with names begin in the same way.
        others = (n for n in _acting(pattern) if re.match(r"\(\?P(?!<)", pattern[n:]))
        place = next(others, place)
    rest = pattern[place:]
    for opening, what in _HOW.items():
        if rest.startswith(opening):
            return PatternRefused(f"{what}, {_WHY}.", pattern, place)
    if re.match(r"\\[1-9]", rest):
        return PatternRefused(f"References to groups are not supported, {_WHY}.", pattern, place)
    if fragment.startswith(("[:", "\\p", "\\P")):
        reason = "invalid character class"
    return PatternRefused(f"{_SENTENCES.get(reason, reason)}: {fragment}", pattern, place)


_SENTENCES: Final = {
    "no argument for repetition operator": "There is nothing to repeat",
    "bad repetition operator": "A repetition cannot be repeated",
    "invalid repetition size": "This repetition is too large; 1000 is the largest",
    "invalid character class range": "The ends of this range are in the wrong order",
    "invalid character class": "There is no such character class",
    "invalid escape sequence": "There is no such escape",
    "invalid named capture group": "A group cannot have this name; use letters, digits and _",
    "invalid perl operator": "RE2 does not support this",
    "pattern too large - compile failed": "The pattern is too large once compiled",
}


def _unclosed(pattern: str) -> int:
    """The last opening bracket that nothing closes."""
    opened: list[int] = []
    for position in _acting(pattern):
        if pattern[position] == "(":
            opened.append(position)
        elif pattern[position] == ")" and opened:
            opened.pop()
    return opened[-1] if opened else 0


def _unopened(pattern: str) -> int:
    """The first closing bracket without an opening one."""
    depth = 0
    for position in _acting(pattern):
        depth += {"(": 1, ")": -1}.get(pattern[position], 0)
        if depth < 0:
            return position
    return len(pattern) - 1


def _acting(pattern: str) -> Iterator[int]:
    """The places of characters that are neither escaped nor in a class […]."""
    position = 0
    while position < len(pattern):
        class_ = _CLASS.match(pattern, position)
        if pattern[position] == "\\":
            position += 2
        elif class_:
            position = class_.end()
        else:
            yield position
            position += 1
