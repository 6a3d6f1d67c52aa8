"""Accounts and passwords. Nobody logs in with what is made here: it can be deleted again."""

from __future__ import annotations

import secrets
from functools import partial
from typing import Any, Final

import omero.clients  # isort: skip
import omero.model
from omero.rtypes import rbool, rstring

from omero_standin.recording.account import Account
from omero_standin.recording.catalogue.row import Rows
from omero_standin.recording.lab import Lab
from omero_standin.recording.shown import ids

ROWS: Final = Rows()


def _person(lab: Lab, word: str) -> Any:
    made = omero.model.ExperimenterI()
    made.omeName, made.ldap = rstring(lab.name(word)), rbool(False)
    made.firstName, made.lastName = rstring("Standin"), rstring("Record")
    return made


def _locked(lab: Lab, word: str, password: str) -> str:
    """A new account of the group of all users; its name."""
    made = _person(lab, word)
    admin = lab.client.sf.getAdminService()
    everybody = omero.model.ExperimenterGroupI(admin.getSecurityRoles().userGroupId, False)
    admin.createExperimenterWithPassword(made, rstring(password), everybody, [])
    return str(made.omeName.val)


@ROWS.row("B10", "a session that was joined by its key opens another one")
def without_password(lab: Lab) -> None:
    """Who has given no password may not."""
    client = lab.joined()
    sessions = lab.on("ISession", client.sf.getSessionService())
    group = client.sf.getAdminService().getEventContext().groupName
    with lab.may_fail():
        made = sessions.createUserSession(0, 1000, group, show=lambda _: "a session")
        lab.client.sf.getSessionService().closeSession(made)


@ROWS.row(
    "B10p", "a session that was joined by its key changes a password",
    needs=("full administrator",),
)  # fmt: skip
def password_without_password(lab: Lab) -> None:
    """Of an account of the run."""
    secret = lab.hide(secrets.token_hex(12))
    name = _locked(lab, "person-1", secret)
    client = lab.joined()
    with lab.may_fail():
        lab.on("IAdmin", client.sf.getAdminService()).changeUserPassword(name, rstring(secret))
    with lab.may_fail():
        lab.on("ServiceFactory", client.sf).setSecurityPassword(lab.hide(secrets.token_hex(12)))


@ROWS.row("B11", "an account's password is removed", needs=("full administrator",))
def locked(lab: Lab) -> None:
    """Nobody can log in with it then."""
    name = _locked(lab, "person-2", lab.hide(secrets.token_hex(12)))
    with lab.may_fail():
        lab.admin.changeUserPassword(name, None)
    for guess in ("omero", "None"):
        lab.ask(
            "Router.createSession is refused", [name, guess],
            partial(lab.server.refuses, Account(name, guess)),
        )  # fmt: skip


@ROWS.row(
    "B23", "a restricted administrator puts another one into the group of administrators",
    needs=("restricted administrator",),
)  # fmt: skip
def no_more_than_before(lab: Lab) -> None:
    """The account is in it already: its privileges do not rise."""
    privilege = omero.model.AdminPrivilegeI()
    privilege.value = rstring("ModifyUser")
    made = lab.admin.createRestrictedSystemUser(
        _person(lab, "person-3"), [privilege], show=ids("Experimenter")
    )
    with lab.may_fail():
        lab.admin.addGroups(
            omero.model.ExperimenterI(made, False),
            [omero.model.ExperimenterGroupI(int(lab.system), False)],
        )


@ROWS.row("A1", "a user makes a group", needs=("ordinary user",))
def refused(lab: Lab) -> None:
    """That is refused."""
    group = omero.model.ExperimenterGroupI()
    group.name, group.ldap = rstring(lab.name("group")), rbool(False)
    with lab.may_fail():
        lab.admin.createGroup(group, show=ids("ExperimenterGroup"))
