"""The connection: what goes over the wire, and the fence before every write."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp
import pytest
from prometheus_client import REGISTRY

from omero_operator.cluster.client import AT_ONCE, Api
from omero_operator.cluster.errors import (
    AlreadyExistsError,
    LeadershipLostError,
    RejectedError,
    TemporaryError,
)
from omero_operator.identity.kinds import CONFIG_MAP, PLATFORM, SECRET
from operator_builders import secret


class Answer:
    """What aiohttp gives back."""

    def __init__(self, status: int, body: Any, headers: dict[str, str]) -> None:
        self.status = status
        self._body = body
        self._headers = headers

    async def read(self) -> bytes:
        return self._body if isinstance(self._body, bytes) else json.dumps(self._body).encode()

    def getheader(self, name: str) -> str | None:
        return self._headers.get(name)


class Wire:
    """In place of the official client: keeps what was sent, answers from a list."""

    def __init__(self, *answers: Any, **headers: str) -> None:
        self.answers = [*answers]
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        self.sent: list[dict[str, Any]] = []
        self.closed = False

    async def param_serialize(self, method: str, path: str, **more: Any) -> tuple[Any, ...]:
        return (method, path, more)

    async def call_api(self, method: str, path: str, more: Any, **_: Any) -> Answer:
        self.sent.append({"method": method, "path": path, **more})
        answer = self.answers.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        status, body = answer if isinstance(answer, tuple) else (200, answer)
        return Answer(status, body, self.headers)

    async def close(self) -> None:
        self.closed = True


OBJECT = {**secret("s", {}), "metadata": {"name": "s", "namespace": "ns", "uid": "u1"}}


@pytest.mark.parametrize(
    "write",
    [
        lambda api: api.create(SECRET, OBJECT),
        lambda api: api.apply(SECRET, OBJECT),
        lambda api: api.apply(PLATFORM, OBJECT, subresource="status"),
        lambda api: api.merge(SECRET, "ns", "s", {}),
        lambda api: api.json_patch(SECRET, OBJECT, []),
        lambda api: api.delete(SECRET, OBJECT),
    ],
    ids=["create", "apply", "status", "merge", "json-patch", "delete"],
)
def test_nothing_is_sent_once_leadership_is_lost(write: Any) -> None:
    wire = Wire()
    api = Api(wire)
    api.may_write = lambda: False
    with pytest.raises(LeadershipLostError, match="was not sent"):
        asyncio.run(write(api))
    assert wire.sent == []


def test_reading_goes_on_without_leadership() -> None:
    wire = Wire({"metadata": {}}, {"items": []})
    api = Api(wire)
    api.may_write = lambda: False

    async def read() -> None:
        await api.get(SECRET, "ns", "s")
        await api.list(SECRET)

    asyncio.run(read())
    assert [request["method"] for request in wire.sent] == ["GET", "GET"]


def test_apply_owns_its_fields_by_force() -> None:
    wire = Wire(OBJECT)
    asyncio.run(Api(wire).apply(SECRET, OBJECT))
    (request,) = wire.sent
    assert (request["method"], request["path"]) == ("PATCH", "/api/v1/namespaces/ns/secrets/s")
    assert request["header_params"]["Content-Type"] == "application/apply-patch+yaml"
    assert ("fieldManager", "omero-operator") in request["query_params"]
    assert ("force", "true") in request["query_params"]
    assert request["body"] == OBJECT


def test_dry_run_is_no_write() -> None:
    """It passes the fence and is counted apart, so that a settled site shows no write."""
    wire = Wire(OBJECT)
    api = Api(wire)
    api.may_write = lambda: False
    before = _count("patch"), _count("dry-run")
    asyncio.run(api.apply(SECRET, OBJECT, dry_run=True))
    assert ("dryRun", "All") in wire.sent[0]["query_params"]
    assert (_count("patch"), _count("dry-run")) == (before[0], before[1] + 1)


def _count(verb: str) -> float:
    labels = {"verb": verb, "kind": "Secret", "code": "200"}
    return REGISTRY.get_sample_value("omero_operator_api_calls_total", labels) or 0.0


def test_single_fields_are_changed_by_a_json_patch() -> None:
    wire = Wire(OBJECT)
    asyncio.run(Api(wire).json_patch(SECRET, OBJECT, [{"op": "remove", "path": "/data/x"}]))
    (request,) = wire.sent
    assert (request["method"], request["path"]) == ("PATCH", "/api/v1/namespaces/ns/secrets/s")
    assert request["header_params"]["Content-Type"] == "application/json-patch+json"
    assert ("fieldManager", "omero-operator") in request["query_params"]
    assert request["body"] == [{"op": "remove", "path": "/data/x"}]


def test_status_is_applied_beside_the_object() -> None:
    wire = Wire(OBJECT)
    asyncio.run(Api(wire).apply(PLATFORM, OBJECT, subresource="status"))
    assert wire.sent[0]["path"].endswith("/namespaces/ns/omeroplatforms/s/status")


def test_delete_means_this_very_object() -> None:
    """One of the same name that came after it, perhaps somebody else's, is spared."""
    wire = Wire({})
    asyncio.run(Api(wire).delete(SECRET, OBJECT))
    assert wire.sent[0]["body"] == {
        "preconditions": {"uid": "u1"},
        "propagationPolicy": "Background",
    }


def test_object_that_went_meanwhile_needs_no_delete() -> None:
    wire = Wire((404, {"message": "gone"}))
    asyncio.run(Api(wire).delete(SECRET, OBJECT))
    assert [sent["method"] for sent in wire.sent] == ["DELETE"]


def test_missing_object_is_none_and_any_other_refusal_an_error() -> None:
    assert asyncio.run(Api(Wire((404, {}))).get(SECRET, "ns", "s")) is None
    with pytest.raises(RejectedError, match="cannot get Secret ns/s: no"):
        asyncio.run(Api(Wire((403, {"message": "no"}))).get(SECRET, "ns", "s"))


def test_dry_connection_writes_nothing() -> None:
    """Whatever is written with it: what asks what would be cannot forget to say so."""
    item = {"metadata": {"namespace": "ns", "name": "a", "uid": "u"}}
    wire = Wire(*[item] * 6)
    api = Api(wire, dry=True)

    async def everything() -> None:
        await api.get(CONFIG_MAP, "ns", "a")
        await api.create(CONFIG_MAP, item)
        await api.update(CONFIG_MAP, item)
        await api.apply(CONFIG_MAP, item)
        await api.merge(CONFIG_MAP, "ns", "a", {})
        await api.delete(CONFIG_MAP, item)

    asyncio.run(everything())
    assert [request["method"] for request in wire.sent] == [
        "GET",
        "POST",
        "PUT",
        "PATCH",
        "PATCH",
        "DELETE",
    ]
    dry = [("dryRun", "All") in request["query_params"] for request in wire.sent]
    assert dry == [False, True, True, True, True, True]
    # The API server looks at the body of a deletion and not at its query.
    assert wire.sent[-1]["body"]["dryRun"] == ["All"]


def test_kind_is_served_or_not() -> None:
    """Asked of what everybody may read, so that it needs no right."""
    wire = Wire({"resources": [{"name": "omeroplatforms/status"}, {"name": "omeroplatforms"}]})
    assert asyncio.run(Api(wire).served(PLATFORM))
    assert wire.sent[0]["path"] == "/apis/platform.omero.dev/v1alpha1"
    assert not asyncio.run(Api(Wire({"resources": [{"name": "others"}]})).served(PLATFORM))
    assert not asyncio.run(Api(Wire((404, {}))).served(PLATFORM))
    with pytest.raises(TemporaryError):
        asyncio.run(Api(Wire((503, {}))).served(PLATFORM))


def test_schema_of_a_kind_is_found_among_those_of_its_version() -> None:
    """Everybody may read them, so that it needs no right."""
    mark = {"group": "platform.omero.dev", "version": "v1alpha1", "kind": "OmeroPlatform"}
    own = {"properties": {"status": {}}, "x-kubernetes-group-version-kind": [mark]}
    listed = {"x-kubernetes-group-version-kind": [{**mark, "kind": "OmeroPlatformList"}]}
    wire = Wire({"components": {"schemas": {"meta": {}, "list": listed, "own": own}}})
    assert asyncio.run(Api(wire).schema(PLATFORM)) == own
    assert wire.sent[0]["path"] == "/openapi/v3/apis/platform.omero.dev/v1alpha1"
    for answer in ({"components": {"schemas": {"list": listed}}}, (404, {}), (403, {})):
        assert asyncio.run(Api(Wire(answer)).schema(PLATFORM)) is None


def test_list_follows_its_pages_and_names_the_kind() -> None:
    first = {"items": [{"metadata": {"name": "a"}}], "metadata": {"continue": "more"}}
    wire = Wire(first, {"items": [{"metadata": {"name": "b"}}], "metadata": {}})
    found = asyncio.run(Api(wire).list(CONFIG_MAP, "ns", "a=b"))
    assert [(item["kind"], item["apiVersion"], item["metadata"]["name"]) for item in found] == [
        ("ConfigMap", "v1", "a"),
        ("ConfigMap", "v1", "b"),
    ]
    queries = [dict(request["query_params"]) for request in wire.sent]
    assert [query.get("continue") for query in queries] == [None, "more"]
    assert all(query["labelSelector"] == "a=b" for query in queries)


@pytest.mark.parametrize(
    "trouble",
    [aiohttp.ClientConnectionError("refused"), TimeoutError(), OSError("no route")],
    ids=["refused", "time-out", "no route"],
)
def test_no_answer_is_worth_trying_again(trouble: Exception) -> None:
    with pytest.raises(TemporaryError, match=r"no answer: .") as caught:
        asyncio.run(Api(Wire(trouble)).get(SECRET, "ns", "s"))
    assert caught.value.status == 0


def test_overloaded_server_says_how_long_to_wait() -> None:
    wire = Wire((429, {"message": "slow"}), Retry_After="9")
    with pytest.raises(TemporaryError) as caught:
        asyncio.run(Api(wire).list(SECRET))
    assert caught.value.retry_after == 9
    assert "Secret in all namespaces" in str(caught.value)


def test_conflict_of_a_merge_is_told() -> None:
    with pytest.raises(AlreadyExistsError):
        asyncio.run(Api(Wire((409, {}))).merge(SECRET, "ns", "s", {}))


def test_requests_wait_for_a_place_and_the_fence_is_asked_afterwards() -> None:
    """More than a pass asks for at once, and meanwhile another replica takes the lead."""

    class Slow(Wire):
        most = 0

        async def call_api(self, method: str, path: str, more: Any, **how: Any) -> Answer:
            running.add(id(how))
            self.most = max(self.most, len(running))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            running.discard(id(how))
            api.may_write = lambda: False
            return await super().call_api(method, path, more, **how)

    async def scenario() -> list[Any]:
        nonlocal api
        api = Api(wire)
        reads = [api.get(SECRET, "ns", "s") for _ in range(3 * AT_ONCE)]
        return await asyncio.gather(*reads, api.create(SECRET, OBJECT), return_exceptions=True)

    running: set[int] = set()
    wire = Slow(*[{}] * (3 * AT_ONCE))
    api = Api(wire)
    *read, written = asyncio.run(scenario())
    assert (len(read), wire.most) == (3 * AT_ONCE, AT_ONCE)
    assert isinstance(written, LeadershipLostError)


def test_connection_is_closed() -> None:
    wire = Wire()
    asyncio.run(Api(wire).close())
    assert wire.closed
