"""The form of a rule file: which entries there are, which fields they have, and what is wrong."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from omeroweb_omp_plugin.parsing.engine import EngineError, matcher
from omeroweb_omp_plugin.parsing.errors import RulesInvalid

_LONGEST: Final = 2000


@dataclass(frozen=True, slots=True)
class _Form:
    """The fields of one kind of entry. `examples` and `source` belong to it besides."""

    words: tuple[str, ...] = ()
    text: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    may_be_empty: tuple[str, ...] = ()
    joined: str = ""
    groups: bool = False


# `joined` is what stands between the patterns in an example. With `groups` each list of words has a
# word for each group of the pattern.
FORMS: Final[Mapping[str, _Form]] = {
    "extension": _Form(words=("suffixes",)),
    "hyphen": _Form(text=("name",), patterns=("left", "right"), joined="-"),
    "type": _Form(text=("name", "variable"), patterns=("pattern",), may_be_empty=("variable",)),
    "label": _Form(words=("words",)),
    "counter": _Form(words=("words",)),
    "cut": _Form(text=("name",), patterns=("pattern",)),
    "scheme": _Form(text=("name",), patterns=("pattern",), words=("keys", "types"), groups=True),
    "variable": _Form(words=("names",), text=("rembi",)),
    "key": _Form(words=("values",), text=("name",)),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry, every field present and of the right kind."""

    kind: str
    text: Mapping[str, str]
    words: Mapping[str, tuple[str, ...]]
    source: str


@dataclass(frozen=True, slots=True)
class Content:
    """A rule file after all checks."""

    separators: str
    found: tuple[Entry, ...]

    def of(self, kind: str) -> Iterator[Entry]:
        """The entries of one kind, in the order of the file."""
        return (entry for entry in self.found if entry.kind == kind)


def entries(file: Path, content: Mapping[str, Any]) -> Content:
    """Check a rule file.

    Args:
        file: where it is, for messages.
        content: what TOML made of it.

    Raises:
        RulesInvalid: a field is missing, unknown or cannot be used; the message says where.
    """
    unknown = sorted(set(content) - set(FORMS) - {"separators"})
    if unknown:
        known = ", ".join(["separators", *FORMS])
        raise RulesInvalid(file, unknown[0], f"no such part; there are: {known}")
    found = []
    for kind, form in FORMS.items():
        rows = content.get(kind, [])
        if not isinstance(rows, list):
            raise RulesInvalid(file, kind, f"must be a list of entries: write [[{kind}]]")
        found += [_entry(file, kind, form, n, row) for n, row in enumerate(rows, start=1)]
    return Content(_separators(file, content.get("separators", "")), tuple(found))


def _separators(file: Path, given: object) -> str:
    if not isinstance(given, str) or any(sign.isalnum() or sign in "[](){}" for sign in given):
        raise RulesInvalid(
            file,
            "separators",
            "must be a text without letters, digits and brackets",
        )
    return given


@dataclass(frozen=True)
class _Row:
    """One entry of the file as it was read, and where it stands, for messages."""

    file: Path
    where: str
    values: dict[str, object]
    may_be_empty: Collection[str]

    def invalid(self, field: str, problem: str) -> RulesInvalid:
        return RulesInvalid(self.file, f"{self.where}, field {field}", problem)

    def text(self, field: str) -> str:
        value = self.values.get(field)
        if not isinstance(value, str) or not (value.strip() or field in self.may_be_empty):
            raise self.invalid(field, "must be a text, and not empty")
        if len(value) > _LONGEST:
            raise self.invalid(field, f"is longer than {_LONGEST}")
        return value

    def words(self, field: str) -> tuple[str, ...]:
        value = self.values.get(field)
        if not isinstance(value, list) or not value:
            raise self.invalid(field, "must be a list of words")
        if not all(isinstance(word, str) and word.strip() for word in value):
            raise self.invalid(field, "contains something that is not a word")
        return tuple(value)


def _entry(file: Path, kind: str, form: _Form, number: int, row: object) -> Entry:
    if not isinstance(row, dict):
        raise RulesInvalid(file, f"{kind} {number}", "must be a table of fields")
    name = row.get("name")
    where = f"{kind} {number}" + (f" ({name})" if isinstance(name, str) and name else "")
    given = _Row(file, where, row, form.may_be_empty)
    _check_fields(given, form)
    texts = {field: given.text(field) for field in (*form.text, *form.patterns)}
    words = {field: given.words(field) for field in form.words}
    entry = Entry(kind, texts, words, given.text("source"))
    _check_patterns(given, form, texts)
    if form.groups:
        count = matcher(texts["pattern"]).group_count
        for field, words_of_field in words.items():
            if len(words_of_field) != count:
                raise given.invalid(field, f"must have a word for each of {count} groups")
    return entry


def _check_fields(given: _Row, form: _Form) -> None:
    """No field but those of the form."""
    optional = {"examples"} if form.patterns else set()
    known = {*form.words, *form.text, *form.patterns, *optional, "source"}
    for unknown in sorted(given.values.keys() - known):
        raise given.invalid(unknown, f"no such field; there are: {', '.join(sorted(known))}")


def _check_patterns(given: _Row, form: _Form, texts: dict[str, str]) -> None:
    """Each pattern is one for RE2, and all together match each example."""
    for field in form.patterns:
        try:
            matcher(texts[field])
        except EngineError as error:
            raise given.invalid(field, f"RE2 rejects it: {error}") from error
    if "examples" in given.values:
        whole = matcher(form.joined.join(f"(?:{texts[field]})" for field in form.patterns))
        for example in given.words("examples"):
            if not whole.matches(example):
                raise given.invalid("examples", f"{example} does not match")
