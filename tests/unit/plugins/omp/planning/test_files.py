"""Backups and reports as files."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omeroweb_omp_plugin.planning import Existing, backup

# What OMERO can hold: PostgreSQL refuses NUL, and halves of characters are no text.
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
PAIRS = st.lists(st.tuples(TEXTS, TEXTS), max_size=4)
NO_HEADER = (
    "The first line is not image_id,image_name,annotation_id,namespace,description,key,value. "
    "Choose a backup that this page made"
)


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
        ("", NO_HEADER),
        ("id,name\r\n", NO_HEADER),
        ("HEADER7,name,1,ns,,key\r\n", "Line 2 has 6 fields instead of 7"),
        ("HEADER7,name,1,ns,,key,value\r\n7\r\n", "Line 3 has 1 fields instead of 7"),
        ("HEADERseven,name,1,ns,,key,value\r\n", "Line 2: an id must be a number"),
        ("HEADER7,name,one,ns,,key,value\r\n", "Line 2: an id must be a number"),
        # Digits of another script, and what PostgreSQL's bigint cannot hold.
        (
            "HEADER\N{ARABIC-INDIC DIGIT SEVEN},name,1,ns,,key,value\r\n",
            "Line 2: an id must be a number",
        ),
        (f"HEADER{2**63},name,1,ns,,key,value\r\n", "Line 2: an id must be a number"),
        (f"HEADER{'0' * 19}7,name,1,ns,,key,value\r\n", "Line 2: an id must be a number"),
        (
            'HEADER7,"name,1\r\n',
            "This file is not CSV: unexpected end of data. Choose a backup of this page",
        ),
    ],
)
def test_what_is_no_backup_is_refused_with_the_line(text: str, said: str) -> None:
    with pytest.raises(backup.NotABackup) as refused:
        backup.read(text.replace("HEADER", backup.header()))
    assert str(refused.value) == said


def test_a_backup_looks_as_earlier_ones_do() -> None:
    sets = {7: [existing(1, "ns", (("a", "1"), ("b", "x,y"))), existing(2, "", ())]}
    assert (
        backup.header() == "image_id,image_name,annotation_id,namespace,description,key,value\r\n"
    )
    assert list(backup.written([(7, "a.tif"), (8, "b.tif")], sets)) == [
        "7,a.tif,1,ns,'=1,a,1\r\n",
        '7,a.tif,1,ns,\'=1,b,"x,y"\r\n',
        "7,a.tif,2,,'=2,,\r\n",
    ]


def test_blank_lines_and_the_largest_id_are_read() -> None:
    largest = 2**63 - 1
    text = f"{backup.header()}\r\n{largest},a,{largest},ns,note,key,\r\n\r\n1,a,2,,,,value\r\n"
    assert backup.read(text) == [
        backup.SavedSet(largest, largest, "ns", "note", (("key", ""),)),
        backup.SavedSet(1, 2, "", "", (("", "value"),)),
    ]


def test_a_value_of_ten_million_characters_is_read_back() -> None:
    value = "x" * 10_000_000
    text = backup.header() + "".join(
        backup.written([(7, "a")], {7: [existing(1, "ns", [("key", value)])]})
    )
    assert backup.read(text)[0].pairs == (("key", value),)
