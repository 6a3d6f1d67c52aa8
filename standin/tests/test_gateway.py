"""Unmodified BlitzGateway against the stand-in, over TLS and over tcp."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import omero
import omero.model
import pytest
from omero.gateway import BlitzGateway
from omero.rtypes import rstring

from local_services import Service
from standin_here import answered

Connect = Callable[..., Any]


def make_user(admin: Any, name: str, group: int, password: str) -> int:
    """A member of a group."""
    made = omero.model.ExperimenterI()
    made.omeName, made.firstName, made.lastName = rstring(name), rstring("A"), rstring("User")
    made_id = admin.createExperimenterWithPassword(
        made, rstring(password), omero.model.ExperimenterGroupI(group, False), []
    )
    return int(made_id)


def make_group(admin: Any, name: str, permissions: str) -> int:
    """A group."""
    made = omero.model.ExperimenterGroupI()
    made.name = rstring(name)
    made.details.permissions = omero.model.PermissionsI(permissions)
    return int(admin.createGroup(made))


@pytest.mark.parametrize("secure", [True, False])
def test_root_connects_and_is_who_it_is(connect: Connect, secure: bool) -> None:
    gateway = connect(secure=secure)
    assert gateway.getUser().getName() == "root"
    assert gateway.isAdmin()
    assert "Sudo" in list(gateway.getCurrentAdminPrivileges())
    assert gateway.getEventContext().groupName == "system"
    assert "standin" in gateway.getConfigService().getVersion()


def test_the_server_is_empty(connect: Connect) -> None:
    gateway = connect()
    assert list(gateway.getObjects("Project")) == []
    assert gateway.getObject("Image", 1) is None
    assert {group.getName() for group in gateway.getObjects("ExperimenterGroup")} >= {
        "system",
        "user",
    }


def test_a_wrong_password_is_refused(standin: Service) -> None:
    gateway = BlitzGateway("root", "wrong", host="127.0.0.1", port=standin.port, secure=True)
    assert not gateway.connect()
    assert "PermissionDenied" in repr(gateway.getLastError())
    gateway.close()


def test_a_name_nobody_has_is_refused_in_the_same_way(standin: Service) -> None:
    gateway = BlitzGateway("nobody", "wrong", host="127.0.0.1", port=standin.port, secure=True)
    assert not gateway.connect()
    gateway.close()


def test_members_log_in_and_may_less(connect: Connect) -> None:
    admin = connect().getAdminService()
    group = make_group(admin, "gateway-lab", "rwra--")
    make_user(admin, "alice", group, "alice-pw")
    alice = connect("alice", "alice-pw")
    assert alice.getEventContext().groupName == "gateway-lab"
    assert not alice.isAdmin()
    with pytest.raises(omero.SecurityViolation, match="ModifyGroup"):
        make_group(alice.getAdminService(), "her-own", "rw----")
    with pytest.raises(omero.SecurityViolation, match="ModifyUser"):
        alice.getAdminService().changeUserPassword("root", rstring("x"))


def test_a_group_may_be_chosen_by_its_name(connect: Connect, standin: Service) -> None:
    admin = connect().getAdminService()
    groups = [make_group(admin, f"by-name-{number}", "rw----") for number in range(2)]
    user = make_user(admin, "by-name", groups[0], "by-name-pw")
    admin.addGroups(
        omero.model.ExperimenterI(user, False), [omero.model.ExperimenterGroupI(groups[1], False)]
    )
    # It keeps the name in the context of each call.
    gateway = BlitzGateway(
        "by-name", "by-name-pw", group="by-name-1", host="127.0.0.1", port=standin.port, secure=True
    )
    try:
        assert gateway.connect(), gateway.getLastError()
        assert gateway.getEventContext().groupId == groups[1]
    finally:
        gateway.close()


def test_names_are_taken_once(connect: Connect) -> None:
    admin = connect().getAdminService()
    make_group(admin, "taken", "rw----")
    with pytest.raises(omero.ValidationException, match="exists already"):
        make_group(admin, "taken", "rw----")
    with pytest.raises(omero.ValidationException, match="not one of"):
        make_group(admin, "odd", "rwrwrw")


def test_sudo_gives_another_users_session_to_one_with_the_privilege(connect: Connect) -> None:
    admin = connect().getAdminService()
    group = make_group(admin, "sudo-lab", "rw----")
    make_user(admin, "bob", group, "bob-pw")
    sudo = omero.model.AdminPrivilegeI()
    sudo.setValue(rstring("Sudo"))
    made = omero.model.ExperimenterI()
    made.omeName, made.firstName, made.lastName = rstring("worker"), rstring("W"), rstring("S")
    admin.createRestrictedSystemUserWithPassword(made, [sudo], rstring("worker-pw"))

    worker = connect("worker", "worker-pw")
    assert list(worker.getCurrentAdminPrivileges()) == ["Sudo"]
    as_bob = worker.suConn("bob")
    assert as_bob.getUser().getName() == "bob"
    assert as_bob.getEventContext().sudoerName.val == "worker"
    as_bob.close()
    # Nobody gets privileges by becoming somebody who has more.
    as_root = worker.suConn("root")
    assert as_root.getUser().getName() == "root"
    assert list(as_root.getCurrentAdminPrivileges()) == ["Sudo"]
    with pytest.raises(omero.SecurityViolation):
        make_group(as_root.getAdminService(), "by-sudo", "rw----")
    as_root.close()
    principal = omero.sys.Principal("worker", "system", "User", None)
    with pytest.raises(omero.SecurityViolation, match="Sudo"):
        connect("bob", "bob-pw").c.sf.getSessionService().createSessionWithTimeout(principal, 1000)


def test_a_changed_password_is_the_only_one(connect: Connect, standin: Service) -> None:
    admin = connect().getAdminService()
    make_user(admin, "carol", make_group(admin, "carol-lab", "rw----"), "old")
    admin.changeUserPassword("carol", rstring("new"))
    connect("carol", "new")
    old = BlitzGateway("carol", "old", host="127.0.0.1", port=standin.port, secure=True)
    assert not old.connect()
    old.close()


def test_a_session_is_joined_by_its_uuid_and_ends_with_its_last_client(
    connect: Connect, standin: Service
) -> None:
    first = connect()
    uuid = first.getEventContext().sessionUuid
    second = BlitzGateway(host="127.0.0.1", port=standin.port, secure=True)
    assert second.connect(sUuid=uuid)
    assert second.getEventContext().sessionUuid == uuid
    second.close(hard=False)
    assert first.getUser().getName() == "root"
    first.close(hard=True)
    third = BlitzGateway(host="127.0.0.1", port=standin.port, secure=True)
    assert not third.connect(sUuid=uuid)
    third.close()


@pytest.mark.parametrize(
    ("named", "call"),
    [
        ("IAdmin.moveToCommonSpace", lambda g: g.getAdminService().moveToCommonSpace([])),
        (
            "IAdmin.reportForgottenPassword",
            lambda g: g.getAdminService().reportForgottenPassword("a", "b"),
        ),
    ],
)  # fmt: skip
def test_what_it_cannot_do_it_refuses_by_name(connect: Connect, named: str, call: Any) -> None:
    with pytest.raises(omero.ApiUsageException) as caught:
        call(connect())
    assert f"does not support the call {named}" in caught.value.message


def test_a_command_is_answered_by_a_failed_handle_that_names_it(connect: Connect) -> None:
    handle = connect().c.sf.submit(omero.cmd.FindPyramids())
    answer = answered(handle)
    assert isinstance(answer, omero.cmd.ERR)
    assert "does not support the command ::omero::cmd::FindPyramids" in answer.parameters["message"]
    handle.close()


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("select p from Projekt p", "Projekt is not mapped"),
        ("select p.nam from Project p", "could not resolve property: nam of: Project"),
        ("select x.id from Project p", "x is neither an alias nor a member"),
        ("select p from Project p where", "cannot read the query at 'the end'"),
        ("select soundex(p.name) from Project p group by p", "has no function soundex"),
        ("select p.id from Project p where p.id = :id", ":id has no value"),
    ],
)
def test_a_wrong_query_says_what_is_wrong_with_it(
    connect: Connect, query: str, message: str
) -> None:
    with pytest.raises(omero.QueryException) as caught:
        connect().getQueryService().projection(query, None)
    assert message in caught.value.message
    assert query in caught.value.message


def test_many_clients_at_once(standin: Service) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def one(number: int) -> str:
        gateway = BlitzGateway(
            "root", standin.password, host="127.0.0.1", port=standin.port, secure=True
        )
        try:
            assert gateway.connect()
            make_group(gateway.getAdminService(), f"crowd-{number}", "rwr---")
            return str(gateway.getUser().getName())
        finally:
            gateway.close()

    with ThreadPoolExecutor(20) as pool:
        assert list(pool.map(one, range(20))) == ["root"] * 20
