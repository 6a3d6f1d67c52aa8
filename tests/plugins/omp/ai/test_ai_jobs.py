"""Asking a model from a page: shown first, sent then, by a worker that may be killed."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest

from ai_servers import KEY, AiServer
from ai_servers.formats import INPUT, OUTPUT
from ai_servers.models import names_in, reads, suggests
from ai_servers.server import Fault
from omero_plugin_common.database.packed import unpack
from omp_site import PLUGIN, OmpBrowser, OmpSite
from plugin_site import Worker, until

NAMES = [f"{row}{column:02}_DAPI_{dose}uM.ome.tif" for row in "ABCDE" for column in range(1, 13)
         for dose in ("0.1", "1.5")]  # fmt: skip
VARIABLES = ["Well", "Stain", "Dose"]


@pytest.fixture
def ada(omp: OmpSite) -> OmpBrowser:
    return omp.browser("ada")


@pytest.fixture
def model(ada: OmpBrowser, ai_server: AiServer) -> Iterator[AiServer]:
    """The lab's model, for which Ada has a key, and which has forgotten what was asked before."""
    ada.send("ai-credentials/save/", {"provider": "Lab", "apiKey": KEY})
    ai_server.requests.clear()
    ai_server.waiting.clear()
    ai_server.reply = reads()
    yield ai_server
    ai_server.faults.clear()
    ai_server.end = lambda _asked: "complete"


def _question(omp: OmpSite, names: list[str], **more: Any) -> dict[str, Any]:
    return {
        "selection": str(omp.select("ada", names)),
        "provider": "Lab",
        "model": "small-1",
        "variables": VARIABLES,
        **more,
    }


def _start(browser: OmpBrowser, what: str, question: dict[str, Any]) -> str:
    shown = browser.send(f"ai/{what}/preview/", {"question": question})["shown"]
    job = browser.send(f"ai/{what}/start/", {"question": question, "shown": shown})
    return str(job["id"])


def test_what_is_sent_is_what_was_shown(
    omp: OmpSite, worker: Worker, ada: OmpBrowser, model: AiServer
) -> None:
    question = _question(omp, NAMES)
    shown = [ada.send("ai/values/preview/", {"question": question, "batch": n}) for n in range(3)]
    assert model.requests == []
    assert {each["batches"] for each in shown} == {3}
    assert shown[0]["names"] == len(NAMES)
    assert shown[0]["host"] in model.base
    assert [name for each in shown for name in each["batch"]["names"]] == NAMES
    ada.send("ai/values/preview/", {"question": question, "batch": 3}, 400)
    start = {"question": question, "shown": shown[0]["shown"]}
    done = ada.finished(ada.send("ai/values/start/", start)["id"])
    assert done["state"] == "done"
    sent = [(asked.system, asked.user) for asked in model.asked()]
    assert sent == [(each["batch"]["system"], each["batch"]["user"]) for each in shown]


def test_nothing_is_sent_that_was_not_shown(omp: OmpSite, ada: OmpBrowser, model: AiServer) -> None:
    question = _question(omp, NAMES)
    shown = ada.send("ai/values/preview/", {"question": question})["shown"]
    for other in (
        {**question, "model": "large-2"},
        {**question, "variables": ["Well"]},
        _question(omp, NAMES[1:]),
    ):
        refused = ada.send("ai/values/start/", {"question": other, "shown": shown}, 409)
        assert refused["code"] == "not_shown"
    ada.send("ai/pattern/start/", {"question": question, "shown": shown}, 409)
    assert model.requests == []


def test_values_are_checked_paged_and_put_into_a_preview(
    omp: OmpSite, worker: Worker, ada: OmpBrowser, model: AiServer
) -> None:
    good = reads()
    model.reply = lambda asked: good(asked).replace('"C07"', '"C7"')
    question = _question(omp, [*NAMES, *NAMES[:5]])
    job = _start(ada, "values", question)
    done = ada.finished(job)
    assert done["result"] == {
        "names": len(NAMES),
        "refused": 2,
        "usage": {"input": 3 * INPUT, "output": 3 * OUTPUT},
    }
    assert (done["done"], done["total"]) == (len(NAMES), len(NAMES))
    page = ada.ask(f"ai/values/{job}/?offset=61&limit=2")
    assert (page["total"], page["refused"], page["usage"]) == (120, 2, done["result"]["usage"])
    first = page["rows"][0]
    assert first["name"] == NAMES[61]
    assert first["values"] == {"Well": "C07", "Stain": "DAPI", "Dose": "1.5uM.ome"} or (
        first["problem"] == "Well: 'C7' does not occur in the name"
    )
    log = ada.get(f"/omero_plugin_common/jobs/{job}/log/").json()["lines"]
    assert [line["text"] for line in log if "'C7'" in line["text"]]
    made = ada.send(
        "previews/",
        {"selection": question["selection"], "settings": {"mode": "separators", "pattern": "_"}},
    )
    put = ada.send(f"previews/{made['preview']}/ai-values/", {"job": job})
    assert put["edited"] == len(NAMES) + 5 - 2
    assert set(VARIABLES) <= set(put["columns"])
    with omp.base.transaction() as cursor:
        cursor.execute(
            "select count(*) as n from omp_ai_values where job = %s and batch >= 0", (job,)
        )
        row = cursor.fetchone()
    assert row is not None
    assert row["n"] == 3


def test_somebody_elses_values_and_selections_are_not_found(
    omp: OmpSite, worker: Worker, ada: OmpBrowser, model: AiServer
) -> None:
    question = _question(omp, NAMES[:3])
    job = _start(ada, "values", question)
    assert ada.finished(job)["state"] == "done"
    grace = omp.browser("grace")
    assert grace.ask(f"ai/values/{job}/")["rows"] == []
    grace.send("ai/values/preview/", {"question": question}, 404)
    assert ada.ask(f"ai/values/{uuid4()}/")["total"] == 0
    assert ada.send("user-data/delete-all/")["deleted"]["aiValues"] >= 1
    assert ada.ask(f"ai/values/{job}/")["total"] == 0


def test_a_suggested_pattern_comes_with_what_it_is_worth(
    omp: OmpSite, worker: Worker, ada: OmpBrowser, model: AiServer
) -> None:
    model.reply = suggests(r"(?P<well>[A-D]\d\d)_(?P<stain>[A-Z]+)_(?P<dose>[\d.]+uM)")
    question = _question(omp, NAMES, variables=[])
    shown = ada.send("ai/pattern/preview/", {"question": question})
    assert len(shown["batch"]["names"]) == 60
    done = ada.finished(_start(ada, "pattern", question))
    assert done["result"] == {
        "pattern": r"(?P<well>[A-D]\d\d)_(?P<stain>[A-Z]+)_(?P<dose>[\d.]+uM)",
        "variables": ["well", "stain", "dose"],
        "names": 120,
        "matched": 96,
        "unmatched": [NAMES[96]],
        "usage": {"input": INPUT, "output": OUTPUT},
    }
    [asked] = model.asked()
    assert names_in(asked) == shown["batch"]["names"]


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (suggests(r"(?P<a>x)(?=y)"), "Lookahead"),
        (suggests(r"(?P<a>never-there)"), "fits none of the names"),
        (suggests("[_-]"), "no pattern with named groups"),
        (lambda _asked: "I would rather not", "is not JSON"),
    ],
)
def test_a_useless_suggestion_is_a_failure_that_says_why(
    omp: OmpSite, worker: Worker, ada: OmpBrowser, model: AiServer, reply: Any, why: str
) -> None:
    model.reply = reply
    done = ada.finished(_start(ada, "pattern", _question(omp, NAMES)))
    assert done["state"] == "failed"
    assert why in done["error"]["error"]
    assert "another model" in done["error"]["error"]
    assert len(model.requests) == 1


def test_a_job_is_cancelled_in_the_middle_of_a_question(
    omp: OmpSite, worker: Worker, ada: OmpBrowser, model: AiServer
) -> None:
    model.faults.append(Fault(silent=True))
    job = _start(ada, "values", _question(omp, NAMES))
    until(model.waiting.is_set)
    ada.post(f"/omero_plugin_common/jobs/{job}/cancel/")
    assert ada.finished(job, 30)["state"] == "cancelled"
    assert len(model.requests) == 1


def test_a_job_is_cancelled_while_it_waits_for_a_busy_provider(
    omp: OmpSite, worker: Worker, ada: OmpBrowser, model: AiServer
) -> None:
    model.faults.append(Fault(429, {"Retry-After": "110"}))
    job = _start(ada, "values", _question(omp, NAMES))
    until(lambda: "110 seconds" in ada.get(f"/omero_plugin_common/jobs/{job}/log/").text)
    ada.post(f"/omero_plugin_common/jobs/{job}/cancel/")
    assert ada.finished(job, 30)["state"] == "cancelled"
    assert len(model.requests) == 1


def test_two_tabs_do_not_pay_twice_for_the_same_question(
    omp: OmpSite, worker: Worker, ada: OmpBrowser, model: AiServer
) -> None:
    model.faults.append(Fault(silent=True))
    question = _question(omp, NAMES)
    shown = ada.send("ai/values/preview/", {"question": question})["shown"]
    start = {"question": question, "shown": shown}
    with ThreadPoolExecutor() as tabs:
        answers = list(
            tabs.map(
                lambda tab: tab.post(f"/{PLUGIN}/ai/values/start/", start),
                [omp.browser("ada") for _ in range(3)],
            )
        )
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert refused.json()["code"] == "asked_already"
    [job] = [answer.json()["id"] for answer in answers if answer.status_code == 200]
    until(model.waiting.is_set)
    ada.post(f"/omero_plugin_common/jobs/{job}/cancel/")
    assert ada.finished(job, 30)["state"] == "cancelled"
    again = ada.send("ai/values/start/", start)
    assert ada.finished(again["id"])["state"] == "done"


def test_a_failure_keeps_what_was_read_before(
    omp: OmpSite, worker: Worker, ada: OmpBrowser, model: AiServer
) -> None:
    good = reads()
    model.reply = lambda asked: good(asked) if NAMES[0] in asked.user else "no"
    job = _start(ada, "values", _question(omp, NAMES))
    done = ada.finished(job)
    assert (done["state"], done["error"]["code"]) == ("failed", "ai_malformed")
    assert "50 of 120 names are read: you can show them, and asking" in done["error"]["error"]
    assert ada.ask(f"ai/values/{job}/")["total"] == 50


def test_what_cannot_work_is_refused_before_anything_starts(
    omp: OmpSite, ada: OmpBrowser, model: AiServer
) -> None:
    cases: list[tuple[dict[str, Any], int, str]] = [
        ({"provider": "Nobody"}, 404, "ai_off"),
        ({"provider": "OpenAI", "model": "gpt-4"}, 409, "ai_model_unknown"),
        ({"variables": []}, 400, "bad_request"),
        ({"selection": str(uuid4())}, 404, "not_found"),
        ({"model": "../secret\n"}, 400, "bad_body"),
    ]
    for more, status, code in cases:
        question = {**_question(omp, NAMES), **more}
        assert ada.send("ai/values/preview/", {"question": question}, status)["code"] == code
    empty = _question(omp, [])
    assert "empty" in ada.send("ai/pattern/preview/", {"question": empty}, 400)["error"]
    many = _question(omp, [f"image {n}.tif" for n in range(20_001)])
    assert "20001" in ada.send("ai/values/preview/", {"question": many}, 400)["error"]
    keyless = _question(omp, NAMES, provider="OpenAI", model="gpt-5-mini")
    shown = ada.send("ai/values/preview/", {"question": keyless})["shown"]
    refused = ada.send("ai/values/start/", {"question": keyless, "shown": shown}, 409)
    assert refused["code"] == "ai_key_missing"
    assert model.requests == []


def test_starts_are_limited_and_looking_is_not(
    omp: OmpSite, ada: OmpBrowser, model: AiServer
) -> None:
    question = _question(omp, NAMES[:2])
    wrong = {"question": question, "shown": "0" * 64}
    for _ in range(6):
        ada.send("ai/pattern/start/", wrong, 409)
    refused = ada.send("ai/values/start/", wrong, 429)
    assert 0 < refused["retryAfter"] <= 60
    ada.send("ai/values/preview/", {"question": question})


@pytest.mark.parametrize("what", ["pattern", "values"])
def test_methods_and_tokens(omp: OmpSite, ada: OmpBrowser, what: str) -> None:
    for path in (f"ai/{what}/preview/", f"ai/{what}/start/"):
        assert ada.get(f"/{PLUGIN}/{path}").status_code == 405
        assert ada.client.post(f"/{PLUGIN}/{path}", json={}).status_code == 403
    assert ada.post(f"/{PLUGIN}/ai/values/{uuid4()}/", {}).status_code == 405


def test_no_key_is_in_any_log(
    omp: OmpSite, worker: Worker, ada: OmpBrowser, model: AiServer
) -> None:
    assert ada.finished(_start(ada, "values", _question(omp, NAMES[:2])))["state"] == "done"
    assert [model.format.key(each.headers) for each in model.requests] == [KEY]
    logs = {log.name: log.read_text(errors="replace") for log in omp.folder.glob("*.log")}
    assert {name.partition("-")[0] for name in logs} >= {"web.log", "worker"}
    assert [name for name, text in logs.items() if KEY in text] == []


def test_what_was_paid_for_is_not_asked_again(
    omp: OmpSite, worker: Worker, ada: OmpBrowser, model: AiServer
) -> None:
    """The same names and keys with the same model: only those that are missing are sent."""
    good = reads()
    model.reply = lambda asked: good(asked) if NAMES[0] in asked.user else "no"
    question = _question(omp, NAMES)
    failed = ada.finished(_start(ada, "values", question))
    assert (failed["state"], failed["done"], failed["total"]) == ("failed", 50, 120)
    model.reply = good
    model.requests.clear()
    # Other images of these names, and the keys in another order, are the same question.
    question = _question(omp, NAMES, variables=VARIABLES[::-1])
    shown = ada.send("ai/values/preview/", {"question": question})
    assert (shown["readAlready"], shown["names"], shown["batches"]) == (50, 70, 2)
    done = ada.finished(_start(ada, "values", question))
    assert done["result"] == {
        "names": 120,
        "refused": 0,
        "usage": {"input": 2 * INPUT, "output": 2 * OUTPUT},
    }
    sent = [name for asked in model.asked() for name in names_in(asked)]
    assert sent == NAMES[50:]
    rows = ada.ask(f"ai/values/{done['id']}/?limit=200")["rows"]
    assert sorted(row["name"] for row in rows) == sorted(NAMES)
    assert all(row["values"] for row in rows)
    # Nothing is missing now, and nobody is asked.
    model.requests.clear()
    shown = ada.send("ai/values/preview/", {"question": question})
    assert (shown["readAlready"], shown["batches"], shown["batch"]) == (120, 0, None)
    assert ada.finished(_start(ada, "values", question))["result"]["names"] == 120
    assert model.requests == []
    for other in ({"model": "large-2"}, {"variables": ["Well"]}):
        asked = ada.send("ai/values/preview/", {"question": {**question, **other}})
        assert (asked["readAlready"], asked["names"]) == (0, 120)
    grace = omp.browser("grace")
    own = {**question, "selection": str(omp.select("grace", NAMES))}
    assert grace.send("ai/values/preview/", {"question": own})["readAlready"] == 0


def test_values_of_a_model_never_replace_what_was_typed(
    omp: OmpSite, worker: Worker, ada: OmpBrowser, model: AiServer
) -> None:
    question = _question(omp, NAMES[:3])
    first = ada.finished(_start(ada, "values", question))["id"]
    made = ada.send(
        "previews/",
        {"selection": question["selection"], "settings": {"mode": "separators", "pattern": "_"}},
    )
    typed = {"1": {"Well": "typed before"}}
    made = ada.send(f"previews/{made['preview']}/values/", {"values": typed})
    put = ada.send(f"previews/{made['preview']}/ai-values/", {"job": first})
    typed = {"2": {"Stain": "typed after"}, "3": {"Dose": ""}}
    put = ada.send(f"previews/{put['preview']}/values/", {"values": typed})
    # Another model finds something else.
    model.reply = lambda asked: reads()(asked).replace('"DAPI"', '"DAP"')
    other = {**question, "model": "large-2"}
    second = ada.finished(_start(ada, "values", other))["id"]
    put = ada.send(f"previews/{put['preview']}/ai-values/", {"job": second})
    with omp.base.transaction() as cursor:
        cursor.execute("select overrides from omp_previews where id = %s", (put["preview"],))
        row = cursor.fetchone()
    assert row is not None
    given = unpack(row["overrides"])
    well = [given[n]["Well"] for n in "123"]
    assert well == ["typed before", "A01", "A02"]
    assert [given[n]["Stain"] for n in "123"] == ["DAP", "typed after", "DAP"]
    assert given["3"]["Dose"] == ""
    assert given["1"]["Dose"] != ""
