"""The release record: a newer operator restarts nothing, `spec.version` does."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from omero_operator.cluster.additions import Additions
from omero_operator.cluster.repairs import Repairs
from omero_operator.identity.kinds import PLATFORM
from omero_operator.liveness import WatchAudit
from omero_operator.operations.catalogue import Catalogue, Release
from omero_operator.reconcile import Reconciler
from operator_builders import IMAGES, NAME, Cluster, platform, templates
from passes import KEY, conditions, edit, one_pass, running

NEWER = IMAGES.with_references({name: f"example.org/{name}:2" for name in IMAGES.references})
OLD = Release("0.1.0", IMAGES.references)
CATALOGUE = Catalogue(Release("0.2.0", NEWER.references), {"0.1.0": OLD})
# Only sites with spec.monitoring.exporters run them.
EXPORTERS = ("postgres_exporter", "redis_exporter")


def newer_pass(cluster: Cluster, catalogue: Catalogue = CATALOGUE) -> None:
    """A pass of an operator that came with other images."""
    own = Additions(cluster, 120), Repairs(120)
    asyncio.run(Reconciler(cluster, NEWER, (), WatchAudit(), *own, catalogue).run(KEY))


def images(cluster: Cluster) -> set[str]:
    """Images of all containers, without those that have the operator's name for them."""
    return {
        container["image"]
        for _, template in templates(list(cluster.objects.values()))
        for container in template["spec"]["containers"]
    }


def status(cluster: Cluster) -> dict[str, Any]:
    found: dict[str, Any] = (cluster.find(PLATFORM, NAME) or {})["status"]
    return found


def pod_templates(cluster: Cluster) -> dict[str, Any]:
    return dict(templates(list(cluster.objects.values())))


def forget(cluster: Cluster) -> None:
    """As the status of a site was before there was a record."""
    del status(cluster)["release"]


def test_first_pass_records_the_release() -> None:
    cluster = running()
    assert status(cluster)["release"] == {"version": "0.1.0", "images": IMAGES.references}
    assert conditions(cluster)["Upgrading"] == ("False", "UpToDate")


def test_newer_operator_restarts_nothing_and_says_what_it_has() -> None:
    cluster = running()
    before = pod_templates(cluster)
    newer_pass(cluster)
    assert pod_templates(cluster) == before
    assert status(cluster)["release"]["version"] == "0.1.0"
    assert conditions(cluster)["Upgrading"] == ("False", "ReleaseAvailable")
    assert conditions(cluster)["Ready"] == ("True", "Ready")


def test_site_from_before_the_record_keeps_what_it_runs() -> None:
    cluster = running()
    before = pod_templates(cluster)
    forget(cluster)
    newer_pass(cluster)
    assert pod_templates(cluster) == before
    recorded = status(cluster)["release"]
    assert recorded["version"] == "0.1.0"
    # It runs no exporter.
    assert {recorded["images"].pop(name) for name in EXPORTERS} == {
        NEWER.references[name] for name in EXPORTERS
    }
    assert recorded["images"].items() <= IMAGES.references.items()
    assert len(recorded["images"]) == len(IMAGES.references) - len(EXPORTERS)


def test_what_the_specification_names_is_not_recorded_as_the_releases() -> None:
    cluster = running(spec={"images": {"web": "example.org/own-web:7"}})
    forget(cluster)
    newer_pass(cluster)
    recorded = status(cluster)["release"]["images"]
    assert recorded["server"] == "example.org/server:1"
    assert recorded["web"] == "example.org/web:2", "it never ran another one of a release"
    assert "example.org/own-web:7" in images(cluster)


def test_images_of_the_specification_act_at_once() -> None:
    cluster = running()
    newer_pass(cluster)
    edit(cluster, {"images": {"redis": "example.org/own-redis:7"}})
    newer_pass(cluster)
    assert "example.org/own-redis:7" in images(cluster)
    assert "example.org/server:1" in images(cluster)


def test_new_site_begins_with_the_operators_release_or_the_one_that_it_asks_for() -> None:
    cluster = Cluster(platform())
    newer_pass(cluster)
    assert status(cluster)["release"]["version"] == "0.2.0"
    assert "example.org/server:2" in images(cluster)
    older = Cluster(platform({"version": "0.1.0"}))
    newer_pass(older)
    assert status(older)["release"]["version"] == "0.1.0"
    assert "example.org/server:1" in images(older)


def test_an_unknown_release_is_rejected_and_what_runs_stays() -> None:
    cluster = running()
    before = pod_templates(cluster)
    edit(cluster, {"version": "9.9"})
    newer_pass(cluster)
    assert conditions(cluster)["SpecValid"] == ("False", "SpecInvalid")
    found = {each["type"]: each["message"] for each in status(cluster)["conditions"]}
    assert "does not know release 9.9; it knows 0.1.0, 0.2.0" in found["SpecValid"]
    assert pod_templates(cluster) == before


def test_release_that_runs_needs_no_place_in_the_catalogue() -> None:
    cluster = running(spec={"version": "0.1.0"})
    before = pod_templates(cluster)
    newer_pass(cluster, replace(CATALOGUE, others={}))
    assert conditions(cluster)["SpecValid"] == ("True", "Accepted")
    assert pod_templates(cluster) == before


def test_component_that_came_with_a_newer_operator_has_its_image() -> None:
    cluster = running()
    del status(cluster)["release"]["images"]["redis"]
    status(cluster)["release"]["images"]["of-a-later-operator"] = "example.org/later:3"
    newer_pass(cluster)
    recorded = status(cluster)["release"]["images"]
    assert recorded["redis"] == "example.org/redis:2"
    assert recorded["of-a-later-operator"] == "example.org/later:3"


def test_the_record_settles() -> None:
    cluster = running()
    newer_pass(cluster)
    cluster.writes.clear()
    newer_pass(cluster)
    assert cluster.writes == []
    one_pass(cluster)


def test_version_of_the_specification_moves_the_site() -> None:
    cluster = running()
    newer_pass(cluster)
    edit(cluster, {"version": "0.2.0"})
    newer_pass(cluster)
    runs = {image for name, image in NEWER.references.items() if name not in EXPORTERS}
    assert images(cluster) == runs
    assert status(cluster)["release"]["version"] == "0.2.0"
