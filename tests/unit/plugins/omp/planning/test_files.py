"""Backups and reports as files."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omeroweb_omp_plugin.planning import Existing, backup
from omeroweb_omp_plugin.planning.report import Line, as_csv

# What OMERO can hold: PostgreSQL refuses NUL, and halves of characters are no text.
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
PAIRS = st.lists(st.tuples(TEXTS, TEXTS), max_size=4)


def existing(number: int, namespace: str, pairs: Any) -> Existing:
    note = f"={number}"
    return Existing(
        number, number, namespace, note, tuple(pairs), 1, removable=True, deletable=True
    )


@given(st.lists(st.tuples(TEXTS, PAIRS), max_size=4), TEXTS)
def test_a_backup_gives_every_pair_back(drawn: Any, name: str) -> None:
    sets = [existing(at, namespace, pairs) for at, (namespace, pairs) in enumerate(drawn, 1)]
    text = backup.header() + "".join(backup.written([(7, name)], {7: sets}))
    found = backup.read("\ufeff" + text)
    expected = [
        # A pair without name and value is nothing that anybody could miss.
        (7, e.annotation, e.namespace, e.description, tuple(p for p in e.pairs if p != ("", "")))
        for e in sets
    ]
    assert [(s.image, s.annotation, s.namespace, s.description, s.pairs) for s in found] == expected


def test_what_is_there_is_not_restored_again() -> None:
    saved = [backup.SavedSet(7, at, "ns", "=9", (("a", "1"),)) for at in (1, 2)]
    there = [existing(9, "ns", (("a", "1"),))]
    assert backup.missing(saved, there) == saved[1:]
    assert backup.missing(saved, there * 2) == []
    assert backup.missing(saved, [existing(9, "other", (("a", "1"),))]) == saved


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "first line"),
        ("id,name\r\n", "first line"),
        ("HEADER7,name,1,ns,,key\r\n", "Line 2 has 6 fields"),
        ("HEADERseven,name,1,ns,,key,value\r\n", "Line 2: an id"),
        (f"HEADER{2**63},name,1,ns,,key,value\r\n", "Line 2: an id"),
        ('HEADER7,"name,1\r\n', "not CSV"),
    ],
)
def test_what_is_no_backup_is_refused_with_the_line(text: str, said: str) -> None:
    with pytest.raises(backup.NotABackup, match=said):
        backup.read(text.replace("HEADER", backup.header()))


@pytest.mark.parametrize("name", ["=1+1", "+1", "-60.0", "@x", "\tx", "'x"])
def test_a_spreadsheet_runs_no_name(name: str) -> None:
    text = "".join(as_csv([Line(7, name, "error", message=name)]))
    [row] = csv.reader(io.StringIO(text, newline=""))
    assert row == ["7", f"'{name}", "error", "0", "0", f"'{name}"]
