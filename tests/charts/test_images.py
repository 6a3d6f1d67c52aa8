"""Every image comes from one place: a registry moves all of them, a digest wins over a tag."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import yaml
from pydantic.alias_generators import to_camel

from omero_ci.charts import OPERATOR_CHART, render
from omero_ci.paths import ROOT
from omero_operator.desired.context import Images
from tools.common.errors import CommandError

Rendered = Callable[..., list[dict[str, Any]]]
NAMES = tuple(Images.users())
PINS = yaml.safe_load((OPERATOR_CHART / "files" / "image-digests.yaml").read_text())
POSTGRES = "docker.io/library/postgres:16.15-trixie"
REDIS = "docker.io/library/redis:8.4.7-alpine3.22"
VERSION = yaml.safe_load((ROOT / "Chart.yaml").read_text())["appVersion"]


def _images(manifests: list[dict[str, Any]]) -> dict[str, str]:
    (deployment,) = [one for one in manifests if one["kind"] == "Deployment"]
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    env = {entry["name"]: entry.get("value", "") for entry in container["env"]}
    return {"operator": container["image"]} | {name: env[f"IMAGE_{name.upper()}"] for name in NAMES}


def test_defaults_are_the_public_production_images(rendered: Rendered) -> None:
    assert _images(rendered()) == {
        "operator": f"ghcr.io/omero-platform/omero-operator:{VERSION}",
        "server": "docker.io/openmicroscopy/omero-server:5.6.16",
        "web": f"ghcr.io/omero-platform/omero-web:{VERSION}",
        "maintenance": f"ghcr.io/omero-platform/postgres-maintenance:{VERSION}",
        "postgres": f"{POSTGRES}@{PINS[POSTGRES]}",
        "redis": f"{REDIS}@{PINS[REDIS]}",
        "postgres_exporter": "quay.io/prometheuscommunity/postgres-exporter:v0.18.1",
        "redis_exporter": "docker.io/oliver006/redis_exporter:v1.74.0",
    }


def test_one_registry_moves_every_image(rendered: Rendered) -> None:
    moved = _images(rendered("--set", "global.images.registry=registry.example.org/mirror/"))
    assert all(image.startswith("registry.example.org/mirror/") for image in moved.values())
    pinned = f"16.15-trixie@{PINS[POSTGRES]}"
    assert moved["postgres"] == f"registry.example.org/mirror/library/postgres:{pinned}"


@pytest.mark.parametrize(
    ("repository", "moved"),
    [
        ("docker.io/library/postgres", "mirror.example.org/library/postgres"),
        ("localhost:5000/postgres", "mirror.example.org/postgres"),
        ("localhost/omero-platform/postgres", "mirror.example.org/omero-platform/postgres"),
        # Without a host there is nothing to replace: the whole path is kept.
        ("openmicroscopy/postgres", "mirror.example.org/openmicroscopy/postgres"),
        ("postgres", "mirror.example.org/postgres"),
    ],
)
def test_registry_replaces_the_host_only(rendered: Rendered, repository: str, moved: str) -> None:
    options = (
        f"global.images.registry=mirror.example.org,global.images.postgres.repository={repository}"
    )
    image = _images(rendered("--set", options))["postgres"]
    assert image.partition("@")[0] == f"{moved}:16.15-trixie"


@pytest.mark.parametrize("name", ["operator", *NAMES])
def test_digest_wins_over_tag(rendered: Rendered, name: str) -> None:
    digest = "sha256:" + "a" * 64
    value = f"global.images.{to_camel(name)}"
    options = f"{value}.digest={digest},{value}.tag=ignored"
    image = _images(rendered("--set", options))[name]
    assert image.endswith(f"@{digest}")
    assert "ignored" not in image


@pytest.mark.parametrize(
    ("options", "image"),
    [
        # A tag or a repository of one's own is another image: the pin is of the default alone.
        ("global.images.postgres.tag=17-trixie", "docker.io/library/postgres:17-trixie"),
        (
            "global.images.postgres.repository=quay.example.org/postgres",
            "quay.example.org/postgres:16.15-trixie",
        ),
        ("global.images.pinned=false", POSTGRES),
    ],
)
def test_pin_is_of_the_default_image_alone(rendered: Rendered, options: str, image: str) -> None:
    assert _images(rendered("--set", options))["postgres"] == image


def test_umbrella_passes_the_images_on(rendered: Rendered) -> None:
    options = ("--set", "global.images.registry=mirror.example.org,global.images.pullPolicy=Never")
    assert _images(rendered(*options, chart=ROOT)) == _images(rendered(*options))


def test_an_image_without_tag_and_digest_is_refused() -> None:
    with pytest.raises(CommandError, match=r"global\.images\.postgres: give a tag or a digest"):
        render(OPERATOR_CHART, "--set", "global.images.postgres.tag=")


def test_pull_secrets_reach_pods_and_operands(rendered: Rendered) -> None:
    manifests = rendered("--set", "global.images.pullSecrets={one,two}")
    expected = [{"name": "one"}, {"name": "two"}]
    for manifest in manifests:
        if manifest["kind"] == "Pod":
            assert manifest["spec"]["imagePullSecrets"] == expected
        if manifest["kind"] in ("Deployment", "Job"):
            assert manifest["spec"]["template"]["spec"]["imagePullSecrets"] == expected
        if manifest["kind"] == "Deployment":
            pod = manifest["spec"]["template"]["spec"]
            env = {entry["name"]: entry.get("value") for entry in pod["containers"][0]["env"]}
            assert env["IMAGE_PULL_SECRETS"] == "one,two"
