"""A worker that is killed, and a Redis that forgets, in the middle of a write."""

from __future__ import annotations

from typing import Any

import pytest
import redis

from omp_site import OmpBrowser
from plugin_site import until

SETTINGS = {"mode": "separators", "pattern": "_", "names": ["Line", "Number", "Stain"]}
WANTED = [{"Line": "HeLa", "Number": f"{number:02}", "Stain": "DAPI"} for number in (1, 2, 3)]


def started(place: Any, browser: OmpBrowser) -> str:
    """A write that OMERO takes three seconds for."""
    chosen = browser.send("selections/", {"datasets": [place.lab.dataset("notes")]})
    body = {"selection": chosen["selection"], "settings": SETTINGS, "mode": "add"}
    made = browser.send("previews/", body)
    place.lab.order(call="IUpdate.saveAndReturnIds", kind="slow", seconds=3, times=1)
    place.lab.count_anew()
    job = browser.send("start_job/", {"preview": made["preview"]})
    until(lambda: place.lab.counts().get("IUpdate.saveAndReturnIds"))
    return str(job["id"])


@pytest.mark.timeout(180)
def test_a_killed_workers_write_is_finished_by_another_once(place: Any) -> None:
    ada = place.browser("ada")
    job = started(place, ada)
    place.replace_worker()
    done = ada.finished(job, seconds=90)
    assert (done["state"], done["attempt"]) == ("done", 2)
    images = place.lab.images("notes")
    assert [place.lab.pairs(image) for image in images] == [[each] for each in WANTED]


def test_a_redis_that_forgets_everything_stops_no_write(place: Any) -> None:
    ada = place.browser("ada")
    job = started(place, ada)
    service = place.omp.site.redis
    client = redis.Redis(port=service.port, password=service.password, db=2)
    client.flushdb()
    client.close()
    # Also a write whose message was forgotten before a worker saw it.
    done = ada.finished(job)
    assert done["state"] == "done"
    images = place.lab.images("notes")
    assert [place.lab.pairs(image) for image in images] == [[each] for each in WANTED]
