"""What programs can take as a Secret's value; tests/plugins/images tries it with the programs."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omero_operator.cluster import credentials
from omero_operator.desired import plan
from omero_operator.desired.component import Credential
from omero_operator.desired.secret_rules import Purpose, complaint, without_line_break
from operator_builders import context

PURPOSES: tuple[Purpose, ...] = get_args(Purpose)


@pytest.mark.parametrize("credential", plan.credentials(context()), ids=lambda each: each.name)
def test_what_the_operator_generates_can_be_used(credential: Credential) -> None:
    """Many of each: one value in 64 begins with a dash where the alphabet has one."""
    made = [credentials._MADE[value] for _, value in credential.keys if value in credentials._MADE]
    for make in made:
        for _ in range(300):
            assert complaint(credential.purpose, make().encode()) == ""


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
@pytest.mark.parametrize("purpose", PURPOSES)
def test_one_line_break_at_the_end_is_dropped(purpose: Purpose, end: str) -> None:
    assert complaint(purpose, f"größer als 'das' \"hier\" \\ # $1{end}".encode()) == ""
    assert without_line_break(f" a {end}") == " a "


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        (b"\xff", "UTF-8"),
        (b"", "blank"),
        (b"\r\n", "blank"),
        (b"  \n", "blank"),
        (b"a\n\n", "one line"),
        (b"a\nb", "one line"),
        (b"a\r", "one line"),
        (b"a\0b", "control characters"),
        (b"a\tb", "control characters"),
        ("a\u2028b".encode(), "control characters"),
        ("a\uffff".encode(), "control characters"),
        (b"a" * 513, "at most 512 bytes"),
    ],
)
def test_what_no_program_can_take(value: bytes, rule: str) -> None:
    for purpose in ("password", "root-password", "database-password", "database-user"):
        assert rule in complaint(purpose, value), purpose


@pytest.mark.parametrize(
    ("value", "refused"),
    [
        ("-secret", {"root-password"}),
        ("sec%ret", {"root-password"}),
        ("a${b}", {"database-password", "database-user"}),
        ("a@{b}", {"database-password", "database-user"}),
        (" a", {"database-user"}),
        ("a ", {"database-user"}),
        ("x" * 8192, {"password", "root-password", "database-password", "database-user"}),
        ("one\ntwo", {*PURPOSES} - {"list"}),
    ],
)
def test_what_only_some_programs_can_take(value: str, refused: set[str]) -> None:
    assert {purpose for purpose in PURPOSES if complaint(purpose, value.encode())} == refused


@given(st.sampled_from(PURPOSES), st.text(max_size=20), st.text(max_size=20))
def test_no_rule_quotes_the_value(purpose: Purpose, before: str, after: str) -> None:
    value = f"{before}hidden{after}".encode(errors="replace")
    assert "hidden" not in complaint(purpose, value)
