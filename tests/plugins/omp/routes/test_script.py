"""The script of docs/routes.md does what the page says, with a login and with an OMERO session."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import pytest

from omero_ci.paths import ROOT

PAGE = (ROOT / "docs" / "routes.md").read_text()
_BLOCK = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)
assert _BLOCK is not None
SCRIPT = _BLOCK[1]
LOGIN = 'session.post(f"{site}/api/v0/login/", data=login).raise_for_status()\n'


def run(script: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def for_site(place: Any) -> str:
    """The script with this site, user and dataset instead of the examples."""
    script = SCRIPT.replace("https://omero.example.org", place.omp.site.url)
    script = script.replace('"password": "…"', '"password": "ada"')
    return script.replace('"datasets": [51]', f'"datasets": [{place.lab.dataset("notes")}]')


@pytest.mark.parametrize("how", ["login", "session"])
def test_the_script_of_the_page_starts_a_job(place: Any, how: str) -> None:
    script = for_site(place)
    assert LOGIN in script
    if how == "session":
        key = place.lab.user("ada").c.getSessionId()
        script = script.replace(
            LOGIN, f'session.get(f"{{site}}/omeroweb_omp_plugin/root-status/?bsession={key}")\n'
        )
    assert run(script) in ("queued", "running", "done")
    jobs = place.browser("ada").get("/omero_plugin_common/jobs/").json()["jobs"]
    place.browser("ada").finished(jobs[0]["id"])
    assert jobs[0]["kind"] == "omp.write"
    assert all(place.lab.pairs(image) for image in place.lab.images("notes"))
