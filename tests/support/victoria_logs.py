"""VictoriaLogs on this machine."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from free_ports import free_port
from tools.common.paths import bin_folder
from tools.common.wait import wait_until


@contextmanager
def victoria_logs(folder: Path, *options: str) -> Iterator[httpx.Client]:
    """A client of the running program, which ends with the block; its data stays.

    Args:
        folder: for its data and its log.
        options: more of its own.
    """
    port = free_port()
    command: list[str | Path] = [bin_folder() / "victoria-logs", *options]
    command += [f"-httpListenAddr=127.0.0.1:{port}", f"-storageDataPath={folder / 'data'}"]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            wait_until(lambda: _answers(client), 30, lambda why: (folder / "log").read_text() + why)
            yield client
    finally:
        # What is in memory is written.
        server.terminate()
        server.wait(30)


def insert(client: httpx.Client, entries: list[dict[str, str]], streams: str) -> None:
    """Store entries, and wait until queries see them."""
    lines = "\n".join(json.dumps(each) for each in entries)
    where = {"_stream_fields": streams}
    client.post("/insert/jsonline", params=where, content=lines).raise_for_status()
    client.get("/internal/force_flush").raise_for_status()


def query(client: httpx.Client, asked: str) -> list[dict[str, str]]:
    """The entries that a query of LogsQL finds."""
    answer = client.post("/select/logsql/query", data={"query": asked})
    assert answer.is_success, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


def _answers(client: httpx.Client) -> bool:
    try:
        return client.get("/health").is_success
    except httpx.TransportError:
        return False
