"""LDAP in OMERO's properties: what would make every login fail, and the group of new users.

The properties and their meaning: https://omero.readthedocs.io/en/stable/sysadmins/server-ldap.html
"""

import re
from collections.abc import Collection, Iterator, Mapping
from urllib.parse import urlsplit

_ON, _URLS, _BASE = "omero.ldap.config", "omero.ldap.urls", "omero.ldap.base"
_USER, _PASSWORD, _GROUP = "omero.ldap.username", "omero.ldap.password", "omero.ldap.new_user_group"
_TIMEOUTS = ("omero.ldap.connect_timeout", "omero.ldap.read_timeout")
# OMERO reads a group that begins with a colon as a way to find groups.
_WAYS = (
    *("ou", "attribute", "filtered_attribute", "dn_attribute", "filtered_dn_attribute"),
    *("query", "bean"),
)
_FILTERS = ("omero.ldap.user_filter", "omero.ldap.group_filter")
# How Spring reads what is true and what is not (`CustomBooleanEditor`); OMERO.server does not start
# with another word.
_TRUE, _FALSE = ("true", "on", "yes", "1"), ("false", "off", "no", "0")
_OWN_GROUPS = ("system", "user", "guest", "default")


def is_on(config: Mapping[str, str]) -> bool:
    """Whether users of a directory log in."""
    return config.get(_ON, "").strip().lower() in _TRUE


def complaints(config: Mapping[str, str], secret: Collection[str]) -> Iterator[tuple[str, str]]:
    """What of the properties cannot work.

    Args:
        config: Properties with their values.
        secret: Properties whose values are in Secrets.

    Returns:
        The property and what to do, for each fault; nothing while LDAP is off.
    """
    if not is_on(config):
        yield from _not_off(config)
        return
    # An empty base is the root of the directory; OMERO's default is that of an example.
    for name, there in ((_URLS, config.get(_URLS, "").strip()), (_BASE, _BASE in config)):
        if not there and name not in secret:
            yield name, f"{_ON} is true, and {name} is not set; nobody of the directory can log in"
    for url in filter(None, (each.strip() for each in config.get(_URLS, "").split(","))):
        if fault := _wrong_url(url):
            yield _URLS, f"'{url}' {fault}; write ldaps://directory.example.org:636"
    given = {name: bool(config.get(name)) or name in secret for name in (_USER, _PASSWORD)}
    if len(set(given.values())) > 1:
        missing = next(name for name, there in given.items() if not there)
        yield missing, f"it is not set, and OMERO needs both {_USER} and {_PASSWORD}, or neither"
    yield from _filters(config)
    group = config.get(_GROUP, "")
    if group.startswith(":") and not re.match(rf":({'|'.join(_WAYS)}):", group):
        ways = ", ".join(f":{way}:" for way in _WAYS)
        yield _GROUP, f"'{group}' is no way to find groups; it begins with one of {ways}"
    for name in _TIMEOUTS:
        if name in config and not re.fullmatch("[1-9][0-9]{0,8}", config[name].strip()):
            yield (
                name,
                f"'{config[name]}' is not a number of milliseconds above 0; without a limit, a "
                "directory that does not answer blocks all logins",
            )


def group_of_new_users(config: Mapping[str, str]) -> str:
    """The group that users of the directory join at their first login; empty for none to create."""
    group = config.get(_GROUP, "").strip() if is_on(config) else ""
    return "" if group.startswith(":") or group in _OWN_GROUPS else group


def _not_off(config: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    if config.get(_ON, "false").strip().lower() not in _FALSE:
        yield _ON, f"'{config[_ON]}' is neither true nor false; write one of them"


def _filters(config: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name in _FILTERS:
        if name in config and not _is_closed(config[name].strip()):
            yield (
                name,
                f"'{config[name]}' is no filter: its parentheses do not fit, and every login "
                "would fail; write one such as (objectClass=person)",
            )


def _is_closed(text: str) -> bool:
    """Whether a filter is in parentheses that are closed; in a value they are escaped."""
    depth = 0
    for place, letter in enumerate(text, 1):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if depth < 0 or (depth == 0 and place < len(text)):
            return False
    return depth == 0 and text.startswith("(")


def _wrong_url(url: str) -> str:
    try:
        address = urlsplit(url)
        port = address.port
    except ValueError:
        return "is not an address"
    if address.scheme not in ("ldap", "ldaps"):
        return "does not begin with ldap:// or ldaps://"
    if not address.hostname:
        return "has no host"
    return "has port 0" if port == 0 else ""
