"""The Job of the demo's data against what the operator makes, and where it must not be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from image_build.catalogue import BY_NAME, ROLES
from omero_ci import demo_data
from omero_operator.desired.plan import desired
from omero_operator.identity.names import Names
from omero_standin.through_api.program import _parser
from operator_builders import EXAMPLES, ROOT, context, templates

JOB: dict[str, Any] = yaml.safe_load(demo_data.MANIFEST.read_text())
POD = JOB["spec"]["template"]
(CONTAINER,) = POD["spec"]["containers"]
NAMES = Names("demo")


def policies() -> list[dict[str, Any]]:
    """The NetworkPolicies of the demo's site."""
    plan = desired(context())
    return [each for each in plan if each["kind"] == "NetworkPolicy"]


def selected(labels: dict[str, str], selector: dict[str, Any]) -> bool:
    """Whether a policy's selector is for a pod with these labels."""
    return selector.get("matchLabels", {}).items() <= labels.items()


def test_it_names_what_the_operator_makes() -> None:
    example = yaml.safe_load((EXAMPLES / "minimal" / "platform.yaml").read_text())
    assert example["metadata"]["name"] == "demo"
    assert f"--host={NAMES.server}" in CONTAINER["args"]
    secrets = {each["name"]: each["secret"] for each in POD["spec"]["volumes"] if "secret" in each}
    assert secrets["root"]["secretName"] == NAMES.root_credentials
    assert secrets["root"]["items"] == [{"key": "password", "path": "password"}]
    assert secrets["people"]["secretName"] == demo_data.SECRET
    # Where the program looks, and what it takes.
    _parser().parse_args(CONTAINER["args"])
    mounts = {each["name"]: each["mountPath"] for each in CONTAINER["volumeMounts"]}
    assert f"--root-password-file={mounts['root']}/password" in CONTAINER["args"]
    assert f"--passwords={mounts['people']}" in CONTAINER["args"]


def test_the_server_lets_it_in_and_no_policy_holds_it_back() -> None:
    labels = POD["metadata"]["labels"]
    assert not [
        p["metadata"]["name"] for p in policies() if selected(labels, p["spec"]["podSelector"])
    ]
    (server,) = (p for p in policies() if p["metadata"]["name"] == "demo-server")
    peers = [
        rule.get("from")
        for rule in server["spec"]["ingress"]
        if {"protocol": "TCP", "port": 4064} in rule["ports"]
    ]
    assert None in peers or any(
        selected(labels, peer["podSelector"])
        for peer_list in peers
        for peer in peer_list or ()
        if "podSelector" in peer
    )


def test_the_operator_takes_it_for_none_of_its_own() -> None:
    pods = [template["metadata"]["labels"] for _, template in templates(desired(context()))]
    assert all(set(labels.items()).isdisjoint(POD["metadata"]["labels"].items()) for labels in pods)
    for labels in (JOB["metadata"]["labels"], POD["metadata"]["labels"]):
        assert labels.keys() == {"app.kubernetes.io/name"}


@pytest.mark.parametrize("role", [role for role in ROLES if role != "server"])
def test_no_image_of_a_site_has_it(role: str) -> None:
    image = BY_NAME[ROLES[role]]
    assert not [path for path in image.inputs if path.startswith(("tests/", "standin/"))]
    dockerfile = (ROOT / image.folder / "Dockerfile").read_text()
    assert "through_api" not in dockerfile
    assert "tests/" not in dockerfile
    assert "standin" not in dockerfile


def test_its_image_is_the_stand_ins() -> None:
    assert CONTAINER["image"] == ROLES["server"] == "omero-standin"
    inputs = [Path(ROOT, path) for path in BY_NAME["omero-standin"].inputs]
    assert any((path / "omero_standin" / "through_api").is_dir() for path in inputs)


def test_nothing_but_the_demo_applies_it() -> None:
    for folder in ("charts", "templates", "operator", "manifests/examples", "manifests/crds"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in (".py", ".yaml", ".tpl", ".md", ".txt"):
                assert demo_data.JOB not in path.read_text(), path
