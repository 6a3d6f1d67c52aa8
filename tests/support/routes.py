"""Every route of an OMERO.web, with addresses that lead to it.

Run as a program, it prints them as JSON: `[[name, [address, …]], …]`. Values that no view
expects are put where the route takes any; where it takes digits, numbers that are no object's.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

# A number that is no object's, one that is too large for OMERO's `long`, text, and what a path
# allows beside it.
VALUES: Final = ("999999999", "9" * 30, "0", "junk", "ä%20'\"<b>", "image", "anyvalue", "1-2", "a")
_MANY: Final = 2


def routes() -> Iterator[tuple[str, list[str]]]:
    """The module and name of each view, with some addresses of it."""
    from django.urls import get_resolver
    from django.urls.resolvers import URLPattern

    def walk(
        patterns: Any, before: tuple[Any, ...]
    ) -> Iterator[tuple[URLPattern, tuple[Any, ...]]]:
        for each in patterns:
            whole = (*before, each.pattern)
            if isinstance(each, URLPattern):
                yield each, whole
            else:
                yield from walk(each.url_patterns, whole)

    resolver = get_resolver()
    for pattern, parts in walk(resolver.url_patterns, ()):
        view = pattern.callback
        name = f"{view.__module__}.{getattr(view, '__qualname__', type(view).__name__)}"
        found = list(islice(_addresses(resolver, pattern, parts), _MANY))
        yield f"{name} ({pattern.name or pattern.pattern})", found


def _addresses(resolver: Any, pattern: Any, parts: tuple[Any, ...]) -> Iterator[str]:
    """Addresses that the resolver finds this pattern for."""
    from urllib.parse import unquote

    from django.urls import Resolver404
    from django.utils.regex_helper import normalize

    forms: list[tuple[str, list[str]]] = [("", [])]
    for part in parts:
        more = normalize(part.regex.pattern) if hasattr(part, "_regex") else _path(part)
        forms = [
            (left + right, names + more_names)
            for left, names in forms
            for right, more_names in more
        ]
    seen = set()
    for value in VALUES:
        for form, names in forms:
            address = "/" + (form % dict.fromkeys(names, value)).lstrip("^")
            if address in seen:
                continue
            seen.add(address)
            try:
                found = resolver.resolve(unquote(address))
            except Resolver404:
                continue
            if found.func is pattern.callback:
                yield address


def _path(part: Any) -> list[tuple[str, list[str]]]:
    """The form of a route in Django's short notation, as `normalize` gives it for the other."""
    import re

    names = list(part.converters)
    return [(re.sub(r"<(?:\w+:)?(\w+)>", r"%(\1)s", str(part._route)), names)]


if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps(list(routes())))
