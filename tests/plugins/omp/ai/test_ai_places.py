"""Jobs that wait for a model keep nobody from working; the two workers are those of a pod."""

from __future__ import annotations

from typing import Any

import plugin_probe.jobs  # noqa: F401 - makes the kinds known here as well
from ai_servers import KEY, AiServer
from ai_servers.models import reads
from ai_servers.server import Fault
from omero_plugin_common.database import migrate
from omero_plugin_common.jobs.registry import kind_of
from omero_plugin_common.jobs.store import JobStore, Owner
from omero_plugin_common.jobs.timing import Timing
from omp_site import OmpSite
from plugin_site import until


def test_silent_models_take_no_place_of_other_jobs(
    omp: OmpSite, no_worker: None, ai_server: AiServer
) -> None:
    ada = omp.browser("ada")
    ada.send("ai-credentials/save/", {"provider": "Lab", "apiKey": KEY})
    ai_server.requests.clear()
    ai_server.reply = reads()

    def ask(number: int) -> str:
        question = {
            "selection": str(omp.select("ada", [f"A{number:02}_DAPI.tif"])),
            "provider": "Lab",
            "model": "small-1",
            "variables": ["Well"],
        }
        shown = ada.send("ai/values/preview/", {"question": question})["shown"]
        return str(ada.send("ai/values/start/", {"question": question, "shown": shown})["id"])

    def state(job: Any) -> str:
        found = store.get(job.id)
        return found.state if found else "gone"

    migrate(omp.base, ["plugin_probe"])
    store = JobStore(omp.base, Timing())
    ai_server.faults += [Fault(silent=True), Fault(silent=True), Fault(silent=True)]
    asking = [ask(number) for number in range(3)]
    with (
        omp.worker("worker", "worker", WORKER_QUEUES="default", JOB_LEASE_SECONDS="4") as one,
        omp.worker("network", "network-worker") as two,
    ):
        until(lambda: len(ai_server.requests) == 3, told=two.said)
        work = store.create(kind_of("plugin_probe.steps"), Owner(1, "ada", 1), {"items": 1})
        store.not_sent(work.id)
        until(lambda: state(work) == "done", told=one.said)
        assert {ada.job(each)["state"] for each in asking} == {"running"}
        fourth = ask(4)
        assert ada.finished(fourth)["state"] == "done"
        for each in asking:
            ada.post(f"/omero_plugin_common/jobs/{each}/cancel/")
        assert {ada.finished(each, 30)["state"] for each in asking} == {"cancelled"}
