"""Sessions as clients meet them: who gave a password, what is open, what queries find."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import Ice
import omero
import omero.cmd
import pytest
from omero.rtypes import rlong, rstring

from standin_here import PASSWORD, Here, answered, standin_here


@pytest.fixture(scope="module")
def here() -> Iterator[Here]:
    """A stand-in with two users."""
    with standin_here() as running:
        lab = running.group("lab")
        running.user("ada", lab)
        running.user("ben", lab)
        yield running


# --- passwords


def test_who_joined_by_the_uuid_gives_the_password_before_changing_one(here: Here) -> None:
    root = here.connect()
    other = here.join(root.c.getSessionId())
    admin = other.sf.getAdminService()
    changes: tuple[Callable[[], object], ...] = (
        lambda: admin.changeUserPassword("ben", rstring("new")),
        lambda: admin.changePassword(rstring("new")),
        lambda: other.sf.getSessionService().createUserSession(0, 1000, "system"),
    )
    for change in changes:
        with pytest.raises(omero.SecurityViolation, match="setSecurityPassword"):
            change()
    with pytest.raises(omero.SecurityViolation, match="Bad password for root"):
        other.sf.setSecurityPassword("wrong")
    other.sf.setSecurityPassword(PASSWORD)
    admin.changeUserPassword("ben", rstring("new"))
    assert here.opens("ben", "new")
    # Who logged in with the password has given it.
    root.getAdminService().changeUserPassword("ben", rstring(PASSWORD))


def test_without_a_password_an_account_is_locked(here: Here) -> None:
    admin = here.connect().getAdminService()
    for nothing in (None, rstring(""), rstring(" ")):
        admin.changeUserPassword("ben", nothing)
        for guess in ("", PASSWORD, "None"):
            assert not here.opens("ben", guess)
    admin.changeUserPassword("ben", rstring(PASSWORD))
    here.connect("ben")


def test_where_no_password_is_required_an_empty_one_opens_an_account_to_everybody() -> None:
    with standin_here({"omero.security.password_required": "false"}) as running:
        running.user("ada", running.group("lab"))
        admin = running.connect().getAdminService()
        for name in ("ada", "root"):
            admin.changeUserPassword(name, rstring(""))
        assert running.opens("ada", "any")
        # Administrators always need one.
        assert not running.opens("root", "any")


# --- queries


def test_sessions_are_found_by_queries(here: Here) -> None:
    ada, root = here.connect("ada"), here.connect()
    uuid = ada.c.getSessionId()
    asked = omero.sys.ParametersI().addString("uuid", uuid)
    text = "select s from Session s join fetch s.owner join fetch s.node where s.uuid = :uuid"
    for reader in (ada, root):
        found = reader.getQueryService().findByQuery(text, asked)
        assert (found.owner.omeName.val, found.closed, found.timeToIdle.val) == (
            "ada",
            None,
            600000,
        )
        assert found.id.val == ada.getEventContext().sessionId
    # Others' sessions are for administrators.
    assert here.connect("ben").getQueryService().findByQuery(text, asked) is None
    ada.close()
    assert root.getQueryService().findByQuery(text, asked).closed.val > 0


def test_changed_limits_and_the_session_of_an_event_are_found(here: Here) -> None:
    ada = here.connect("ada")
    request = omero.cmd.UpdateSessionTimeoutRequest(ada.c.getSessionId(), None, rlong(70000))
    callback = ada.c.submit(request)
    callback.close(True)
    made = omero.model.ProjectI()
    made.name = rstring("p")
    made = ada.getUpdateService().saveAndReturnObject(made)
    lines = ada.getQueryService().projection(
        "select s.uuid, s.timeToIdle from Project p join p.details.creationEvent e "
        "join e.session s where p.id = :id",
        omero.sys.ParametersI().addId(made.id.val),
    )
    assert [each.val for each in lines[0]] == [ada.c.getSessionId(), 70000]


def test_sessions_say_how_often_they_were_used(here: Here) -> None:
    ada = here.connect("ada")
    ada.getAdminService().getEventContext()
    callback = here.connect().c.submit(omero.cmd.CurrentSessionsRequest())
    answer = callback.getResponse()
    callback.close(True)
    (own,) = [
        data
        for context, data in zip(answer.contexts, answer.data, strict=True)
        if context.sessionUuid == ada.c.getSessionId()
    ]
    assert own["hitCount"].val > 1


# --- open services


def test_open_services_are_named_found_and_closed(here: Here) -> None:
    client = here.connect("ada").c
    client.sf.getQueryService()
    files = client.sf.createRawFileStore()
    names = client.sf.activeServices()
    assert "omero.api.IQuery" in names
    (own,) = [name for name in names if name.endswith("omero.api.RawFileStore")]
    assert client.sf.getByName(own).ice_getIdentity() == files.ice_getIdentity()
    (found,) = client.getStatefulServices()
    found.close()
    assert client.getStatefulServices() == []
    assert client.sf.keepAllAlive([files, client.sf.getQueryService()]) == 1
    assert not client.sf.keepAlive(files)
    with pytest.raises(omero.ApiUsageException, match=r"the service omero\.api\.INothing"):
        client.sf.getByName("omero.api.INothing")


def test_services_come_by_name(here: Here) -> None:
    client = here.connect("ada").c
    admin = omero.api.IAdminPrx.checkedCast(client.sf.getByName("omero.api.IAdmin"))
    assert admin.getEventContext().userName == "ada"
    store = omero.api.RawFileStorePrx.checkedCast(client.sf.createByName("omero.api.RawFileStore"))
    store.close()
    with pytest.raises(Ice.ObjectNotExistException):
        store.close()


def test_a_session_with_an_open_store_stays_in_its_group(here: Here) -> None:
    second = here.group("second")
    user = here.user("two", here.group("first"), second)
    gateway = here.connect("two")
    store = gateway.c.sf.createRawFileStore()
    there = omero.model.ExperimenterGroupI(second, False)
    with pytest.raises(omero.SecurityViolation, match="has active stateful services"):
        gateway.c.sf.setSecurityContext(there)
    # The gateway closes what is open first.
    assert gateway.setGroupForSession(second)
    assert gateway.getEventContext().groupId == second
    assert gateway.getEventContext().userId == user
    with pytest.raises(Ice.ObjectNotExistException):
        store.close()


def test_time_limits_of_sessions(here: Here) -> None:
    ada, root = here.connect("ada"), here.connect()
    key, longest = ada.c.getSessionId(), 6_000_000

    def ask(gateway: Any, live: int | None, idle: int | None) -> Any:
        times = [None if each is None else rlong(each) for each in (live, idle)]
        request = omero.cmd.UpdateSessionTimeoutRequest(key, *times)
        return answered(gateway.c.sf.submit(request))

    def limits() -> tuple[int, int]:
        session = here.kernel.sessions.find(key)
        assert session is not None
        return session.live, session.idle

    assert isinstance(ask(ada, 1000, 2000), omero.cmd.OK)
    assert limits() == (1000, 2000)
    # Beyond the longest time is the longest; there is no longest life by default.
    assert isinstance(ask(ada, 10 * longest, 10 * longest), omero.cmd.OK)
    assert limits() == (10 * longest, longest)
    for times in ((0, None), (None, 0), (-1, None)):
        assert ask(ada, *times).name == "non-admin-disabling"
    assert ask(ada, None, None).name == "no-update-performed"
    other = here.group("others")
    here.user("otto", other)
    assert ask(here.connect("otto"), 1000, None).name == "no-session"
    assert isinstance(ask(root, 0, 0), omero.cmd.OK)
    assert limits() == (0, 0)
