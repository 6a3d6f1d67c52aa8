"""Letting go of platforms: which, what is said, and what goes on when something is refused."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from omero_operator import __main__
from omero_operator.cluster.errors import AlreadyExistsError, ForbiddenError, NotFoundError
from omero_operator.commands import release_finalizers
from omero_operator.identity.labels import FINALIZER

OTHER = "example.org/backup"


def platform(name: str, *finalizers: str, namespace: str = "lab", **metadata: Any) -> Any:
    volumes = [{"claim": f"{name}-server"}, {"claim": f"{name}-db"}]
    return {
        "metadata": {
            "name": name,
            "namespace": namespace,
            "resourceVersion": "1",
            "finalizers": list(finalizers),
            **metadata,
        },
        "status": {"dataVolumes": volumes},
    }


class Cluster:
    """Answers as the API server does, from a list of platforms."""

    def __init__(self, *platforms: Any) -> None:
        self.platforms = {(p["metadata"]["namespace"], p["metadata"]["name"]): p for p in platforms}
        self.asked: list[str | None] = []
        self.refused: set[str | None] = set()
        self.before_merge = lambda: None

    async def list(self, kind: Any, namespace: str | None = None) -> list[Any]:
        self.asked.append(namespace)
        if namespace in self.refused:
            raise ForbiddenError("list", kind.name, str(namespace), 403, "no")
        return [p for (place, _), p in self.platforms.items() if namespace in (None, place)]

    async def get(self, kind: Any, namespace: str, name: str) -> Any:
        return self.platforms.get((namespace, name))

    async def merge(self, kind: Any, namespace: str, name: str, patch: Any) -> Any:
        self.before_merge()
        live = self.platforms.get((namespace, name))
        if live is None:
            raise NotFoundError("patch", kind.name, name, 404, "gone")
        if live["metadata"]["resourceVersion"] != patch["metadata"]["resourceVersion"]:
            raise AlreadyExistsError("patch", kind.name, name, 409, "it changed")
        live["metadata"]["finalizers"] = patch["metadata"]["finalizers"]
        return live

    def finalizers(self) -> dict[str, list[str]]:
        return {name: p["metadata"]["finalizers"] for (_, name), p in self.platforms.items()}


def release(cluster: Any, namespaces: Sequence[str] = ()) -> int:
    return asyncio.run(release_finalizers.release(cluster, namespaces))


def test_only_ours_is_taken_and_each_platform_has_a_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    cluster = Cluster(
        platform("stays", OTHER),
        platform("ours", FINALIZER, OTHER),
        platform("ending", FINALIZER, deletionTimestamp="2026-01-01T00:00:00Z"),
    )
    assert release(cluster) == 0
    assert cluster.finalizers() == {"stays": [OTHER], "ours": [OTHER], "ending": []}
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == ["lab/stays", "lab/ours", "lab/ending"]
    assert "nothing to do" in lines[0]
    assert "although deletionPolicy is Delete: the volumes (ours-server, ours-db)" in lines[1]
    assert "its deletion no longer waits" in lines[2]
    assert "(ending-server, ending-db)" in lines[2]


def test_a_second_run_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    cluster = Cluster(platform("site", FINALIZER))
    assert release(cluster) == 0
    cluster.before_merge = lambda: pytest.fail("a write without need")
    assert release(cluster) == 0
    assert "nothing to do" in capsys.readouterr().out.splitlines()[-1]


def test_what_somebody_else_writes_meanwhile_is_kept() -> None:
    cluster = Cluster(platform("site", FINALIZER))

    def other_writes() -> None:
        metadata = cluster.platforms["lab", "site"]["metadata"]
        metadata.update(resourceVersion="2", finalizers=[FINALIZER, OTHER])

    cluster.before_merge = other_writes
    assert release(cluster) == 0
    assert cluster.finalizers() == {"site": [OTHER]}


def test_a_platform_that_never_stands_still_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    cluster = Cluster(platform("busy", FINALIZER), platform("site", FINALIZER))
    versions = iter(range(2, 99))

    def other_writes() -> None:
        cluster.platforms["lab", "busy"]["metadata"]["resourceVersion"] = str(next(versions))

    cluster.before_merge = other_writes
    assert release(cluster) == 1
    assert "busy: it changed" in capsys.readouterr().err
    assert cluster.finalizers()["site"] == []


def test_a_platform_that_goes_meanwhile_is_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    cluster = Cluster(platform("site", FINALIZER))
    cluster.before_merge = cluster.platforms.clear
    assert release(cluster) == 0
    assert capsys.readouterr().out == "lab/site: no longer exists\n"


def test_a_refusal_in_one_namespace_does_not_stop_the_others(
    capsys: pytest.CaptureFixture[str],
) -> None:
    cluster = Cluster(platform("site", FINALIZER, namespace="second"))
    cluster.refused = {"first"}
    assert release(cluster, ["first", "second"]) == 1
    assert cluster.finalizers() == {"site": []}
    assert "cannot list OmeroPlatform first: no" in capsys.readouterr().err


def test_without_the_resource_definition_there_is_nothing_to_do(
    capsys: pytest.CaptureFixture[str],
) -> None:
    class Bare(Cluster):
        async def list(self, kind: Any, namespace: str | None = None) -> list[Any]:
            raise NotFoundError("list", kind.name, "", 404, "the server could not find it")

    assert release(Bare()) == 0
    assert "nothing to do" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "watched", "asked"),
    [
        ([], "", [None]),
        ([], "lab,teaching", ["lab", "teaching"]),
        (["--namespace", "a", "--namespace", "b"], "lab", ["a", "b"]),
    ],
)
def test_namespaces_are_those_of_the_arguments_or_of_the_operator(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], watched: str, asked: list[str | None]
) -> None:
    """It needs none of the operator's other settings."""
    cluster = Cluster()

    async def connect() -> Any:
        return cluster

    async def close() -> None:
        return None

    monkeypatch.setattr(cluster, "close", close, raising=False)
    monkeypatch.setattr(release_finalizers, "connect", connect)
    monkeypatch.setattr("sys.argv", ["omero-operator", "release-finalizers", *arguments])
    monkeypatch.setenv("WATCH_NAMESPACES", watched)
    monkeypatch.delenv("OPERATOR_NAMESPACE", raising=False)
    with pytest.raises(SystemExit) as ended:
        __main__.main()
    assert ended.value.code == 0
    assert cluster.asked == asked


def test_an_unknown_command_is_refused_and_the_operator_is_not_started(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["omero-operator", "release-finalisers"])
    monkeypatch.setattr(__main__, "run", lambda: pytest.fail("started"))
    with pytest.raises(SystemExit) as ended:
        __main__.main()
    assert ended.value.code == 2
    assert "release-finalizers" in capsys.readouterr().err
