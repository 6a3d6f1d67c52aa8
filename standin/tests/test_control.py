"""The control port: counts and faults of a running stand-in; many clients at once."""

from __future__ import annotations

import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import omero
import omero.cmd
import omero.model
import pytest
from omero.rtypes import rstring

import local_services
from omero_standin.as_process import OmeroServer
from standin_here import answered


class Server:
    """A stand-in and its control port, as HTTP."""

    def __init__(self, server: OmeroServer) -> None:
        """Root's connections are its own."""
        self.url, self.connect = server.control, server.connect

    def ask(self, method: str, path: str, **body: Any) -> Any:
        """The answer of a page."""
        content = json.dumps(body).encode() if body else None
        request = urllib.request.Request(self.url + path, content, method=method)  # noqa: S310
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - loopback
            return json.loads(answer.read())


@pytest.fixture(scope="module")
def server(omero_server: OmeroServer) -> Server:
    """One for all."""
    return Server(omero_server)


@pytest.fixture
def gateway(server: Server) -> Iterator[Any]:
    """Root's connection; afterwards there is no fault left."""
    connection = server.connect()
    yield connection
    server.ask("DELETE", "/faults")
    connection.close()


def test_calls_are_counted_by_service_and_operation(server: Server, gateway: Any) -> None:
    server.ask("DELETE", "/counts")
    service = gateway.getQueryService()
    for _ in range(3):
        service.projection("select count(p) from Project p", None)
    counts = server.ask("GET", "/counts")
    assert counts["IQuery.projection"] == 3
    assert "IQuery.findAllByQuery" not in counts


def test_a_refused_call_and_the_next_one(server: Server, gateway: Any) -> None:
    fault = {"call": "IUpdate.save*", "kind": "refused", "error": "ValidationException"}
    server.ask("POST", "/faults", **fault, message="on order")
    given = omero.model.ProjectI()
    given.name = rstring("p")
    with pytest.raises(omero.ValidationException, match="on order"):
        gateway.getUpdateService().saveObject(given)
    gateway.getUpdateService().saveObject(given)
    assert server.ask("GET", "/faults") == []


def test_a_slow_call_holds_nobody_else_up(server: Server, gateway: Any) -> None:
    other = server.connect()
    mine = gateway.getEventContext().sessionUuid
    server.ask(
        "POST", "/faults", call="IQuery.projection", kind="slow", seconds=6, session=mine
    )  # fmt: skip
    took: list[float] = []

    def slow() -> None:
        began = time.monotonic()
        gateway.getQueryService().projection("select count(p) from Project p", None)
        took.append(time.monotonic() - began)

    thread = threading.Thread(target=slow)
    thread.start()
    while server.ask("GET", "/faults"):
        time.sleep(0.01)
    began = time.monotonic()
    other.getQueryService().projection("select count(p) from Project p", None)
    assert time.monotonic() - began < 5
    thread.join()
    assert took[0] >= 6
    other.close()


def test_a_lost_session_is_lost_for_good(server: Server) -> None:
    gateway = server.connect()
    uuid = gateway.getEventContext().sessionUuid
    server.ask("POST", "/faults", call="IQuery.*", kind="lost", session=uuid)
    service = gateway.c.sf.getQueryService()
    for _ in range(2):
        with pytest.raises(omero.RemovedSessionException):
            service.find("Project", 1)
    gateway.close()


def test_a_refused_command_is_answered_by_an_error(server: Server, gateway: Any) -> None:
    fault = {"call": "Command.Delete2", "kind": "refused", "error": "InternalException"}
    server.ask("POST", "/faults", **fault, message="on order")
    handle = gateway.c.sf.submit(omero.cmd.Delete2(targetObjects={"Image": [10**9]}))
    response = answered(handle)
    assert isinstance(response, omero.cmd.ERR)
    assert (response.name, response.parameters["message"]) == ("InternalException", "on order")
    handle.close()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"call": "IQuery.*", "kind": "odd"}, "is not one of lost, slow, refused"),
        ({"call": "IQuery.*", "kind": "refused", "error": "KeyError"}, "not an exception of OMERO"),
        ({"kind": "slow"}, "call"),
        ({"call": "x", "kind": "slow", "colour": "red"}, "colour"),
    ],
)
def test_a_wrong_order_is_refused(server: Server, body: dict[str, Any], message: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        server.ask("POST", "/faults", **body)
    assert caught.value.code == 400
    assert message in json.loads(caught.value.read())["error"]


def test_twenty_clients_save_link_and_read_at_once(server: Server) -> None:
    """Nobody's rows are lost, mixed up or seen half."""

    def work(number: int) -> list[tuple[str, int]]:
        gateway = server.connect()
        try:
            update = gateway.getUpdateService()
            for at in range(5):
                project, dataset = omero.model.ProjectI(), omero.model.DatasetI()
                project.name, dataset.name = rstring(f"crowd {number}-{at}"), rstring("d")
                project.linkDataset(dataset)
                update.saveObject(project)
            found = gateway.getQueryService().projection(
                "select p.name, count(l) from Project p left outer join p.datasetLinks l "
                "where p.name like 'crowd %' group by p.name",
                None,
            )
            return [(name.val, links.val) for name, links in found]
        finally:
            gateway.close()

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(work, range(20)))
    assert all(links == 1 for answer in answers for _, links in answer)
    last = max(answers, key=len)
    assert len(last) == len(dict(last)) == 100
    for number, answer in enumerate(answers):
        assert sum(name.startswith(f"crowd {number}-") for name, _ in answer) == 5


def test_without_the_option_there_is_no_control_port(tmp_path: Path) -> None:
    with local_services.standin(tmp_path) as running:
        assert "control-port" not in running.log.read_text()


def test_a_router_whose_server_is_down_refuses_logins_alone(server: Server, gateway: Any) -> None:
    # The gateway tries twice.
    server.ask("POST", "/faults", call="Router.createSession", kind="refused", times=2)
    # A session's call leaves it to logins.
    assert gateway.getQueryService().get("Experimenter", 0).id.val == 0
    with pytest.raises(ConnectionError, match="internal server error"):
        server.connect()
    assert server.ask("GET", "/faults") == []
    server.connect().close()
