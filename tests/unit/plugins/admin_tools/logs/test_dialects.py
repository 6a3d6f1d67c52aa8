"""What both stores are asked, word by word, and what is read of their answers."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from log_questions import FILE_STREAM, FIRST, OUTPUT, QUESTIONS, SITE, SPAN, START, STREAM
from omeroweb_admin_tools.planning.logs import logql, logsql
from omeroweb_admin_tools.planning.logs.model import (
    LEVELS,
    Entry,
    Range,
    Site,
)
from omeroweb_admin_tools.planning.logs.sources import SOURCES, chosen


@pytest.mark.parametrize("case", QUESTIONS)
def test_logql(case: str) -> None:
    ask, expected, _ = QUESTIONS[case]
    assert logql.query(SITE, ask) == expected


@pytest.mark.parametrize("case", QUESTIONS)
def test_logsql(case: str) -> None:
    ask, _, expected = QUESTIONS[case]
    assert logsql.query(SITE, ask) == expected


def test_a_request_to_loki() -> None:
    call = logql.question(SITE, OUTPUT)
    assert call.path == "loki/api/v1/query_range"
    assert call.form == {
        "query": STREAM,
        "start": "1796000523000000000",
        "end": "1796004123000000001",
        "limit": "201",
        "direction": "backward",
    }
    oldest = logql.question(SITE, replace(OUTPUT, newest_first=False))
    assert oldest.form["direction"] == "forward"


def test_a_request_to_victorialogs() -> None:
    call = logsql.question(SITE, replace(OUTPUT, newest_first=False, limit=7))
    assert call.path == "select/logsql/query"
    assert call.form == {
        "query": f'{FIRST} file:"" | sort by (_time) limit 7 '
        "| fields _time, _msg, level, pod, container, file"
    }


def test_names_of_files() -> None:
    source = SOURCES["server-files"]
    loki = logql.files_question(SITE, source, Range(1, 2))
    assert loki.path == "loki/api/v1/label/file/values"
    assert loki.form == {"query": FILE_STREAM, "start": "1", "end": "2"}
    assert logql.file_names(b'{"status":"success","data":["a.log"]}') == ["a.log"]
    assert logql.file_names(b'{"status":"success"}') == []
    victoria = logsql.files_question(SITE, source, SPAN)
    assert victoria.path == "select/logsql/field_values"
    assert victoria.form == {"query": f"{FIRST} file:*", "field": "file"}
    assert logsql.file_names(b'{"values":[{"value":"a.log","hits":3}]}') == ["a.log"]
    assert logsql.file_names(b'{"values":[]}') == []


def test_entries_of_loki() -> None:
    body = {
        "status": "success",
        "data": {
            "resultType": "streams",
            "result": [
                {
                    "stream": {"pod": "p-0", "container": "c", "level": "warn", "job": "x"},
                    "values": [[str(START), "one\ntwo"], [str(START - 1), "three", {}]],
                },
                {"stream": {"file": "a.log"}, "values": [[str(START), ""]]},
            ],
        },
    }
    assert logql.entries(json.dumps(body).encode(), OUTPUT) == [
        Entry(START, "server", "one\ntwo", "warn", "p-0", "c"),
        Entry(START - 1, "server", "three", "warn", "p-0", "c"),
        Entry(START, "server", "", file="a.log"),
    ]


def test_entries_of_victorialogs() -> None:
    lines = [
        {"_time": "2026-11-30T01:02:03.000000001Z", "_msg": "one\ntwo", "level": "warn"},
        {"_time": "2026-11-30T01:02:03.5Z", "pod": "p-0", "container": "c", "file": "a.log"},
        {"_time": "2026-11-30T01:02:03Z", "_msg": "\u2028 肝臓"},
    ]
    body = "\n".join(json.dumps(each, ensure_ascii=False) for each in lines) + "\n"
    assert logsql.entries(body.encode(), OUTPUT) == [
        Entry(START + 1, "server", "one\ntwo", "warn"),
        Entry(START + 500_000_000, "server", "", "", "p-0", "c", "a.log"),
        Entry(START, "server", "\u2028 肝臓"),
    ]
    assert logsql.entries(b"", OUTPUT) == []


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b"[]",
        b"\xff\xfe",
        b'{"status":"error"}',
        b'{"status":"success","data":{"resultType":"matrix","result":[]}}',
        b'{"status":"success","data":{"resultType":"streams","result":[7]}}',
        b'{"status":"success","data":{"resultType":"streams","result":[{"stream":7,"values":[[]]}]}}',
        b'{"_time":"yesterday"}',
        b'{"_time":"2026-11-30T01:02:03+01:00"}',
        b'{"values":7}',
        b"null",
    ],
)
def test_what_is_no_answer(body: bytes) -> None:
    for dialect in (logql, logsql):
        with pytest.raises(ValueError, match=r"."):
            dialect.entries(body, OUTPUT)
        with pytest.raises(ValueError, match=r"."):
            dialect.file_names(body)


@pytest.mark.parametrize("moment", [0, 1, 999_999_999, START, 2**63 - 1])
def test_no_nanosecond_is_lost(moment: int) -> None:
    body = json.dumps({"_time": logsql.rfc3339(moment)}).encode()
    assert logsql.entries(body, OUTPUT)[0].moment == moment


def test_sources_are_of_a_list() -> None:
    assert [each.key for each in chosen(["web", "server", "web"])] == ["server", "web"]
    assert chosen([]) == list(SOURCES.values())
    with pytest.raises(ValueError, match=r"there is no source 'web\"} or {a=\"b'"):
        chosen(["web", 'web"} or {a="b'])


def test_levels_are_in_the_order_of_importance() -> None:
    assert LEVELS == ("debug", "info", "warn", "error", "fatal")


TEN_MINUTES = Range(START, START + 600 * 1_000_000_000)


def test_errors_are_counted_by_component_and_never_of_another_site() -> None:
    site = Site("imaging", 'de"mo')
    call = logql.errors_question(site, TEN_MINUTES)
    assert call.path == "loki/api/v1/query"
    assert call.form == {
        "query": r'sum by (component) (count_over_time({namespace="imaging", instance="de\"mo"} '
        '| level="error" or level="fatal" [600s]))',
        "time": "1796001123000000000",
    }
    call = logsql.errors_question(site, TEN_MINUTES)
    assert call.path == "select/logsql/query"
    assert call.form == {
        "query": "_time:[2026-11-30T01:02:03.000000000Z, 2026-11-30T01:12:03.000000000Z) "
        r'namespace:="imaging" instance:="de\"mo" level:in("error", "fatal") '
        "| stats by (component) count() as entries"
    }


def test_numbers_of_errors_are_read_and_strange_answers_are_not() -> None:
    result = [
        {"metric": {"component": "web"}, "value": [1796001123.0, "12"]},
        {"metric": {}, "value": [1796001123.0, "1"]},
    ]
    vector = {"status": "success", "data": {"resultType": "vector", "result": result}}
    assert logql.errors(json.dumps(vector).encode()) == {"web": 12, "": 1}
    lines = b'{"component":"web","entries":"12"}\n{"component":"","entries":"1"}\n'
    assert logsql.errors(lines) == {"web": 12, "": 1}
    assert logsql.errors(b"") == {}
    strange = (
        b"[]",
        b"7",
        b'{"data": {}}',
        b'{"status": "success", "data": {"resultType": "streams"}}',
    )
    for body in strange:
        with pytest.raises(ValueError, match="no numbers"):
            logql.errors(body)
    for body in (b"[]", b"7", b'{"component": "web"}'):
        with pytest.raises(ValueError, match="no numbers"):
            logsql.errors(body)
