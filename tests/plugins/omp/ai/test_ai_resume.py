"""A worker dies while a model is asked: the next one goes on, and asks for nothing twice."""

from __future__ import annotations

from ai_servers import KEY, AiServer
from ai_servers.formats import INPUT, OUTPUT, Asked
from ai_servers.models import names_in, reads
from ai_servers.server import Fault
from omp_site import OmpSite
from plugin_site import until

NAMES = [f"A{n:03}_DAPI.tif" for n in range(120)]


def test_a_killed_workers_successor_asks_for_nothing_twice(
    omp: OmpSite, no_worker: None, ai_server: AiServer
) -> None:
    ada = omp.browser("ada")
    ada.send("ai-credentials/save/", {"provider": "Lab", "apiKey": KEY})
    ai_server.requests.clear()
    ai_server.waiting.clear()
    good = reads()

    def reply(asked: Asked) -> str:
        # The answer to the second question makes the third one hang.
        if NAMES[50] in names_in(asked):
            ai_server.faults.append(Fault(silent=True))
        return good(asked)

    ai_server.reply = reply
    question = {
        "selection": str(omp.select("ada", NAMES)),
        "provider": "Lab",
        "model": "small-1",
        "variables": ["Well", "Stain"],
    }
    shown = ada.send("ai/values/preview/", {"question": question})["shown"]
    with omp.worker("killed", JOB_LEASE_SECONDS="6") as first:
        body = {"question": question, "shown": shown}
        job = str(ada.send("ai/values/start/", body)["id"])
        until(ai_server.waiting.is_set, told=lambda: str(ada.job(job)))
        first.kill()
    before = [asked.user for asked in ai_server.asked()]
    with omp.worker("successor", JOB_LEASE_SECONDS="6"):
        done = ada.finished(job)
    assert (done["state"], done["attempt"]) == ("done", 2)
    after = [asked.user for asked in ai_server.asked()][len(before) :]
    assert len(before) == 3
    assert after == before[2:]
    assert ada.ask(f"ai/values/{job}/")["total"] == len(NAMES)
    assert done["result"]["usage"] == {"input": 3 * INPUT, "output": 3 * OUTPUT}
