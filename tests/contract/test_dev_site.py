"""`make dev` against the operator and the image: the same variables, the same applications."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from omero_web_container import catalogue, worker

from omero_ci import dev_site
from omero_operator.desired.plan import desired
from omero_plugin_common import secret_box
from omeroweb_omp_plugin.configuration import configured_hash_secrets
from operator_builders import context, spec, templates

# Processes of this machine have its time zone, and no nginx before OMERO.web.
OF_PODS_ONLY = {"TZ", "FRONT_FOLDER"}
PODS = ("Deployment/demo-web", "Deployment/demo-worker")


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What `make dev` adds to the variables of whoever starts it."""
    monkeypatch.setattr(dev_site, "STATE", tmp_path)
    made = dev_site.environment(dev_site.ports(4080))
    return {name: value for name, value in made.items() if os.environ.get(name) != value}


@pytest.mark.parametrize("pod", PODS)
def test_every_variable_of_a_pod_is_there(pod: str, environment: dict[str, str]) -> None:
    template = dict(templates(desired(context(spec()))))[pod]
    told = {each["name"] for each in template["spec"]["containers"][0]["env"]}
    # `ci/dev` itself says how many processes the worker has.
    assert told - OF_PODS_ONLY - {"WORKER_CONCURRENCY", "WORKER_QUEUES"} <= environment.keys()


def test_the_files_that_variables_name_hold_what_is_read_from_them(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PLUGIN_KEYS_FILE", "FMP_HASH_SECRET_FILE"):
        monkeypatch.setenv(name, environment[name])
        assert Path(environment[name]).stat().st_mode & 0o077 == 0
    (secret,) = configured_hash_secrets()
    assert len(secret) >= 32
    box = secret_box.default.__wrapped__()
    assert box.decrypt(box.encrypt("an API key")) == "an API key"


def test_it_serves_the_catalogue_of_the_image(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEB_APPS", environment["WEB_APPS"])
    chosen = catalogue.chosen_apps()
    assert [app.name for app in chosen] == list(catalogue.all_apps())
    assert "omeroweb_omp_plugin" in worker.packages_with_jobs(chosen, [])
    # Added as a site adds its own: what the image does not have, and nothing of the image.
    added = {plugin["app"] for plugin in json.loads(environment["WEB_EXTRA_PLUGINS"])}
    assert added == {"omeroweb_example"}
