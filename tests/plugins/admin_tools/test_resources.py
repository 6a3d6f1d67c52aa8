"""What runs and how it has been, over HTTP from doubles of the Kubernetes API and Prometheus."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cluster_doubles import KubernetesApiDouble, PrometheusDouble
from cluster_objects import BAD_NAME, claim, event, site
from http_double import serving
from omero_plugin_common.errors import Unavailable
from omeroweb_admin_tools import configuration
from omeroweb_admin_tools.kubernetes_api import reading
from omeroweb_admin_tools.planning import figures
from omeroweb_admin_tools.services import resources
from whole_site import WholeSite

TOKEN = "a-token-of-the-kubelet"
AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"


@pytest.fixture(autouse=True)
def this_site(monkeypatch: pytest.MonkeyPatch, whole: WholeSite, tmp_path: Path) -> None:
    """The variables of a web pod."""
    for name, value in whole.site.environment.items():
        if name.startswith("REDIS_"):
            monkeypatch.setenv(name, value)
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    monkeypatch.setenv(configuration.NAMESPACE, "imaging")
    monkeypatch.setenv(configuration.INSTANCE, "demo")
    monkeypatch.setenv(configuration.TOKEN, str(tmp_path / "token"))
    monkeypatch.setenv(configuration.AUTHORITIES, AUTHORITIES)


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[KubernetesApiDouble]:
    with serving(KubernetesApiDouble(objects=site())) as double:
        monkeypatch.setenv(configuration.KUBERNETES, double.url)
        yield double


@pytest.fixture
def prometheus(monkeypatch: pytest.MonkeyPatch) -> Iterator[PrometheusDouble]:
    with serving(PrometheusDouble()) as double:
        monkeypatch.setenv(configuration.PROMETHEUS, double.url)
        yield double


def by_id(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in rows}


def test_pods_with_their_restarts_and_what_they_use(api: KubernetesApiDouble) -> None:
    found = resources.cluster()
    assert found["failed"] == []
    pods = by_id(found["pods"])
    assert [row["health"] for row in found["pods"]] == [
        "down", "starting", "healthy", "healthy", "finished",
    ]  # fmt: skip
    server = pods["demo-server-0"]
    assert server["last_restart"]["why"] == "OOMKilled: it needed more memory than its limit"
    assert (server["restarts"], server["ready"], server["containers"]) == (3, 1, 1)
    assert server["cpu"] == pytest.approx(0.512345678)
    assert (server["memory"], server["memory_limit"]) == (980 * 2**20, 2**30)
    assert (server["cpu_request"], server["cpu_limit"]) == (0.05, None)
    web = pods["demo-web-7d9f-abcde"]
    assert (web["memory"], web["memory_request"]) == (310 * 2**20, 512 * 2**20)
    worker = pods["demo-worker-5c-xyz"]
    assert worker["words"] == f"worker: CrashLoopBackOff. back-off 5m0s {BAD_NAME}"
    assert (worker["memory"], worker["last_restart"]["why"]) == (None, "Error, exit code 1")


def test_objects_of_others_are_not_shown(api: KubernetesApiDouble) -> None:
    found = resources.cluster()
    assert list(by_id(found["volumes"])) == ["demo-db", "demo-plugin-db", "our-images"]
    assert by_id(found["volumes"])["our-images"]["pods"] == ["demo-server-0"]
    assert [row["object"] for row in found["events"]] == [
        "Pod/demo-worker-5c-xyz",
        "Pod/demo-web-gone-yesterday",
    ]
    assert [row["count"] for row in found["events"]] == [7, 1]
    assert [(row["id"], row["good"]) for row in found["conditions"]] == [
        ("Ready", False),
        ("Stalled", True),
        ("WorkerReady", False),
    ]
    assert by_id(found["workloads"])["Deployment/demo-worker"]["ready"] == 0
    assert found["schedules"][0]["last_success"] is None


def test_addresses_are_fixed_and_only_the_token_is_sent(api: KubernetesApiDouble) -> None:
    resources.cluster()
    paths = {path.partition("?")[0] for path, _, _ in api.asked}
    assert len(paths) == 8
    assert all("/namespaces/imaging/" in path for path in paths)
    for _, headers, form in api.asked:
        assert headers["Authorization"] == f"Bearer {TOKEN}"
        assert not {"Cookie", "X-Csrftoken"} & set(headers)
        assert form == {}


def test_a_name_cannot_leave_its_address(
    api: KubernetesApiDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(configuration.INSTANCE, "../../secrets?watch=1&labelSelector=")
    resources.cluster()
    for path, _, _ in api.asked:
        assert "secrets/" not in path and "/secrets?" not in path and "watch=1" not in path


def test_all_pages_of_a_list_are_read(api: KubernetesApiDouble) -> None:
    api.page = 3
    api.objects["events"] = [event("Pod", "demo-web-0", at) for at in range(1, 11)]
    assert len(resources.cluster()["events"]) == 10


def test_what_may_not_be_read_is_named_and_the_rest_is_shown(api: KubernetesApiDouble) -> None:
    api.down, api.status = {"metrics.k8s.io", "events"}, 403
    found = resources.cluster()
    assert found["failed"] == [
        {"what": "CPU and memory of pods", "reason": "it answered 403: metrics is forbidden"},
        {"what": "Events", "reason": "it answered 403: events is forbidden"},
    ]
    assert len(found["pods"]) == 5
    assert found["events"] == []


def test_an_api_that_is_unavailable_says_since_when(api: KubernetesApiDouble) -> None:
    resources.cluster()
    api.down = {"/"}
    with pytest.raises(Unavailable) as first:
        resources.cluster()
    assert first.value.code == "kubernetes_away"
    since = first.value.message.partition(" since ")[2][:16]
    assert since.startswith("20")
    assert "UTC: it answered 503: pods is forbidden" in first.value.message
    with pytest.raises(Unavailable, match=f"since {since}"):
        resources.cluster()
    api.down = set()
    resources.cluster()


@pytest.mark.parametrize("body", ["{}", '{"items": 5}', "[]", "<html>", '{"items": [1, null]}'])
def test_answers_of_something_else(
    api: KubernetesApiDouble, monkeypatch: pytest.MonkeyPatch, body: str
) -> None:
    monkeypatch.setattr(api, "answer", lambda path, query: (200, body))
    try:
        found = resources.cluster()
    except Unavailable as problem:
        assert "its answer is no" in problem.message
    else:
        assert found["pods"] == []


def test_a_redirect_is_not_followed(api: KubernetesApiDouble) -> None:
    api.down, api.status = {"/"}, 302
    with pytest.raises(Unavailable, match="it answered 302"):
        resources.cluster()
    assert not any("elsewhere" in path for path, _, _ in api.asked)


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        (configuration.KUBERNETES, "", "ADMIN_TOOLS_KUBERNETES_URL is not set"),
        (configuration.INSTANCE, "", "ADMIN_TOOLS_INSTANCE is not set"),
        (configuration.TOKEN, "/nowhere", "ADMIN_TOOLS_KUBERNETES_TOKEN_FILE"),
        (configuration.AUTHORITIES, "/nowhere", "names no certificates"),
        (configuration.AUTHORITIES, "/etc/passwd", "names no certificates"),
    ],
)
def test_a_pod_without_its_settings_says_which(
    api: KubernetesApiDouble,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    value: str,
    words: str,
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(Unavailable, match=words):
        resources.cluster()


SERIES = {
    "node_cpu_seconds_total": [({"node": "node-1"}, 20.0), ({"node": "node-2"}, 35.0)],
    "pg_database_size_bytes": [({"component": BAD_NAME}, 5e9)],
    "container_memory_working_set_bytes": [
        ({"pod": f"demo-web-{at}"}, at * 1e8) for at in range(11)
    ],
    "kubelet_volume_stats_used_bytes": [({"persistentvolumeclaim": "demo-db"}, 4e9)],
    "kubelet_volume_stats_capacity_bytes": [({"persistentvolumeclaim": "demo-db"}, 1e10)],
}


def test_figures_over_time(prometheus: PrometheusDouble) -> None:
    prometheus.series = SERIES
    found = resources.over_time(3600)
    assert (found["end"] - found["start"], found["step"]) == (3600, 30)
    charts = {each["key"]: each for each in found["figures"]}
    assert len(charts) == len(figures.FIGURES)
    assert [line["name"] for line in charts["node-cpu"]["lines"]] == ["node-2", "node-1"]
    assert len(charts["node-cpu"]["lines"][0]["points"]) == 121
    assert (len(charts["pod-memory"]["lines"]), charts["pod-memory"]["more"]) == (8, 3)
    assert charts["sessions"]["lines"] == []
    assert found["volumes"] == {"demo-db": {"used": 4e9, "size": 1e10}}


def test_questions_are_those_of_the_list(
    prometheus: PrometheusDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(configuration.INSTANCE, 'demo"} or vector(1) or {a="')
    resources.over_time(3600)
    paths = {path for path, _, _ in prometheus.asked}
    assert paths == {"/api/v1/query_range", "/api/v1/query"}
    own = [form["query"] for _, _, form in prometheus.asked if "redis_memory" in form["query"]]
    assert own == [
        'sum(redis_memory_used_bytes{namespace="imaging",'
        'instance="demo\\"} or vector(1) or {a=\\""})'
    ]


def test_a_figure_that_fails_is_named_and_the_others_are_shown(
    prometheus: PrometheusDouble,
) -> None:
    prometheus.series, prometheus.down = SERIES, {"pg_database_size"}
    charts = {each["key"]: each for each in resources.over_time(3600)["figures"]}
    assert charts["database-size"]["failed"] == "it answered 503: query timed out"
    assert len(charts["node-cpu"]["lines"]) == 2


def test_prometheus_that_is_unavailable_says_since_when(prometheus: PrometheusDouble) -> None:
    prometheus.down = {"("}
    with pytest.raises(
        Unavailable, match=r"Prometheus gives no answer since 20.* UTC: "
    ) as problem:
        resources.over_time(3600)
    assert problem.value.code == "prometheus_away"
    prometheus.down = set()
    resources.over_time(3600)


@pytest.mark.parametrize("number", ["NaN", "+Inf", "-Inf"])
def test_what_is_no_number_is_left_out(
    prometheus: PrometheusDouble, monkeypatch: pytest.MonkeyPatch, number: str
) -> None:
    series = {"metric": {}, "values": [[1, number], [2, "5"]]}
    body = json.dumps({"data": {"result": [series]}})
    monkeypatch.setattr(prometheus, "answer", lambda path, query: (200, body))
    chart = resources.over_time(3600)["figures"][0]
    assert chart["lines"] == [{"name": "", "points": [(2.0, 5.0)]}]


def test_links_into_grafana(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(configuration.GRAFANA, "https://omero.example.org/grafana")
    links = resources.dashboards()
    assert links[0]["url"] == (
        "https://omero.example.org/grafana/d/omero-infrastructure?"
        "var-namespace=imaging&var-instance=demo"
    )
    monkeypatch.setenv(configuration.GRAFANA, "javascript:alert(1)")
    assert resources.dashboards() == []
    monkeypatch.delenv(configuration.GRAFANA)
    assert resources.dashboards() == []


def test_more_than_a_page_can_show_is_cut(
    api: KubernetesApiDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.objects["persistentvolumeclaims"] = [claim(f"demo-{at}", "web") for at in range(12)]
    api.page = 5
    monkeypatch.setattr(reading, "MOST_ITEMS", 7)
    assert len(resources.cluster()["volumes"]) == 7
