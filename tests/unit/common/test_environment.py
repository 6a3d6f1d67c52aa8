"""Reading the environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from omero_plugin_common import env_utils, platform_fields
from omero_plugin_common.env_utils import (
    EnvironmentProblem,
    InvalidValue,
    get_bool_env,
    get_choice_env,
    get_env,
    get_float_env,
    get_int_env,
    get_optional_env,
    get_sanitized_int_env,
    get_secret_env,
    get_secret_lines_env,
)


def test_text_is_stripped_and_may_have_a_default() -> None:
    assert get_env("A", source={"A": " x "}) == "x"
    assert get_env("A", "y", source={"A": "  "}) == "y"
    assert get_env("A", allow_empty=True, source={"A": "  "}) == ""
    assert get_optional_env("A", source={"A": " "}) is None
    assert get_optional_env("A", source={"A": "x"}) == "x"


def test_a_missing_variable_is_named_with_its_field() -> None:
    with pytest.raises(EnvironmentProblem, match=r"^REDIS_HOST is not set.*spec\.redis$"):
        get_env("REDIS_HOST", source={})
    with pytest.raises(RuntimeError, match="REDIS_HOST"):
        get_env("REDIS_HOST", source={"REDIS_HOST": "   "})


def test_a_plugin_names_the_fields_of_its_own_variables() -> None:
    platform_fields.declare({"A_PLUGIN_SIZE": "spec.web.config"})
    with pytest.raises(EnvironmentProblem, match=r"A_PLUGIN_SIZE.*spec\.web\.config"):
        get_int_env("A_PLUGIN_SIZE", source={})


@pytest.mark.parametrize(
    ("value", "message"),
    [("x", "not a whole number"), ("0", "not between 1 and 9"), ("1.5", "not a whole number")],
)
def test_a_wrong_number_is_named_with_bounds_and_field(value: str, message: str) -> None:
    with pytest.raises(InvalidValue, match=rf"REDIS_PORT.*{message}.*spec\.redis"):
        get_int_env("REDIS_PORT", low=1, high=9, source={"REDIS_PORT": value})
    with pytest.raises(ValueError, match="REDIS_PORT"):
        get_int_env("REDIS_PORT", low=1, high=9, source={"REDIS_PORT": value})


@pytest.mark.parametrize(
    ("bounds", "message"), [({"low": 5}, "at least 5"), ({"high": 3}, "at most 3")]
)
def test_a_number_may_have_one_bound(bounds: dict[str, int], message: str) -> None:
    with pytest.raises(InvalidValue, match=message):
        get_int_env("N", source={"N": "4"}, **bounds)


def test_a_number_may_have_a_default() -> None:
    assert get_int_env("PORT", 7, low=1, high=9, source={}) == 7
    assert get_float_env("SHARE", 0.5, source={}) == 0.5


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "x", "1,5"])
def test_a_number_with_a_fraction_is_finite(value: str) -> None:
    with pytest.raises(InvalidValue, match="SHARE"):
        get_float_env("SHARE", source={"SHARE": value})


@pytest.mark.parametrize("value", ["1", "true", "YES", " On "])
def test_true_has_four_words(value: str) -> None:
    assert get_bool_env("A", source={"A": value}) is True


@pytest.mark.parametrize("value", ["0", "False", "no", "OFF"])
def test_false_has_four_words(value: str) -> None:
    assert get_bool_env("A", source={"A": value}) is False


def test_a_choice_is_one_of_its_words() -> None:
    words = ("auto", "never")
    assert get_choice_env("A", words, source={"A": " never "}) == "never"
    assert get_choice_env("A", words, "auto", source={"A": " "}) == "auto"
    with pytest.raises(InvalidValue, match="A='Never' is not one of auto, never"):
        get_choice_env("A", words, "auto", source={"A": "Never"})
    with pytest.raises(EnvironmentProblem, match="A is not set"):
        get_choice_env("A", words, source={})


def test_other_words_are_neither() -> None:
    with pytest.raises(ValueError, match="A='maybe' is not one of"):
        get_bool_env("A", source={"A": "maybe"})
    assert get_bool_env("A", True, source={}) is True


@pytest.mark.parametrize(
    ("value", "number"), [("8 GB", 8), ("0", 1), ("1_000_000", 100), (" 42 ", 42)]
)
def test_a_sanitized_number_is_cleaned_and_moved_into_its_bounds(value: str, number: int) -> None:
    assert get_sanitized_int_env("N", env_utils.digits, 1, 100, source={"N": value}) == number


@pytest.mark.parametrize("value", ["GB", "²"])
def test_a_sanitized_number_of_nothing_is_an_error(value: str) -> None:
    with pytest.raises(ValueError, match=r"N=.* does not contain a number"):
        get_sanitized_int_env("N", env_utils.digits, 1, 100, source={"N": value})


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
@pytest.mark.parametrize(
    "value", ["s3cret", " blanks around ", "tab\tand\x85next\u2028line", "x\x0b"]
)
def test_a_secret_is_all_of_its_file_but_one_line_break(
    tmp_path: Path, value: str, end: str
) -> None:
    path = tmp_path / "password"
    path.write_bytes((value + end).encode())
    assert get_secret_env("PASSWORD_FILE", source={"PASSWORD_FILE": str(path)}) == value


@pytest.mark.parametrize(
    "content",
    [b"", b"\n", b"\r\n", b"\nsecond", b"\xff\xfe", b"first\nsecond", b"second\n\n", b"a\r"],
)
def test_a_secret_that_cannot_be_used_names_the_file_only(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "password"
    path.write_bytes(content)
    with pytest.raises(EnvironmentProblem, match="REDIS_PASSWORD_FILE") as caught:
        get_secret_env("REDIS_PASSWORD_FILE", source={"REDIS_PASSWORD_FILE": str(path)})
    assert "second" not in str(caught.value)
    assert "spec.redis" in str(caught.value)


def test_secrets_in_lines(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_bytes(b"new\r\nold \n")
    source = {"KEYS_FILE": str(path)}
    assert get_secret_lines_env("KEYS_FILE", source=source) == ["new", "old "]


def test_a_secret_file_that_is_not_there_is_named() -> None:
    with pytest.raises(EnvironmentProblem, match="/no/such/file"):
        get_secret_env("PASSWORD_FILE", source={"PASSWORD_FILE": "/no/such/file"})
