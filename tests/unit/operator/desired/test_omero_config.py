"""OMERO's configuration reaches OMERO as it was written, whatever is in it.

`omero load` opens the file in text mode, takes it line by line and splits each line with shlex.
"""

from __future__ import annotations

import io
import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omero_operator.desired import server
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
        server={"config": {"omero.search.batch": "1"}},
        web={"config": {"omero.web.top_logo": "x y"}},
    )
    plan = by_title(desired(context(given_spec)))
    server_file = loaded(plan["ConfigMap/demo-server"]["data"]["platform.omero"])
    web_file = loaded(plan["ConfigMap/demo-web"]["data"]["platform.omero"])
    assert server_file["omero.search.batch"] == "1"
    assert web_file == {"omero.web.top_logo": "x y"}


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
