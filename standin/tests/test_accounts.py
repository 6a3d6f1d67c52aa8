"""IAdmin and ISession: users, groups, owners; sessions and their end."""

from __future__ import annotations

import time
from typing import Any

import omero
import pytest
from omero.rtypes import rstring

from direct_calls import Office
from omero_standin.call import Call
from omero_standin.model.store import Row
from omero_standin.services.iadmin import Admin
from omero_standin.services.isession import SessionService

ADMIN = Admin()
SESSIONS = SessionService()


class Lab:
    """Two groups; ada owns the first one, bob is a member of it."""

    def __init__(self) -> None:
        """Nobody has data."""
        self.office = Office()
        accounts = self.office.accounts
        self.group, self.other = (
            self.office.group("lab", "rwr---"),
            self.office.group("b", "rw----"),
        )
        self.ada = self.office.user("ada", self.group)
        accounts.set_owner(self.group, self.ada, owner=True)
        self.bob = self.office.user("bob", self.group)
        self.root = accounts.user_named("root")

    def call(self, user: Row | None = None) -> Any:
        """A call of a user's, root's when nothing is said."""
        return self.office.call(user or self.root, -1)


@pytest.fixture
def lab() -> Lab:
    """A fresh one."""
    return Lab()


def user(row: Row) -> Any:
    """A reference to a user."""
    return omero.model.ExperimenterI(row.id, False)


def group(row: Row) -> Any:
    """A reference to a group."""
    return omero.model.ExperimenterGroupI(row.id, False)


def members(lab: Lab, row: Row) -> set[str]:
    """The names of a group's members."""
    return {each.values["omeName"] for each in lab.office.accounts.members_of(row)}


def test_owners_decide_about_their_group_and_no_other(lab: Lab) -> None:
    carl = lab.office.user("carl", lab.other)
    ADMIN.addGroups(lab.call(lab.ada), user(carl), [group(lab.group)])
    assert members(lab, lab.group) == {"ada", "bob", "carl"}
    ADMIN.addGroupOwners(lab.call(lab.ada), group(lab.group), [user(carl)])
    assert ADMIN.getLeaderOfGroupIds(lab.call(), user(carl)) == [lab.group.id]
    ADMIN.removeGroups(lab.call(lab.ada), user(carl), [group(lab.group)])
    assert members(lab, lab.group) == {"ada", "bob"}
    for who, where in ((lab.ada, lab.other), (lab.bob, lab.group)):
        with pytest.raises(omero.SecurityViolation, match="neither admin nor group-leader"):
            ADMIN.addGroups(lab.call(who), user(lab.bob), [group(where)])


def test_nobody_is_made_an_administrator_by_less(lab: Lab) -> None:
    helper = lab.office.user("helper", privileges=["ModifyGroupMembership"])
    system = lab.office.accounts.group_named("system")
    with pytest.raises(omero.SecurityViolation, match="that current user does not have"):
        ADMIN.addGroups(lab.call(helper), user(lab.bob), [group(system)])
    assert not lab.office.accounts.is_admin(lab.bob)
    ADMIN.addGroups(lab.call(), user(lab.bob), [group(system)])
    assert lab.office.accounts.is_admin(lab.bob)


def test_what_raises_no_privilege_is_allowed(lab: Lab) -> None:
    """As OMERO.web's `webadmin` does: it adds the groups of a user again when it saves a form."""
    helper = lab.office.user("helper", privileges=["ModifyGroupMembership", "ModifyUser"])
    other = lab.office.user("other", privileges=["ModifyGroupMembership", "Sudo"])
    call = lab.call(helper)
    system = lab.office.accounts.group_named("system")
    ADMIN.addGroups(call, user(other), [group(system), group(lab.group)])
    assert "other" in members(lab, lab.group)
    # Somebody else's privileges may be more than one's own: only what is gained counts.
    fewer = [omero.model.AdminPrivilegeI(), omero.model.AdminPrivilegeI()]
    for each, name in zip(fewer, ("ModifyUser", "Sudo"), strict=True):
        each.setValue(rstring(name))
    ADMIN.setAdminPrivileges(call, user(other), fewer)
    assert lab.office.accounts.privileges(other) == ["ModifyUser", "Sudo"]
    more = omero.model.AdminPrivilegeI()
    more.setValue(rstring("Chgrp"))
    with pytest.raises(omero.SecurityViolation, match="that current user does not have"):
        ADMIN.setAdminPrivileges(call, user(other), [more])
    assert lab.office.accounts.privileges(other) == ["ModifyUser", "Sudo"]


def test_privileges_are_loaded_and_known(lab: Lab) -> None:
    unloaded = omero.model.AdminPrivilegeI(1, False)
    with pytest.raises(omero.ApiUsageException, match="Object unloaded: AdminPrivilege:1"):
        ADMIN.setAdminPrivileges(lab.call(), user(lab.bob), [unloaded])
    odd = omero.model.AdminPrivilegeI()
    odd.setValue(rstring("Fly"))
    with pytest.raises(omero.ApiUsageException, match="unknown light administrator privilege: Fly"):
        ADMIN.getAdminsWithPrivileges(lab.call(), [odd])


def test_group_owners_make_users_of_their_group(lab: Lab) -> None:
    made = omero.model.ExperimenterI()
    made.omeName, made.firstName, made.lastName = rstring("new"), rstring("N"), rstring("E")
    everybody = lab.office.accounts.group_named("user")
    ADMIN.createExperimenter(lab.call(lab.ada), made, group(lab.group), [group(everybody)])
    assert "new" in members(lab, lab.group)
    made.omeName = rstring("newer")
    with pytest.raises(omero.SecurityViolation, match="neither admin nor group-leader"):
        ADMIN.createExperimenter(lab.call(lab.ada), made, group(lab.other), [group(everybody)])
    # The group of all users has no owner: nobody but an administrator makes an account in it alone.
    for who in (lab.ada, lab.bob):
        with pytest.raises(omero.SecurityViolation, match="neither admin nor group-leader"):
            ADMIN.createUser(lab.call(who), made, "user")


def test_what_nobody_does_to_themselves(lab: Lab) -> None:
    admin = lab.office.user("admin", lab.group, privileges=["ModifyGroupMembership"])
    system = lab.office.accounts.group_named("system")
    with pytest.raises(omero.ValidationException, match="may not remove themselves"):
        ADMIN.removeGroups(lab.call(admin), user(admin), [group(system)])
    with pytest.raises(omero.ValidationException, match="'root' may not be removed"):
        ADMIN.removeGroups(lab.call(admin), user(lab.root), [group(system)])
    with pytest.raises(omero.ApiUsageException, match="from the root user"):
        ADMIN.setAdminPrivileges(lab.call(), user(lab.root), [])
    with pytest.raises(omero.ValidationException, match="Nothing to do"):
        ADMIN.addGroups(lab.call(), user(admin), [])
    with pytest.raises(omero.SecurityViolation, match="can only set own default group"):
        ADMIN.setDefaultGroup(lab.call(admin), user(lab.bob), group(lab.group))
    with pytest.raises(omero.ApiUsageException, match="Cannot set default group to: user"):
        everybody = lab.office.accounts.group_named("user")
        ADMIN.setDefaultGroup(lab.call(), user(lab.bob), group(everybody))


def test_everybody_stays_in_a_group(lab: Lab) -> None:
    with pytest.raises(omero.ValidationException, match="would be in no group"):
        ADMIN.removeGroups(lab.call(), user(lab.bob), [group(lab.group)])
    assert "bob" in members(lab, lab.group)


def test_sessions_start_in_the_default_group(lab: Lab) -> None:
    ADMIN.addGroups(lab.call(), user(lab.bob), [group(lab.other)])
    assert ADMIN.getDefaultGroup(lab.call(), lab.bob.id).id.val == lab.group.id
    ADMIN.setDefaultGroup(lab.call(lab.bob), user(lab.bob), group(lab.other))
    assert ADMIN.getDefaultGroup(lab.call(), lab.bob.id).id.val == lab.other.id


def test_names_addresses_and_permissions_change(lab: Lab) -> None:
    given = omero.model.ExperimenterI(lab.bob.id, True)
    given.omeName, given.firstName, given.lastName = rstring("rob"), rstring("R"), rstring("B")
    ADMIN.updateExperimenter(lab.call(), given)
    assert lab.bob.values["omeName"] == "rob"
    given.omeName = rstring("ada")
    with pytest.raises(omero.ValidationException, match="exists already"):
        ADMIN.updateExperimenter(lab.call(), given)
    given.email = rstring("r@example.org")
    ADMIN.updateSelf(lab.call(lab.bob), given)
    assert (lab.bob.values["omeName"], lab.bob.values["email"]) == ("rob", "r@example.org")
    with pytest.raises(omero.SecurityViolation, match="the caller only"):
        ADMIN.updateSelf(lab.call(lab.ada), given)

    wanted = omero.model.ExperimenterGroupI(lab.group.id, True)
    wanted.name = rstring("lab 2")
    wanted.details.permissions = omero.model.PermissionsI("rwra--")
    ADMIN.updateGroup(lab.call(lab.ada), wanted)
    assert str(ADMIN.getGroup(lab.call(), lab.group.id).details.permissions) == "rwra--"


def test_who_has_data_is_not_deleted(lab: Lab) -> None:
    lab.office.add("Project", lab.bob, lab.group, name="p")
    with pytest.raises(omero.ValidationException, match="Project is theirs"):
        ADMIN.deleteExperimenter(lab.call(), user(lab.bob))
    with pytest.raises(omero.ValidationException, match="holds data"):
        ADMIN.deleteGroup(lab.call(), group(lab.group))
    ADMIN.deleteGroup(lab.call(), group(lab.other))
    carl = lab.office.user("carl", lab.group)
    ADMIN.deleteExperimenter(lab.call(), user(carl))
    assert "carl" not in members(lab, lab.group)
    with pytest.raises(omero.SecurityViolation, match="ModifyUser"):
        ADMIN.deleteExperimenter(lab.call(lab.ada), user(lab.bob))


def test_passwords(lab: Lab) -> None:
    accounts = lab.office.accounts
    ADMIN.changePassword(lab.call(lab.bob), rstring("first"))
    assert accounts.check_password("bob", "first") is lab.bob
    ADMIN.changePasswordWithOldPassword(lab.call(lab.bob), rstring("first"), rstring("second"))
    assert accounts.check_password("bob", "first") is None
    with pytest.raises(omero.SecurityViolation, match="old password"):
        ADMIN.changePasswordWithOldPassword(lab.call(lab.bob), rstring("first"), rstring("x"))


# --- sessions


def principal(name: str, group: str = "") -> Any:
    """Who a session is for."""
    return omero.sys.Principal(name, group, "User", None)


def test_sessions_end_by_idleness_and_by_age(lab: Lab) -> None:
    kernel = lab.office.kernel
    ended: list[str] = []
    kernel.sessions.on_end(ended.append)
    idle = SESSIONS.createSessionWithTimeouts(lab.call(), principal("bob"), 0, 40)
    aged = SESSIONS.createSessionWithTimeout(lab.call(), principal("bob"), 60)
    assert (idle.timeToIdle.val, idle.timeToLive.val) == (40, 0)
    assert (aged.timeToIdle.val, aged.timeToLive.val) == (0, 60)
    until = time.monotonic() + 5
    while kernel.sessions.find(idle.uuid.val) and time.monotonic() < until:
        time.sleep(0.01)
    # Using a session keeps it from idling, not from its end.
    while kernel.sessions.use(aged.uuid.val) and time.monotonic() < until:
        time.sleep(0.01)
    assert ended == [idle.uuid.val, aged.uuid.val]
    with pytest.raises(omero.RemovedSessionException):
        SESSIONS.getSession(lab.call(), idle.uuid.val)


def test_becoming_another_user(lab: Lab) -> None:
    made = SESSIONS.createSessionWithTimeouts(lab.call(), principal("bob", "lab"), 0, 0)
    assert made.sudoer.id.val == lab.root.id
    assert made.details.owner.id.val == lab.bob.id
    assert SESSIONS.createSessionWithTimeout(lab.call(lab.ada), principal("bob", "lab"), 1000)
    for who, whom in ((lab.bob, "ada"), (lab.ada, "root")):
        with pytest.raises(omero.SecurityViolation, match="Sudo"):
            SESSIONS.createSessionWithTimeout(lab.call(who), principal(whom, "lab"), 1000)


def test_a_sudo_session_has_no_privilege_that_its_maker_lacks(lab: Lab) -> None:
    lab.office.user("boss", privileges=["Sudo", "ModifyUser"])
    helper = lab.office.user("helper", privileges=["Sudo"])
    made = SESSIONS.createSessionWithTimeout(lab.call(helper), principal("boss"), 1000)
    kernel = lab.call().kernel
    session = kernel.sessions.find(made.uuid.val)
    assert session is not None
    call = Call(kernel, session, {})
    assert call.login.values["omeName"] == "boss"
    assert call.privileges == ["Sudo"]


def test_a_users_own_sessions(lab: Lab) -> None:
    call = lab.call(lab.bob)
    made = SESSIONS.createUserSession(call, 0, 1000, "lab")
    mine = {each.uuid.val for each in SESSIONS.getMyOpenSessions(call)}
    assert {made.uuid.val, call.session.uuid} <= mine
    with pytest.raises(omero.SecurityViolation, match="not a member"):
        SESSIONS.createUserSession(call, 0, 1000, "b")
    with pytest.raises(omero.SecurityViolation, match="more than the allowed"):
        SESSIONS.createUserSession(call, 0, 10**9, "lab")
