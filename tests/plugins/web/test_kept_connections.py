"""Connections that are kept from one request to the next, against a real server process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

# First: imported after Glacier2 it would define Glacier2's exceptions a second time.
import omero.clients  # isort: skip
import httpx
import Ice
import omero
import pytest
from omero_web_container import connections, kept_connections
from omero_web_container.circuit import Circuit
from omero_web_container.kept_connections import KeptConnections, Key

import local_services
from omero_plugin_common import omero_client
from omero_plugin_common.omero_client import ServerAway


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[local_services.Service]:
    folder = tmp_path_factory.mktemp("standin")
    with local_services.standin(folder, "--data", "demo", "--control-port", "0") as running:
        yield running


@pytest.fixture
def control(server: local_services.Service) -> Iterator[httpx.Client]:
    """Counts from here on, and faults on order."""
    with httpx.Client(
        base_url=local_services.control(server), verify=local_services.NO_AUTHORITIES
    ) as client:
        client.delete("/counts")
        yield client
        client.delete("/faults")


def new_client(server: local_services.Service) -> Any:
    return omero.client(host="127.0.0.1", port=server.port)


@pytest.fixture
def session(server: local_services.Service) -> Iterator[Callable[[str], Key]]:
    """Logs a user of the demo in, and tells where the session is."""
    open_clients = []

    def log_in(user: str) -> Key:
        client = new_client(server)
        client.createSession(user, f"{user}-demo")
        open_clients.append(client)
        return Key("127.0.0.1", server.port, client.getSessionId())

    yield log_in
    for client in open_clients:
        client.closeSession()


@pytest.fixture
def kept(server: local_services.Service) -> Iterator[KeptConnections]:
    def answers() -> bool:
        client = new_client(server)
        try:
            omero_client.reach(client, 5)
        except ServerAway:
            return False
        omero_client.abandon(client)
        return True

    circuit = Circuit("the stand-in", answers)
    made = KeptConnections(lambda _host, _port: circuit)
    yield made
    made.close()


def joins(control: httpx.Client) -> int:
    return int(control.get("/counts").json().get("Router.createSession", 0))


def test_one_after_the_other_uses_one_connection(
    server: local_services.Service,
    session: Callable[[str], Key],
    kept: KeptConnections,
    control: httpx.Client,
) -> None:
    ada, ben = session("ada"), session("ben")
    before = joins(control)
    for key, user in [(ada, "ada"), (ben, "ben")] * 5:
        lease, event = kept.take(key, lambda: new_client(server))
        assert event.userName == user
        assert event.sessionUuid == key.session
        kept.give_back(lease)
    assert joins(control) - before == 2
    assert kept.counts() == (2, 0)


def test_a_login_leaves_its_connection_to_what_follows(
    server: local_services.Service,
    control: httpx.Client,
    kept: KeptConnections,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connections, "KEPT", kept)
    where = {"host": "127.0.0.1", "port": server.port, "secure": True}
    gateway = connections.KeptGateway("ada", "ada-demo", **where)
    assert gateway.connect()
    key = Key("127.0.0.1", server.port, gateway._sessionUuid)
    # As OMERO.web's page for a login ends.
    gateway.close(hard=False)
    assert kept.counts() == (1, 0)
    lease, event = kept.take(key, lambda: pytest.fail("joined anew"))
    assert event.userName == "ada"
    kept.give_back(lease)
    assert joins(control) == 1
    # Who logs out, or could not log in, leaves nothing.
    wrong = connections.KeptGateway("ada", "wrong", **where)
    assert not wrong.connect()
    wrong.close(hard=False)
    other = connections.KeptGateway("ada", "ada-demo", **where)
    assert other.connect()
    other.close(hard=True)
    assert kept.counts() == (1, 0)


def test_at_the_same_time_everybody_has_an_own_one_and_few_are_kept(
    server: local_services.Service, session: Callable[[str], Key], kept: KeptConnections
) -> None:
    key = session("ada")
    together = threading.Barrier(7)

    def request(_number: int) -> Any:
        lease, _event = kept.take(key, lambda: new_client(server))
        together.wait(30)
        kept.give_back(lease)
        return lease.client

    with ThreadPoolExecutor(7) as people:
        clients = list(people.map(request, range(7)))
    assert len(set(map(id, clients))) == 7
    assert kept.counts() == (kept_connections.KEPT_PER_SESSION, 0)


def test_the_process_keeps_no_more_than_its_bound(
    server: local_services.Service,
    session: Callable[[str], Key],
    kept: KeptConnections,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(kept_connections, "KEPT_IN_ALL", 2)
    keys = [session(user) for user in ("ada", "ben", "chi")]
    for key in keys:
        kept.give_back(kept.take(key, lambda: new_client(server))[0])
    assert kept.counts() == (2, 0)
    # Whoever was here last is still here.
    monkeypatch.setattr(omero_client, "join", lambda *_: pytest.fail("joined anew"))
    kept.give_back(kept.take(keys[2], lambda: new_client(server))[0])


def test_an_unused_one_is_closed_by_itself(
    server: local_services.Service,
    session: Callable[[str], Key],
    kept: KeptConnections,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept.give_back(kept.take(session("ada"), lambda: new_client(server))[0])
    monkeypatch.setattr(kept_connections, "IDLE_SECONDS", 0.0)
    end = time.monotonic() + 60
    while kept.counts() != (0, 0):
        assert time.monotonic() < end
        time.sleep(0.05)


def test_the_end_of_a_session_is_noticed(
    server: local_services.Service, session: Callable[[str], Key], kept: KeptConnections
) -> None:
    key = session("ada")
    kept.give_back(kept.take(key, lambda: new_client(server))[0])
    # As another process does when the user logs out.
    other = new_client(server)
    other.joinSession(key.session)
    other.killSession()
    for _ in range(2):
        with pytest.raises(omero_client.SessionEnded):
            kept.take(key, lambda: new_client(server))
    assert kept.counts() == (0, 0)


def test_a_broken_one_is_replaced(
    server: local_services.Service,
    session: Callable[[str], Key],
    kept: KeptConnections,
    control: httpx.Client,
) -> None:
    key = session("ada")
    lease, _event = kept.take(key, lambda: new_client(server))
    kept.give_back(lease)
    lease.client.sf.ice_getCachedConnection().close(True)
    before = joins(control)
    again, event = kept.take(key, lambda: new_client(server))
    assert again is not lease
    assert event.userName == "ada"
    assert joins(control) - before == 1
    kept.give_back(again)


def test_a_server_that_stands_still_costs_one_wait_and_ends_what_waits(
    server: local_services.Service,
    session: Callable[[str], Key],
    kept: KeptConnections,
    control: httpx.Client,
) -> None:
    ada, ben = session("ada"), session("ben")
    kept.give_back(kept.take(ada, lambda: new_client(server))[0])
    busy, _event = kept.take(ben, lambda: new_client(server))
    control.post("/faults", json={"call": "IQuery.*", "kind": "slow", "seconds": 1})
    ended: list[type[BaseException]] = []

    def long_call() -> None:
        try:
            busy.client.sf.getQueryService().findAll("Project", None)
        except Ice.LocalException as error:
            ended.append(type(error))

    waiting = threading.Thread(target=long_call)
    waiting.start()
    end = time.monotonic() + 60
    while not control.get("/counts").json().get("IQuery.findAll"):
        assert time.monotonic() < end
        time.sleep(0.02)
    with local_services.standing_still(server):
        with pytest.raises(ServerAway):
            kept.take(ada, lambda: new_client(server))
        began = time.monotonic()
        for _ in range(100):
            with pytest.raises(ServerAway):
                kept.take(ada, lambda: new_client(server))
        assert time.monotonic() - began < 4, "somebody waited for the server again"
        kept.cut("127.0.0.1", server.port, time.monotonic())
        waiting.join(10)
        assert not waiting.is_alive()
    waiting.join(30)
    assert len(ended) == 1
    assert busy.cut
    kept.discard(busy)
    end = time.monotonic() + 180
    while True:
        try:
            lease, event = kept.take(ada, lambda: new_client(server))
        except ServerAway:
            assert time.monotonic() < end
            time.sleep(0.1)
        else:
            break
    assert event.userName == "ada"
    kept.give_back(lease)
