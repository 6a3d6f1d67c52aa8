"""The release record: a newer operator restarts nothing, `spec.version` does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from operator_builders import IMAGES, Cluster, platform, templates
from passes import conditions, edit, one_pass, running
from upgrades import CATALOGUE, EXPORTERS, NEWER, newer_pass, status


def images(cluster: Cluster) -> set[str]:
    """Images of all containers, without those that have the operator's name for them."""
    return {
        container["image"]
        for _, template in templates(list(cluster.objects.values()))
        for container in template["spec"]["containers"]
    }


def pod_templates(cluster: Cluster) -> dict[str, Any]:
    return dict(templates(list(cluster.objects.values())))


def forget(cluster: Cluster) -> None:
    """As the status of a site was before there was a record."""
    del status(cluster)["release"]


def test_first_pass_records_the_release() -> None:
    cluster = running()
    recorded = {"version": "0.1.0", "images": IMAGES.references, "behind": False}
    assert status(cluster)["release"] == recorded
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
    assert recorded["web"] == "example.org/web:1-next", "it never ran another one of a release"
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
    assert "example.org/server:1-next" in images(cluster)
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
    assert recorded["redis"] == "example.org/redis:1-next"
    assert recorded["of-a-later-operator"] == "example.org/later:3"


def test_the_record_settles() -> None:
    cluster = running()
    newer_pass(cluster)
    cluster.writes.clear()
    newer_pass(cluster)
    assert cluster.writes == []
    one_pass(cluster)
