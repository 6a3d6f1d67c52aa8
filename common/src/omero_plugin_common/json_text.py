"""Reading JSON that a stranger wrote, and writing it where each line is one value."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, Final

# NUL, and halves of a surrogate pair.
_UNSTORABLE: Final = re.compile("[\0\ud800-\udfff]")


# Ends of lines to many programs, such as `str.splitlines`, that JSON leaves as they are.
_LINE_ENDS: Final = {ord(end): f"\\u{ord(end):04x}" for end in "\x85\u2028\u2029"}


class JsonProblem(ValueError):
    """Why a text is not JSON that can be worked with."""


def parse_json(raw: bytes | str) -> Any:
    """What a JSON text holds.

    Stricter than the standard library where PostgreSQL and OMERO are: no NaN or Infinity, which
    RFC 8259 does not know; no NUL and no half of a surrogate pair in a text: they cannot be stored.

    Raises:
        JsonProblem: anything else, in words for the sender.
    """
    try:
        value = json.loads(raw, parse_constant=_refuse_constant)
    except JsonProblem:
        raise
    except RecursionError:
        raise JsonProblem("the JSON is nested too deeply") from None
    except UnicodeDecodeError:
        raise JsonProblem("the body is not UTF-8 text") from None
    except json.JSONDecodeError as error:
        raise JsonProblem(
            f"the body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}"
        ) from None
    except ValueError:
        # Python refuses to read numbers of more than 4300 digits.
        raise JsonProblem("a number in the JSON is too long") from None
    _check_texts(value)
    return value


def _refuse_constant(name: str) -> Any:
    raise JsonProblem(f"{name} is not a JSON number")


def _check_texts(value: Any) -> None:
    waiting = [value]
    while waiting:
        match waiting.pop():
            case str() as text:
                if found := _UNSTORABLE.search(text):
                    what = "a NUL character" if found[0] == "\0" else "half of a character"
                    raise JsonProblem(f"a text in the JSON contains {what}")
            case list() as items:
                waiting.extend(items)
            case dict() as items:
                waiting.extend(items)
                waiting.extend(items.values())


def json_line(value: Any, *, default: Callable[[Any], Any] | None = None) -> str:
    """A value as JSON that is one line to every program.

    Args:
        value: what to write.
        default: what to write in place of what JSON does not have; without it, that is an error.
    """
    return json.dumps(value, ensure_ascii=False, default=default).translate(_LINE_ENDS)
