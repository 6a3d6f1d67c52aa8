"""Finds the values of Secrets in text and takes them out."""

from __future__ import annotations

import base64
import binascii
import html
import json
import re
import urllib.parse
from collections.abc import Iterable, Iterator
from typing import Any

# A shorter value is no password, and would be found everywhere: a user's name, a port.
SHORTEST = 6
# Keys of Secrets that hold what everybody may know.
_OPEN = ("username", "ca.crt", "tls.crt", "ca.pem")
# Names of variables and properties whose plain values are nobody's business.
_TELLING = re.compile(
    r"(?i)(pass(word|wd|phrase)?|pwd|secret|token|credentials?|(api|private|access|secret)[-_.]?key)$"
)


class SecretValues:
    """All values of some Secrets, in the forms in which logs and objects show them."""

    def __init__(self, secrets: Iterable[dict[str, Any]]) -> None:
        """Read them.

        Args:
            secrets: Objects of the kind Secret.
        """
        self._names: dict[str, str] = {}
        for secret in secrets:
            for key, value in (secret.get("data") or {}).items():
                if key in _OPEN:
                    continue
                name = f"[value of {secret['metadata']['name']}/{key}]"
                for form in _forms(value):
                    self._names.setdefault(form, name)
        # Long ones first: a short one may be a part of another.
        found = sorted(self._names, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, found))) if found else None

    def without(self, text: str) -> str:
        """The text with each value replaced by the name of its Secret."""
        if self._pattern is None:
            return text
        return self._pattern.sub(lambda match: self._names[match[0]], text)


def _forms(value: str) -> Iterator[str]:
    """A value of a Secret as it may stand somewhere."""
    yield value
    try:
        plain = base64.b64decode(value, validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return
    # Keys and certificates stand in logs line by line.
    for each in {plain, plain.strip(), *map(str.strip, plain.splitlines())}:
        if len(each) < SHORTEST or each.startswith("-----"):
            continue
        yield each
        yield urllib.parse.quote(each, safe="")
        # Programs leave some of these as they are in an address.
        yield urllib.parse.quote(each)
        yield urllib.parse.quote(each, safe="!$&'()*+,;=:")
        yield html.escape(each)
        yield repr(each)[1:-1]
        # A field of libpq's password file.
        yield each.replace("\\", "\\\\").replace(":", "\\:")
        yield urllib.parse.quote_plus(each)
        yield json.dumps(each)[1:-1]
        yield json.dumps(each, ensure_ascii=False)[1:-1]


def masked(item: Any) -> Any:
    """An object of the cluster, or a part of it, without values that no Secret holds.

    A site may have written a password where none belongs: in a variable of a container, in a
    property of OMERO.
    """
    if isinstance(item, list):
        return [masked(each) for each in item]
    if not isinstance(item, dict):
        return item
    named = str(item.get("name", ""))
    found = {}
    for key, value in item.items():
        hidden = (
            isinstance(value, str)
            and value
            and (_TELLING.search(str(key)) or (key == "value" and _TELLING.search(named)))
        )
        found[key] = "[left out]" if hidden else masked(value)
    return found
