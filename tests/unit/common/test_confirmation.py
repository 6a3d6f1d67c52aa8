"""Confirming a removal: first the word, then the password."""

from __future__ import annotations

import pytest

from omero_plugin_common import confirmation
from omero_plugin_common.confirmation import check_confirmed
from omero_plugin_common.errors import ApiError, Forbidden


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Which passwords OMERO was asked about; it knows one."""
    asked: list[tuple[str, str]] = []

    def check(user_name: str, password: str) -> None:
        asked.append((user_name, password))
        if password != "right":
            raise Forbidden("This is not your password", code="wrong_password")

    monkeypatch.setattr(confirmation, "check_password", check)
    return asked


@pytest.mark.parametrize(
    ("typed", "password", "code"),
    [
        ("", "right", "not_confirmed"),
        ("delete", "right", "not_confirmed"),
        ("DELETE", "", "password_needed"),
        ("DELETE", "wrong", "wrong_password"),
    ],
)
def test_who_does_not_confirm_is_told_what_is_missing(
    asked: list[tuple[str, str]], typed: str, password: str, code: str
) -> None:
    with pytest.raises(ApiError) as caught:
        check_confirmed("ada", "DELETE", password=password, typed=typed)
    assert caught.value.code == code
    # OMERO counts wrong passwords, so it is asked last.
    assert len(asked) == (code == "wrong_password")


def test_word_and_password_are_enough(asked: list[tuple[str, str]]) -> None:
    check_confirmed("ada", "DELETE", password="right", typed="DELETE")
    assert asked == [("ada", "right")]


def test_who_has_no_password_types_the_word(asked: list[tuple[str, str]]) -> None:
    """Somebody who comes by single sign-on."""
    check_confirmed("ada", "DELETE", password="", typed="DELETE", has_password=False)
    with pytest.raises(ApiError) as caught:
        check_confirmed("ada", "DELETE", password="", typed="delete", has_password=False)
    assert caught.value.code == "not_confirmed"
    assert asked == []
