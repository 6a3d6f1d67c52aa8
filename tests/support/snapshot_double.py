"""A double of an API server and of the controller and driver that make snapshots of volumes.

It takes what the published definitions take, and does what their texts say: it sets the status of a
snapshot, makes the members of a group, and nothing else. A test says what goes wrong.
"""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from published_kinds import complaints

Object = dict[str, Any]

NAMESPACE = "lab"
NOW = "2026-11-30T01:00:07Z"
SNAPSHOTS, GROUPS, CLAIMS = "volumesnapshots", "volumegroupsnapshots", "persistentvolumeclaims"


def _nothing(_: Object) -> None:
    """A driver that only says that it made a snapshot."""


@dataclass
class SnapshotCluster:
    """What the double knows, and what goes wrong in it.

    Attributes:
        objects: What there is, by plural and name.
        driver: Called when a snapshot is cut; what it makes is the snapshot's content.
        lacks: Plurals that the cluster does not know.
        refusals: Status and words for requests, by method and plural.
        error: What the controller complains of, in place of making snapshots.
        steps: How many looks at a snapshot it takes until it is ready; None for never.
        held: Names of snapshots that stay as they are for now.
        asked: Method and path of each request.
        url: Where it is served.
        token: What a request must have.
    """

    objects: dict[tuple[str, str], Object] = field(default_factory=dict)
    driver: Callable[[Object], object] = _nothing
    lacks: set[str] = field(default_factory=set)
    refusals: dict[tuple[str, str], tuple[int, str]] = field(default_factory=dict)
    error: str = ""
    steps: int | None = 2
    held: set[str] = field(default_factory=set)
    asked: list[tuple[str, str]] = field(default_factory=list)
    url: str = ""
    token: str = "token-of-the-pod"

    def names(self, plural: str = SNAPSHOTS) -> list[str]:
        """What there is of a kind."""
        return sorted(name for kind, name in self.objects if kind == plural)

    def claim(self, name: str, **labels: str) -> None:
        """Add a claim."""
        metadata = {"name": name, "labels": labels, "uid": str(uuid.uuid4())}
        self.objects[CLAIMS, name] = {"metadata": metadata}

    # --- the API server -------------------------------------------------------------------------

    def answer(self, method: str, target: str, body: Object) -> tuple[int, Object]:
        """Status and body of an answer."""
        parts = urlsplit(target)
        _, _, namespaced = parts.path.partition("/namespaces/")
        namespace, plural, *name = namespaced.split("/")
        self.asked.append((method, parts.path))
        if plural in self.lacks or namespace != NAMESPACE:
            return 404, {"message": "the server could not find the requested resource"}
        if refusal := self.refusals.get((method, plural)):
            return refusal[0], {"message": refusal[1]}
        if method == "POST":
            return self._create(plural, body)
        if not name:
            wanted = parse_qs(parts.query).get("labelSelector", [""])[0]
            return 200, {"items": [each for each in self._of(plural) if _fits(each, wanted)]}
        found = self.objects.get((plural, name[0]))
        if found is None:
            return 404, {"message": f'{plural} "{name[0]}" not found'}
        if method == "DELETE":
            return self._delete(plural, found, body)
        self._controller(plural, found)
        return 200, found

    def _of(self, plural: str) -> list[Object]:
        return [item for (kind, _), item in self.objects.items() if kind == plural]

    def _create(self, plural: str, body: Object) -> tuple[int, Object]:
        if wrong := complaints(body):
            return 422, {"message": "; ".join(wrong)}
        name = body["metadata"]["name"]
        if (plural, name) in self.objects:
            return 409, {"message": f'{plural} "{name}" already exists'}
        return 201, self._add(plural, body)

    def _add(self, plural: str, item: Object) -> Object:
        item["metadata"] |= {
            "namespace": NAMESPACE, "uid": str(uuid.uuid4()), "creationTimestamp": NOW,
        }  # fmt: skip
        self.objects[plural, item["metadata"]["name"]] = item
        return item

    def _delete(self, plural: str, found: Object, body: Object) -> tuple[int, Object]:
        uid = found["metadata"]["uid"]
        if body["preconditions"]["uid"] != uid:
            return 409, {"message": "the UID in the precondition does not match"}
        del self.objects[plural, found["metadata"]["name"]]
        for each in self._of(SNAPSHOTS):
            if any(own["uid"] == uid for own in each["metadata"].get("ownerReferences", ())):
                del self.objects[SNAPSHOTS, each["metadata"]["name"]]
        return 200, {}

    # --- controller and driver ------------------------------------------------------------------

    def _controller(self, plural: str, item: Object) -> None:
        """What happens between two looks at a snapshot."""
        if item["metadata"]["name"] in self.held:
            return
        looks = item.setdefault("looks", 0)
        item["looks"] += 1
        if self.error:
            item["status"] = {"readyToUse": False, "error": {"message": self.error, "time": NOW}}
            return
        if looks == 0 or self.steps is None:
            return
        if "creationTime" not in item.get("status", {}):
            item["status"] = {**_cut(item), "readyToUse": False}
            self.driver(item)
            if plural == GROUPS:
                self._members(item)
        if looks >= self.steps:
            item["status"]["readyToUse"] = True
            for each in self._of(SNAPSHOTS) if plural == GROUPS else ():
                each.setdefault("status", _cut(each))["readyToUse"] = True

    def _members(self, group: Object) -> None:
        selector = group["spec"]["source"]["selector"]["matchLabels"]
        wanted = ",".join(f"{key}={value}" for key, value in selector.items())
        owner = {"kind": "VolumeGroupSnapshot", "uid": group["metadata"]["uid"]}
        for claim in [each for each in self._of(CLAIMS) if _fits(each, wanted)]:
            name = claim["metadata"]["name"]
            metadata = {"name": f"snapshot-{uuid.uuid4().hex}", "ownerReferences": [owner]}
            source = {"persistentVolumeClaimName": name}
            self._add(SNAPSHOTS, {"metadata": metadata, "spec": {"source": source}})


def _cut(item: Object) -> Object:
    content = f"snapcontent-{item['metadata']['uid']}"
    return {
        "creationTime": NOW, "restoreSize": "10Gi", "boundVolumeSnapshotContentName": content,
    }  # fmt: skip


def _fits(item: Object, selector: str) -> bool:
    labels = item["metadata"].get("labels", {})
    for term in filter(None, selector.split(",")):
        key, equals, value = term.partition("=")
        if key not in labels or (equals and labels[key] != value):
            return False
    return True


@contextmanager
def serving(cluster: SnapshotCluster) -> Iterator[SnapshotCluster]:
    """The double at an address of this machine, until the block ends."""
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or b"{}")
            with lock:
                if self.headers["Authorization"] == f"Bearer {cluster.token}":
                    status, found = cluster.answer(self.command, self.path, body)
                else:
                    status, found = 401, {"message": "Unauthorized"}
                text = json.dumps(found).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def do_DELETE(self) -> None:
            self._answer()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    cluster.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield cluster
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
