"""OMERO's configuration reaches OMERO as it was written, whatever is in it.

`omero load` opens the file in text mode, takes it line by line and splits each line with shlex.
"""

from __future__ import annotations

import io
import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omero_operator.api.v1alpha1.web import RESERVED_KEYS
from omero_operator.desired import server, web
from omero_operator.desired.omero_config import render
from omero_operator.desired.plan import desired
from operator_builders import by_title, context, spec

VALUES = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]))
NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9_.\-]{2,30}", fullmatch=True)


def loaded(content: str) -> dict[str, str]:
    """What `omero load` makes of a file."""
    result = {}
    for line in io.StringIO(content, newline=None):
        command, action, end_of_options, name, value = shlex.split(line)
        assert (command, action, end_of_options) == ("config", "set", "--")
        result[name] = value
    return result


@given(st.dictionaries(NAMES, VALUES, max_size=5))
def test_any_value_arrives_unchanged(properties: dict[str, str]) -> None:
    assert loaded(render(properties)) == properties


@pytest.mark.parametrize(
    "value",
    [
        "",
        " ",
        "-Xmx4g",
        "--help",
        "it's",
        "'; config set omero.db.pass x '",
        '[["a", 4064, "b"]]',
        "$HOME `id` \\n !!",
        "# no comment",
        "größe ≠ 0",
        "tab\tinside",
        "line\u2028separator\x0bvertical\x0cfeed\x85next",
        "a=b",
    ],
)
def test_nasty_value_arrives_unchanged(value: str) -> None:
    assert loaded(render({"omero.x": value})) == {"omero.x": value}


def test_file_is_sorted_so_that_its_digest_is_stable() -> None:
    assert render({"b": "1", "a": "2"}) == render({"a": "2", "b": "1"})
    assert render({"b": "1", "a": "2"}).splitlines()[0] == "config set -- a 2"
    assert render({}) == ""


def test_user_properties_reach_server_and_web() -> None:
    given_spec = spec(
        server={"config": {"omero.search.batch": "1"}}, web={"config": {"omero.web.debug": "x y"}}
    )
    plan = by_title(desired(context(given_spec)))
    server_file = loaded(plan["ConfigMap/demo-server"]["data"]["platform.omero"])
    web_file = loaded(plan["ConfigMap/demo-web"]["data"]["platform.omero"])
    assert server_file["omero.search.batch"] == "1"
    assert web_file["omero.web.debug"] == "x y"


@pytest.mark.parametrize(
    ("blocks", "mebibytes"),
    [
        ({}, "4096"),
        ({"size": "large"}, "65536"),
        ({"server": {"resources": {"limits": {"memory": "1500M"}}}}, "1430"),
    ],
    ids=["small", "large", "own limit"],
)
def test_java_sees_the_limit_of_its_container(blocks: dict[str, object], mebibytes: str) -> None:
    """OMERO takes shares of the machine's memory; on a big node the server would be killed."""
    assert server.properties(context(spec(**blocks)))["omero.jvmcfg.system_memory"] == mebibytes


@pytest.mark.parametrize(
    ("ingress", "expected"),
    [
        (None, {"omero.web.session_cookie_secure": "false"}),
        ({}, {"omero.web.session_cookie_secure": "false"}),
        (
            {"host": "a.org"},
            {
                "omero.web.csrf_trusted_origins": '["http://a.org"]',
                "omero.web.session_cookie_secure": "false",
            },
        ),
        (
            {"host": "a.org", "port": 8080},
            {"omero.web.csrf_trusted_origins": '["http://a.org:8080"]'},
        ),
        (
            {"host": "a.org", "path": "/omero"},
            {
                "omero.web.csrf_trusted_origins": '["http://a.org"]',
                "omero.web.prefix": "/omero",
                "omero.web.static_url": "/omero/static/",
            },
        ),
        (
            {"host": "a.org", "tls": {"secretName": "c"}},
            {
                "omero.web.csrf_trusted_origins": '["https://a.org"]',
                "omero.web.session_cookie_secure": "true",
                "omero.web.csrf_cookie_secure": "true",
                "omero.web.secure_proxy_ssl_header": '["HTTP_X_FORWARDED_PROTO", "https"]',
            },
        ),
    ],
    ids=["no Ingress", "any host", "host", "port", "path", "tls"],
)
def test_cookies_and_origins_follow_from_the_ingress(
    ingress: dict[str, object] | None, expected: dict[str, str]
) -> None:
    given_spec = spec(web={"ingress": ingress} if ingress is not None else {})
    found = web.properties(context(given_spec))
    assert found.items() >= expected.items()
    assert ("omero.web.secure_proxy_ssl_header" in found) == bool(ingress and "tls" in ingress)
    assert ("omero.web.csrf_trusted_origins" in found) == bool(ingress and "host" in ingress)


def test_no_property_of_the_user_is_overwritten_in_silence() -> None:
    """What the operator sets must be refused by the CRD: RESERVED_KEYS is the list for it."""
    ingress = {"host": "a.org", "path": "/omero", "tls": {"secretName": "c"}}
    tls = spec(web={"ingress": ingress})
    assert web.properties(context(tls)).keys() <= set(RESERVED_KEYS)
