"""LDAP settings that would make every login fail are named before the server has them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from omero_operator.api.v1alpha1 import ldap
from omero_operator.api.v1alpha1.rules import check
from omero_operator.desired import bootstrap
from omero_operator.desired.server import properties
from operator_builders import context, spec

GOOD = {
    "omero.ldap.config": "true",
    "omero.ldap.urls": "ldaps://directory.example.org:636, ldap://[2001:db8::1]/",
    "omero.ldap.base": "ou=People, dc=example, dc=org",
    "omero.ldap.new_user_group": "Mikroskopie (Gäste)",
}
WITH_ACCOUNT = GOOD | {"omero.ldap.username": "cn=omero", "omero.ldap.password": "x"}


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"omero.ldap.config": "false", "omero.ldap.urls": "nonsense"},
        GOOD,
        WITH_ACCOUNT,
        GOOD | {"omero.ldap.base": ""},
        GOOD | {"omero.ldap.new_user_group": ":attribute:memberOf"},
        GOOD | {"omero.ldap.new_user_group": ":query:(member=@{dn})"},
        GOOD | {"omero.ldap.read_timeout": "10000"},
        GOOD | {"omero.ldap.user_filter": r"(&(objectClass=person)(cn=a\28b))"},
        {"omero.ldap.config": "OFF"},
    ],
)
def test_what_can_work_is_accepted(config: dict[str, str]) -> None:
    assert list(ldap.complaints(config, ())) == []


@pytest.mark.parametrize(
    ("change", "name", "words"),
    [
        ({"omero.ldap.config": "ja"}, "config", "'ja' is neither true nor false"),
        ({"omero.ldap.config": ""}, "config", "'' is neither true nor false"),
        ({"omero.ldap.config": "yes", "omero.ldap.urls": "x"}, "urls", "does not begin with"),
        ({"omero.ldap.user_filter": "(objectClass=person"}, "user_filter", "do not fit"),
        ({"omero.ldap.user_filter": "objectClass=person"}, "user_filter", "do not fit"),
        ({"omero.ldap.group_filter": "(a=b)(c=d)"}, "group_filter", "do not fit"),
        ({"omero.ldap.urls": " "}, "urls", "nobody of the directory can log in"),
        ({"omero.ldap.urls": "directory.example.org"}, "urls", "does not begin with ldap://"),
        ({"omero.ldap.urls": "ldaps://"}, "urls", "has no host"),
        ({"omero.ldap.urls": "ldaps://a:70000"}, "urls", "is not an address"),
        ({"omero.ldap.urls": "ldaps://a:0"}, "urls", "has port 0"),
        ({"omero.ldap.username": "cn=omero"}, "password", "or neither"),
        ({"omero.ldap.password": "x"}, "username", "or neither"),
        ({"omero.ldap.new_user_group": ":group:x"}, "new_user_group", "is no way to find groups"),
        ({"omero.ldap.connect_timeout": "0"}, "connect_timeout", "blocks all logins"),
        ({"omero.ldap.read_timeout": "-1"}, "read_timeout", "blocks all logins"),
    ],
)
def test_what_cannot_work_is_named(change: dict[str, str], name: str, words: str) -> None:
    ((found, said),) = ldap.complaints(GOOD | change, ())
    assert (found, words in said) == (f"omero.ldap.{name}", True)


def test_a_missing_base_is_not_that_of_omeros_example() -> None:
    config = {name: value for name, value in GOOD.items() if name != "omero.ldap.base"}
    assert [name for name, _ in ldap.complaints(config, ())] == ["omero.ldap.base"]
    assert list(ldap.complaints(config, ("omero.ldap.base",))) == []


def test_a_password_in_a_secret_counts_and_is_never_shown() -> None:
    server: dict[str, Any] = {
        "config": GOOD | {"omero.ldap.username": "cn=omero"},
        "configSecretRefs": [
            {"property": "omero.ldap.password", "secretKeyRef": {"name": "ldap", "key": "p"}}
        ],
    }
    assert check(spec(server=server)) == []
    del server["configSecretRefs"]
    (error,) = check(spec(server=server))
    assert error.path == "spec.server.config[omero.ldap.password]"


def groups(config: dict[str, str], **server: Any) -> list[dict[str, str]]:
    content = bootstrap.content(context(spec(server={"config": config, **server})))
    found: list[dict[str, str]] = json.loads(content)["groups"]
    return found


def test_the_group_of_new_users_exists_before_the_first_of_them_and_is_private() -> None:
    (made,) = groups(GOOD)
    assert (made["name"], made["permissions"]) == ("Mikroskopie (Gäste)", "rw----")


def test_a_group_that_the_site_lists_keeps_its_permissions() -> None:
    own = {"name": "Mikroskopie (Gäste)", "permissions": "read-only"}
    assert [group["permissions"] for group in groups(GOOD, groups=[own])] == ["rwr---"]


@pytest.mark.parametrize("group", ["", "default", ":ou:", ":attribute:memberOf"])
def test_no_group_is_made_where_omero_finds_or_has_it(group: str) -> None:
    assert groups(GOOD | {"omero.ldap.new_user_group": group}) == []
    assert groups({"omero.ldap.new_user_group": "lab"}) == []


def test_a_certificate_of_the_site_reaches_glacier2_as_pem() -> None:
    found = properties(context(spec(server={"tls": {"secretName": "server-tls"}})))
    assert found["omero.glacier2.IceSSL.DefaultDir"] == "/run/secrets/omero-platform/tls"
    assert found["omero.glacier2.IceSSL.KeyFile"] == "tls.key"
    assert "omero.glacier2.IceSSL.KeyFile" not in properties(context())


def test_processors_of_scripts() -> None:
    name = "omero.server.nodedescriptors"
    assert name not in properties(context())
    nodes = properties(context(spec(server={"scriptProcessors": 3})))[name]
    assert nodes.startswith("master:Blitz-0,Indexer-0,")
    assert nodes.endswith(",Processor-0,Processor-1,Processor-2")
    (error,) = check(spec(server={"scriptProcessors": 3, "config": {name: "master:Blitz-0"}}))
    assert error.path == "spec.server.scriptProcessors"
