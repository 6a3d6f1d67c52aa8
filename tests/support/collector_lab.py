"""The OpenTelemetry Collector with a configuration of the chart, on this machine.

Around it are doubles: of the Kubernetes API, which knows the pods of two namespaces and forbids to
list those of all, and of the log store.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import yaml

from free_ports import free_port
from log_entries import Written
from tools.common.paths import bin_folder
from tools.common.wait import wait_until

# Entry of the store: namespace, component or file, text, level.
Entry = tuple[str, str, str, str]
_NAMESPACES: Final = ("lab", "school")
_UNWATCHED: Final = "other"


def collected(
    configuration: dict[str, Any],
    folder: Path,
    output: tuple[Written, ...],
    files: tuple[Written, ...],
    wanted: int,
) -> list[Entry]:
    """What the collector sends to the store, when it has sent as many entries as wanted.

    Args:
        configuration: the chart's, with the folders `output` and `kubelet` of this folder.
        folder: for everything.
        output: what pods print, one pod for each.
        files: OMERO's log files, all of the pod `server` in the first namespace.
        wanted: the number of entries.
    """
    pods = list(_write(folder, output, files))
    stored: list[Entry] = []
    with _answering(pods, stored) as port:
        settings = folder / "config.yaml"
        settings.write_text(yaml.safe_dump(_patched(configuration, folder, port)))
        log = folder / "collector.log"
        environment = {
            **os.environ,
            "NODE_NAME": "node-1",
            "POD_IP": "127.0.0.1",
            "KUBECONFIG": str(_kubeconfig(folder, port)),
        }
        command = [str(bin_folder() / "otelcol"), f"--config={settings}"]
        command.append("--feature-gates=stanza.synchronousLogEmitter")
        with log.open("w") as told:
            program = subprocess.Popen(command, stdout=told, stderr=told, env=environment)
        try:

            def told_so_far(why: str) -> str:
                return f"{why}: {len(stored)} of {wanted} entries\n{stored}\n{log.read_text()}"

            def failed() -> str | None:
                return None if program.poll() is None else "the collector has ended"

            wait_until(lambda: len(stored) >= wanted, 40, told_so_far, failed=failed)
        finally:
            # What it still has is sent before it ends.
            program.terminate()
            program.wait(30)
    return stored


def _write(
    folder: Path, output: tuple[Written, ...], files: tuple[Written, ...]
) -> Iterator[dict[str, Any]]:
    """The files of a node; the pods that they are of."""
    number = 0
    for namespace in (*_NAMESPACES, _UNWATCHED):
        for written in output:
            number += 1
            uid = f"00000000-0000-0000-0000-{number:012x}"
            name = f"demo-{written.writer}-0"
            place = folder / "output" / f"{namespace}_{name}_{uid}" / "main"
            place.mkdir(parents=True)
            # Files that begin alike are one to the collector.
            moment = f"2026-11-30T10:00:00.{number:09}Z"
            lines = [f"{moment} stdout F {line}\n" for line in written.lines]
            (place / "0.log").write_text("".join(lines))
            labels = {
                "app.kubernetes.io/instance": "demo",
                "app.kubernetes.io/component": written.writer,
            }
            if namespace == _UNWATCHED:
                continue
            if (namespace, written.writer) == (_NAMESPACES[0], "server"):
                var = f"pods/{uid}/volumes/kubernetes.io~empty-dir/var/log"
                place = folder / "kubelet" / var
                place.mkdir(parents=True)
                for file in files:
                    (place / file.writer).write_text("".join(f"{one}\n" for one in file.lines))
            yield {
                "metadata": {
                    "name": name,
                    "namespace": namespace,
                    "uid": uid,
                    "labels": labels,
                    "resourceVersion": "1",
                },
                "spec": {"nodeName": "node-1", "containers": [{"name": "main"}]},
                "status": {"phase": "Running"},
            }


def _patched(configuration: dict[str, Any], folder: Path, port: int) -> dict[str, Any]:
    """The configuration with places of this machine, and nothing else of it changed."""
    extensions = configuration["extensions"]
    extensions["file_storage"]["directory"] = str(folder / "positions")
    extensions["health_check"]["endpoint"] = f"127.0.0.1:{free_port()}"
    for name, processor in configuration["processors"].items():
        if name.startswith("k8s_attributes"):
            processor["auth_type"] = "kubeConfig"
    configuration["exporters"]["otlp_http"] |= {
        "endpoint": f"http://127.0.0.1:{port}/store",
        "encoding": "json",
        "compression": "none",
    }
    (reader,) = configuration["service"]["telemetry"]["metrics"]["readers"]
    reader["pull"]["exporter"]["prometheus"]["port"] = free_port()
    return configuration


def _kubeconfig(folder: Path, port: int) -> Path:
    path = folder / "kubeconfig"
    cluster = {"name": "here", "cluster": {"server": f"http://127.0.0.1:{port}"}}
    context = {"name": "here", "context": {"cluster": "here", "user": "here"}}
    written = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [cluster],
        "contexts": [context],
        "users": [{"name": "here", "user": {}}],
        "current-context": "here",
    }
    path.write_text(yaml.safe_dump(written))
    return path


@contextmanager
def _answering(pods: list[dict[str, Any]], stored: list[Entry]) -> Iterator[int]:
    """The port of both doubles."""
    ended = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            asked = re.match(r"/api/v1/namespaces/([^/]+)/pods\?(.*)", self.path)
            if asked is None:
                self._answer(403, _status(403, "Forbidden", "only in its namespaces"))
            elif "sendInitialEvents=true" in asked[2]:
                self._answer(422, _status(422, "Invalid", "no list by a watch here"))
            elif "watch=" in asked[2]:
                # Nothing changes.
                ended.wait(60)
            else:
                items = [pod for pod in pods if pod["metadata"]["namespace"] == asked[1]]
                listed = {"metadata": {"resourceVersion": "1"}, "items": items}
                self._answer(200, {"kind": "PodList", "apiVersion": "v1", **listed})

        def do_POST(self) -> None:
            sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            stored.extend(_entries(sent))
            self._answer(200, {})

        def _answer(self, code: int, body: dict[str, Any]) -> None:
            content = json.dumps(body).encode()
            self.send_response(code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        ended.set()
        server.shutdown()
        server.server_close()


def _status(code: int, reason: str, message: str) -> dict[str, Any]:
    said = {"status": "Failure", "reason": reason, "message": message, "code": code}
    return {"kind": "Status", "apiVersion": "v1", **said}


def _entries(sent: dict[str, Any]) -> Iterator[Entry]:
    for resource in sent["resourceLogs"]:
        of = _plain(resource["resource"]["attributes"])
        for scope in resource["scopeLogs"]:
            for record in scope["logRecords"]:
                level = _plain(record.get("attributes", [])).get("level", "")
                writer = of.get("file") or of.get("component", "")
                yield of.get("namespace", ""), writer, record["body"]["stringValue"], level


def _plain(attributes: list[dict[str, Any]]) -> dict[str, str]:
    return {each["key"]: each["value"].get("stringValue", "") for each in attributes}
