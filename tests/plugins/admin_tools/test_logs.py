"""Logs as administrators ask for them: over HTTP, from doubles of both stores."""

from __future__ import annotations

import csv
import io
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from http_double import serving
from log_store_double import LogStoreDouble
from omero_plugin_common.errors import Unavailable
from omeroweb_admin_tools import configuration, http_client
from omeroweb_admin_tools.planning.logs import pages
from omeroweb_admin_tools.planning.logs.model import SECOND, Entry, Filter, Range
from omeroweb_admin_tools.planning.logs.sources import SOURCES, chosen
from omeroweb_admin_tools.services import logs
from omeroweb_admin_tools.services.logs import Question

START = 1_796_000_523_000_000_000
SPAN = Range(START, START + 100 * SECOND)
ALL = chosen([])
SEVEN = ("server", "web", "worker", "database", "plugin-database", "redis", "uploads")


def entry(component: str, second: int, text: str, **more: Any) -> Entry:
    return Entry(START + second * SECOND, component, text, **more)


@pytest.fixture(params=["loki", "victorialogs"])
def store(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[LogStoreDouble]:
    with serving(LogStoreDouble(request.param)) as double:
        monkeypatch.setenv(configuration.STACK, double.stack)
        monkeypatch.setenv(configuration.URL, double.url)
        monkeypatch.setenv(configuration.NAMESPACE, "imaging")
        monkeypatch.setenv(configuration.INSTANCE, "demo")
        monkeypatch.setenv(configuration.SECONDS, "50")
        yield double


def texts(answer: dict[str, Any]) -> list[str]:
    return [each["message"] for each in answer["entries"]]


def test_entries_of_several_sources_are_one_list(store: LogStoreDouble) -> None:
    store.entries = [
        entry("server", 1, "first", level="info", pod="demo-server-0", container="server"),
        entry("web", 3, "third\n  at line 7", level="error"),
        entry("server", 2, "second", file="Blitz-0.log"),
        entry("web", 100, "later"),
    ]
    answer = logs.page(Question(ALL, SPAN))
    assert texts(answer) == ["third\n  at line 7", "second", "first"]
    assert (answer["next"], answer["failed"], answer["cut"]) == (None, [], [])
    assert answer["entries"][2] == {
        "id": answer["entries"][2]["id"],
        "time": "2026-11-30T01:02:04.000000000Z",
        "moment": str(START + SECOND),
        "source": "server",
        "level": "info",
        "pod": "demo-server-0",
        "container": "server",
        "file": "",
        "message": "first",
    }
    assert answer["entries"][1]["source"] == "server-files"
    assert len(store.asked) == len(SOURCES)


def test_pages_hold_each_entry_once(store: LogStoreDouble) -> None:
    store.entries = [entry(("web", "server")[at % 2], at // 7, f"{at}") for at in range(90)]
    found: list[str] = []
    end: str | None = str(SPAN.end)
    while end is not None:
        answer = logs.page(Question(ALL, Range(START, int(end)), size=10))
        found += texts(answer)
        end = answer["next"]
    assert sorted(found, key=int) == [f"{at}" for at in range(90)]


def test_what_is_asked_again_has_the_same_ids(store: LogStoreDouble) -> None:
    """A live view asks for the last seconds again, since entries arrive late."""
    store.entries = [entry("web", at, "the same text") for at in (1, 2, 2, 3)]
    before = {each["id"] for each in logs.page(Question(ALL, SPAN))["entries"]}
    store.entries += [entry("web", 2, "late"), entry("web", 4, "the same text")]
    after = logs.page(Question(ALL, Range(START + 2 * SECOND, SPAN.end)))["entries"]
    new = [each for each in after if each["id"] not in before]
    assert [each["message"] for each in new] == ["the same text", "late"]


def test_a_source_that_fails_is_shown_as_failed(store: LogStoreDouble) -> None:
    store.entries = [entry("web", 1, "here")]
    store.away = {"server"}
    answer = logs.page(Question(ALL, SPAN))
    assert texts(answer) == ["here"]
    assert [each["source"] for each in answer["failed"]] == ["server", "server-files"]
    reason = "it answered 500: too many outstanding requests for server"
    assert answer["failed"][0]["reason"] == reason


def test_a_slow_source_fails_at_the_deadline_and_the_others_are_there(
    store: LogStoreDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(configuration.SECONDS, "1")
    store.entries = [entry("web", 1, "here")]
    store.slow = {"redis": 20}
    begun = time.monotonic()
    answer = logs.page(Question(chosen(["web", "redis"]), SPAN))
    assert time.monotonic() - begun < 15
    assert texts(answer) == ["here"]
    assert answer["failed"] == [
        {"source": "redis", "reason": "no complete answer within 1 seconds"}
    ]


def test_sources_are_asked_at_the_same_time(store: LogStoreDouble) -> None:
    """No answer comes before all seven questions are there."""
    store.together = threading.Barrier(len(SEVEN), timeout=60)
    assert logs.page(Question(chosen(SEVEN), SPAN))["failed"] == []


@pytest.mark.nightly
def test_seven_sources_take_as_long_as_the_slowest(store: LogStoreDouble) -> None:
    """At most a fifth more."""

    def seconds(sources: Sequence[str]) -> float:
        begun = time.monotonic()
        assert logs.page(Question(chosen(sources), SPAN))["failed"] == []
        return time.monotonic() - begun

    store.slow = {source.component: 1.0 for source in chosen(SEVEN)} | {"worker": 4.0}
    assert seconds(SEVEN) <= 1.2 * seconds(["worker"])


def test_a_store_that_is_away_is_not_an_empty_list(
    store: LogStoreDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(configuration.URL, "http://127.0.0.1:9")
    with pytest.raises(Unavailable, match="it cannot be reached") as caught:
        logs.page(Question(ALL, SPAN))
    assert caught.value.code == "log_store_away"
    with pytest.raises(Unavailable, match="it cannot be reached"):
        logs.files(SPAN)
    with pytest.raises(Unavailable, match="it cannot be reached"):
        logs.around(SOURCES["web"], START, Filter(), 5)


def test_a_redirect_is_not_followed(store: LogStoreDouble) -> None:
    store.status = 307
    with pytest.raises(Unavailable, match="it answered 307"):
        logs.page(Question(chosen(["web"]), SPAN))
    assert len(store.asked) == 1


def test_neither_cookies_nor_passwords_of_the_surroundings_are_sent(
    store: LogStoreDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    logs.page(Question(chosen(["web"]), SPAN))
    (headers,) = [{name.lower() for name in headers} for _, headers, _ in store.asked]
    assert not headers & {"cookie", "authorization", "x-csrftoken", "referer"}


def test_an_answer_without_end_is_not_read_to_its_end(
    store: LogStoreDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_client, "MOST_BYTES", 2_000_000)
    store.entries = [entry("web", 1, "x" * 3_000_000)]
    with pytest.raises(Unavailable, match="larger than 2 MB: choose a shorter time"):
        logs.page(Question(chosen(["web"]), SPAN))


def test_what_the_store_does_not_give_is_said(
    store: LogStoreDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "MOST_ENTRIES", 20)
    store.entries = [entry("web", 1, f"{at}") for at in range(30)]
    answer = logs.page(Question(chosen(["web"]), SPAN, size=10))
    assert len(answer["entries"]) == 20
    assert answer["cut"] == [
        {"source": "web", "time": "2026-11-30T01:02:04.000000000Z", "shown": 20}
    ]


def test_log_files_are_sources_and_have_names(store: LogStoreDouble) -> None:
    store.entries = [
        entry("server", 1, "a", file="Indexer-0.log"),
        entry("server", 2, "b", file="Blitz-0.log"),
        entry("web", 2, "c"),
    ]
    answer = logs.files(SPAN)
    assert answer["files"] == {"server-files": ["Blitz-0.log", "Indexer-0.log"], "web-files": []}
    logs.page(Question(ALL, SPAN, Filter(files=frozenset({"Blitz-0.log"}))))
    named = [form["query"] for _, _, form in store.asked if '"Blitz-0.log"' in form["query"]]
    # A name of a file leaves the output of containers as it is.
    assert len(named) == 2


def test_log_files_of_one_source_have_names(store: LogStoreDouble) -> None:
    store.entries = [
        entry("server", 1, "a", file="Blitz-0.log"),
        entry("server", 2, "b", file="Processor-0.log"),
        entry("web", 3, "c", file="OMEROweb.log"),
    ]
    assert logs.file_names("server-files", SPAN) == ["Blitz-0.log", "Processor-0.log"]
    store.status = 503
    with pytest.raises(Unavailable, match="The log store gives no answer"):
        logs.file_names("server-files", SPAN)


def test_what_is_around_an_entry(store: LogStoreDouble) -> None:
    store.entries = [entry("web", at, f"{at}") for at in range(40)]
    answer = logs.around(SOURCES["web"], START + 20 * SECOND, Filter(pod="p", container="c"), 3)
    assert texts(answer) == ["23", "22", "21", "20", "19", "18"]
    assert answer["more"] == {"before": True, "after": True}
    answer = logs.around(SOURCES["web"], START + 38 * SECOND, Filter(), 50)
    assert texts(answer) == [f"{at}" for at in range(39, -1, -1)]
    assert answer["more"] == {"before": False, "after": False}
    assert all(
        'pod:="p"' in form["query"] or 'pod="p"' in form["query"] for _, _, form in store.asked[:2]
    )


def test_all_entries_as_a_file(store: LogStoreDouble) -> None:
    store.entries = [
        entry("web", 1, '=cmd|" /C calc"!A0\nline', level="info"),
        entry("redis", 0, "b"),
    ]
    rows = list(csv.reader(io.StringIO("".join(logs.csv_lines(Question(ALL, SPAN))))))
    assert rows[0] == ["Time", "Source", "Level", "Pod", "Container", "File", "Message"]
    assert rows[1][:3] == ["2026-11-30T01:02:04.000000000Z", "web", "info"]
    assert rows[1][6] == '\'=cmd|" /C calc"!A0\nline'
    assert len(rows) == 3


def test_a_file_says_what_it_does_not_have(
    store: LogStoreDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "MOST_ROWS", 10)
    monkeypatch.setattr(logs, "MOST_ENTRIES", 6)
    store.entries = [entry("web", at, f"{at}") for at in range(30)]
    store.away = {"redis"}
    lines = "".join(logs.csv_lines(Question(chosen(["web", "redis"]), SPAN)))
    rows = list(csv.reader(io.StringIO(lines)))
    assert rows[-1][6] == "The file ends here, after 10 entries: choose a shorter time"
    assert any(row[6].startswith("redis is missing here: it answered 500") for row in rows)
    store.away = {"redis", "web"}
    rows = list(csv.reader(io.StringIO("".join(logs.csv_lines(Question(chosen(["web"]), SPAN))))))
    assert rows[-1][6].startswith("web is missing here")


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        (configuration.STACK, "", "ADMIN_TOOLS_LOG_STACK is not set"),
        (configuration.STACK, "splunk", "is not one of loki, victorialogs"),
        (configuration.URL, "", "ADMIN_TOOLS_LOG_URL is not set"),
        (configuration.URL, "ftp://store", "is not an address"),
        (configuration.URL, "http://", "is not an address"),
        (configuration.URL, "http://user:secret@store", "has a user or a password"),
        (configuration.URL, "http://store:port", "is not an address"),
        (configuration.URL, "http://[store", "is not an address"),
        (configuration.URL, "http://store/?a=b", "has more than a host"),
        (configuration.NAMESPACE, "", "ADMIN_TOOLS_NAMESPACE is not set"),
        (configuration.SECONDS, "nan", "is not a finite number"),
    ],
)
def test_a_site_without_a_usable_log_store(
    store: LogStoreDouble, monkeypatch: pytest.MonkeyPatch, name: str, value: str, problem: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(Unavailable, match=problem) as caught:
        logs.page(Question(ALL, SPAN))
    assert caught.value.code == "no_log_store"
    assert "secret" not in caught.value.message
    assert not store.asked


def test_a_path_before_the_api_stays(
    store: LogStoreDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(configuration.URL, f"{store.url}logs/")
    logs.page(Question(chosen(["web"]), SPAN))
    assert store.asked[0][0].startswith("/logs/")


def test_sources_have_names_for_people() -> None:
    found = logs.sources()
    assert found[1] == {"key": "server-files", "title": "OMERO.server: log files", "files": True}
    assert len({each["title"] for each in found}) == len(found) == len(SOURCES)
