"""Whether a request is to blame for an error in a view.

Views do not check what they get: a missing parameter or an unknown object is None to them, and a
number that is none fails where it is first used. A defect of a program looks the same. So the form
of an error is not enough: what could not be used has to come from the request, or the request has
to have asked for something that is not there. Everything else is a fault of the site, with 500.
"""

from __future__ import annotations

import ast
import functools
import json
import math
import re
import sys
import traceback
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any, Final

from django.http import Http404, QueryDict
from django.utils.datastructures import MultiValueDictKeyError

from omero_web_container.request_context import CURRENT

BAD_REQUEST: Final = (
    "OMERO.web cannot answer this request: a parameter is missing or invalid, or an object does "
    "not exist or you may not see it."
)
# How Python words it that a text is no number. It cuts long texts.
_NO_NUMBER: Final = re.compile(
    r"(?:invalid literal for int\(\) with base \d+|could not convert string to float): (.*)", re.S
)
# How Python and Ice word it that a number is too large for what it is needed for.
_NO_SUCH_SIZE: Final = re.compile(r"invalid value for |Exceeds the limit|cannot convert float")
# How Python words it that there is nothing, or not so many, where a view expects something.
_NOTHING: Final = re.compile(
    r"'NoneType' object is not |object of type 'NoneType' has no len|not 'NoneType'$|not NoneType$"
    r"|not None$|values to unpack|argument of type '(?:NoneType|bool|int|float)' is not iterable"
    # A view returned the class of an exception instead of raising one.
    r"|Object of type type is not JSON serializable"
)
_NO_SUCH_DATE: Final = re.compile(r"day is out of range for month|month must be in|is out of range")
_NUMBER: Final = re.compile(r"[+-]?(?:\d+(?:\.\d*)?(?:e[+-]?\d+)?|inf(?:inity)?|nan)", re.I)
# What fits into the smallest whole number that OMERO's calls take.
_LARGEST: Final = 2**31 - 1


def fault_of_caller(error: BaseException, request: Any) -> tuple[int, str] | None:
    """Status and sentence if the request is to blame for an error; nothing where it is the site.

    Args:
        error: with its traceback.
        request: Django's request that ended with it.
    """
    import omero

    if isinstance(error, Http404):
        return 404, str(error) or "There is no such page or object."
    if isinstance(error, omero.SecurityViolation):
        return 403, "OMERO does not allow this with your permissions."
    if isinstance(error, omero.ApiUsageException):
        return 400, f"OMERO.server rejected this: {error.message}"
    if isinstance(error, MultiValueDictKeyError):
        return 400, f"The request has no parameter {error}."
    if isinstance(error, AttributeError) and isinstance(error.obj, Exception):
        # A view wants to say why something failed, and looks for what only OMERO's exceptions have.
        return fault_of_caller(error.obj, request)
    return (400, BAD_REQUEST) if _comes_from(request, error) else None


def note_what_is_missing() -> None:
    """Note in each request which function, and whose helper, asked it in vain for a parameter.

    To be called once in a process; `connections.Gateway` notes objects that are not there.
    """
    QueryDict.get = _noting(QueryDict.get)


def _noting(get: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(get)
    def noting_get(self: QueryDict, key: str, default: Any = None) -> Any:
        if default is None and key not in self and (context := CURRENT.get()):
            # Views have helpers that read a number, or all that a filter needs.
            asker = sys._getframe(1)
            context.asked_in_vain |= {each.f_code for each in (asker, asker.f_back) if each}
        return get(self, key, default)

    return noting_get


def _comes_from(request: Any, error: BaseException) -> bool:
    """Whether what failed comes from the request."""
    said = str(error)
    values = set(_values(request))
    if (text := _whole(error)) is not None:
        return text in values
    if text := _no_number(error):
        # Perhaps one of several in a list.
        return any(text in value for value in values)
    if isinstance(error, OverflowError) or _NO_SUCH_SIZE.search(said):
        no_numbers = {value for value in values if not _NUMBER.fullmatch(value)}
        is_wrong = any(map(_is_too_large, values)) or _works_with(error, no_numbers)
        return is_wrong or _is_missing(request, error)
    # A text that is nested too deeply to be read.
    if isinstance(error, RecursionError) or _NO_SUCH_DATE.search(said):
        return _works_with(error, values)
    if isinstance(error, TypeError) and "required positional argument" in said:
        # The address leads to the view, and lacks what the view needs.
        view = getattr(request.resolver_match, "func", None)
        return said.startswith(f"{getattr(view, '__name__', '')}() missing ")
    if isinstance(error, AttributeError) and error.obj is None:
        return _is_missing(request, error)
    # A variable is unbound where a view has no branch for what is asked.
    if text == "" or _NOTHING.search(said) or isinstance(error, UnboundLocalError):
        return _is_missing(request, error) or _works_with(error, values)
    return False


def _whole(error: BaseException) -> str | None:
    """The text that could not be read, or under which nothing was found, where an error has it."""
    if isinstance(error, UnicodeDecodeError):
        return error.object.decode("latin-1")
    if isinstance(error, UnicodeEncodeError):
        return error.object
    if isinstance(error, json.JSONDecodeError):
        return error.doc
    if isinstance(error, KeyError) and error.args:
        return str(error.args[0])
    # Of what a view looks up by a name, such as a unit.
    return error.name if isinstance(error, AttributeError) and error.obj is not None else None


def _no_number(error: BaseException) -> str | None:
    """The text that is no number, where an error has it."""
    found = _NO_NUMBER.match(str(error)) if isinstance(error, ValueError) else None
    if found is None:
        return None
    try:
        return str(ast.literal_eval(found[1]))
    except (SyntaxError, ValueError):
        return found[1].lstrip("b'\"")


def _values(request: Any) -> Iterator[str]:
    """The texts of a request: of its address, its parameters and what a view has read of its body.

    Nothing more is read of it: what no view has seen is not to blame.
    """
    if match := request.resolver_match:
        yield from map(str, (*match.args, *match.kwargs.values()))
    for fields in filter(None, (request.GET, getattr(request, "_post", None))):
        for name in fields:
            yield from fields.getlist(name)
    if body := getattr(request, "_body", b""):
        yield body.decode("latin-1")
        yield body.decode("utf-8", "replace")
        try:
            yield from _leaves(json.loads(body))
        except (ValueError, RecursionError):
            return


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from _leaves(each)
    else:
        yield str(value)


def _is_too_large(value: str) -> bool:
    # A text of a thousand digits is infinite for `float`.
    numbers = (float(each) for each in _NUMBER.findall(value))
    return any(not math.isfinite(number) or abs(number) > _LARGEST for number in numbers)


def _is_missing(request: Any, error: BaseException) -> bool:
    """Whether the request asked for an object that is not there, or lacks what the view asked."""
    context, frame = CURRENT.get(), _view_of(request, error)
    if context is None:
        return False
    return context.found_nothing or (frame is not None and frame.f_code in context.asked_in_vain)


def _works_with(error: BaseException, values: set[str]) -> bool:
    """Whether the function that failed holds a value of the request in one of its variables."""
    frames = [frame for frame, _line in traceback.walk_tb(error.__traceback__)]
    held = frames[-1].f_locals.values() if frames else ()
    # None is the `null` of a body.
    return any(
        (each is None or isinstance(each, str | int | float)) and str(each) in values
        for each in held
    )


def _view_of(request: Any, error: BaseException) -> FrameType | None:
    """The innermost function that was called with the request."""
    with_request = [
        frame
        for frame, _line in traceback.walk_tb(error.__traceback__)
        if any(value is request for value in frame.f_locals.values())
    ]
    return with_request[-1] if with_request else None
