"""The nginx in OMERO.web's pods: what it is told, and how the pod ends."""

from __future__ import annotations

from typing import Any

import pytest

from omero_operator.desired import plan, validation
from operator_builders import by_title, context, spec


def _containers(**web: Any) -> dict[str, Any]:
    found = by_title(plan.desired(context(spec(web=web))))
    pod = found["Deployment/demo-web"]["spec"]["template"]["spec"]
    return {container["name"]: container for container in pod["containers"]} | {"pod": pod}


def _variables(container: Any) -> dict[str, str]:
    return {one["name"]: one.get("value", "") for one in container["env"]}


def test_both_containers_are_of_one_image_and_meet_in_one_volume() -> None:
    containers = _containers()
    front, web = containers["front"], containers["omero-web"]
    assert front["image"] == web["image"], "static files and links must be those of one build"
    shared = _variables(front)["FRONT_FOLDER"]
    assert shared == _variables(web)["FRONT_FOLDER"]
    volumes = [
        {mount["name"] for mount in each["volumeMounts"] if mount["mountPath"] == shared}
        for each in (front, web)
    ]
    assert volumes[0] == volumes[1] != set()


def test_logs_and_exec_mean_omero_web_unless_told_otherwise() -> None:
    found = by_title(plan.desired(context()))
    annotations = found["Deployment/demo-web"]["spec"]["template"]["metadata"]["annotations"]
    assert annotations["kubectl.kubernetes.io/default-container"] == "omero-web"


def test_the_front_knows_no_secret() -> None:
    front = _containers()["front"]
    assert not [mount for mount in front["volumeMounts"] if "secret" in mount["name"]]
    assert not [one for one in front["env"] if "valueFrom" in one]


def test_what_the_site_says_of_it() -> None:
    front = _containers(
        front={"maxRequestSize": "1Gi", "trustedProxies": ["192.0.2.0/24", "2001:db8::/64"]},
        ingress={"path": "/omero"},
    )["front"]
    variables = _variables(front)
    assert variables["FRONT_MAX_REQUEST_BYTES"] == str(2**30)
    assert variables["FRONT_TRUSTED_PROXIES"] == "192.0.2.0/24,2001:db8::/64"
    assert variables["PUBLIC_URL"] == "/omero/"


def test_no_probe_of_omero_web_takes_one_of_its_threads() -> None:
    """The port of requests is the front's; OMERO.web's own is that of its health server."""
    containers = _containers()
    ports = {port["name"]: name for name in ("front", "omero-web")
             for port in containers[name]["ports"]}  # fmt: skip
    assert ports == {"http": "front", "health": "omero-web"}
    probes = ("startupProbe", "readinessProbe", "livenessProbe")
    asked = {containers["omero-web"][probe]["httpGet"]["port"] for probe in probes}
    assert asked == {"health"}


def test_gunicorn_goes_on_while_the_front_takes_requests() -> None:
    containers = _containers()
    commands = [
        containers[name]["lifecycle"]["preStop"]["exec"]["command"]
        for name in ("front", "omero-web")
    ]
    assert [command[0] for command in commands] == ["sleep", "sleep"]
    front, web = (int(command[1]) for command in commands)
    # gunicorn has 30 seconds for what is under way, nginx a few more to send it.
    assert front < web < web + 35 < containers["pod"]["terminationGracePeriodSeconds"]


@pytest.mark.parametrize(
    ("front", "path"),
    [
        ({"maxRequestSize": "100"}, "spec.web.front.maxRequestSize"),
        ({"maxRequestSize": "500m"}, "spec.web.front.maxRequestSize"),
        ({"trustedProxies": ["10.0.0.1/8"]}, "spec.web.front.trustedProxies"),
        ({"trustedProxies": ["1.2.3/24"]}, "spec.web.front.trustedProxies"),
        (
            {"resources": {"limits": {"memory": "16Mi"}}},
            "spec.web.front.resources.limits.memory",
        ),
    ],
)
def test_what_cannot_be_carried_out_is_named(front: dict[str, Any], path: str) -> None:
    errors = validation.check(spec(web={"front": front}))
    assert [error.path for error in errors] == [path]
