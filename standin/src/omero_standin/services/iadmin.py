"""IAdmin: users, groups, memberships, privileges, passwords."""

# ruff: noqa: N802 - the methods have the names of OMERO's operations
from __future__ import annotations

from typing import Any

import omero.model
import omero.sys
from omero.constants.namespaces import NSEXPERIMENTERPHOTO
from omero.rtypes import rlist, rstring

from omero_standin import accounts as roles
from omero_standin import refuse
from omero_standin.binary import checksums
from omero_standin.call import Call, plain
from omero_standin.event_context import event_context
from omero_standin.model import schema
from omero_standin.model.enumeration import enumeration
from omero_standin.model.objects import Fetch
from omero_standin.model.permissions import PRIVILEGES, is_system
from omero_standin.model.store import Row
from omero_standin.saving.given import kind_of
from omero_standin.services.group_links import mixed_links
from omero_standin.services.iadmin_groups import (
    Groups,
    given_group,
    given_user,
    need_or_lead,
    unelevated,
)

_USER: Fetch = {"groupExperimenterMap": {"parent": {}}}
_GROUP: Fetch = {"groupExperimenterMap": {"child": {}}}
_TEXTS = ("omeName", "firstName", "middleName", "lastName", "institution", "email")


class Admin(Groups):
    """The operations that logins, OMERO.web and the platform's bootstrap use."""

    # --- who am I

    def getEventContext(self, call: Call) -> Any:
        """The session, its user, its group and what the user is."""
        return event_context(call)

    def getSecurityRoles(self, _call: Call) -> Any:
        """The ids and names that mean something to the server."""
        made = omero.sys.Roles()
        made.rootId, made.rootName = roles.ROOT, "root"
        made.guestId, made.guestName = roles.GUEST, "guest"
        made.systemGroupId, made.systemGroupName = roles.SYSTEM_GROUP, "system"
        made.userGroupId, made.userGroupName = roles.USER_GROUP, "user"
        made.guestGroupId, made.guestGroupName = roles.GUEST_GROUP, "guest"
        return made

    def getCurrentAdminPrivileges(self, call: Call) -> Any:
        """The caller's privileges."""
        return _privileges(call.privileges)

    def getAdminPrivileges(self, call: Call, user: Any) -> Any:
        """Another user's privileges."""
        return _privileges(call.accounts.privileges(given_user(call, user)))

    def getAdminsWithPrivileges(self, call: Call, privileges: Any) -> Any:
        """The administrators that have all of these."""
        wanted = set(_asked(privileges))
        found = [u for u in call.store.rows("Experimenter") if call.accounts.is_admin(u)]
        return _objects(
            call, [u for u in found if wanted <= set(call.accounts.privileges(u))], _USER
        )

    def canUpdate(self, call: Call, given: Any) -> Any:
        """Whether the caller may change an object."""
        row = call.store.get(kind_of(given), plain(given.id))
        return call.sees(row) and call.rights(row).edit

    def synchronizeLoginCache(self, call: Call) -> None:
        """Logins ask the accounts each time."""
        call.need_privilege("ModifyUser")

    # --- looking up

    def getExperimenter(self, call: Call, user_id: int) -> Any:
        """A user by id, with its groups."""
        return call.marshaller().object(call.accounts.user(user_id), _USER)

    def lookupExperimenter(self, call: Call, name: str) -> Any:
        """A user by login name, with its groups."""
        return call.marshaller().object(call.accounts.user_named(name), _USER)

    def lookupExperimenters(self, call: Call) -> Any:
        """All users."""
        return _objects(call, call.store.rows("Experimenter"), _USER)

    def getGroup(self, call: Call, group_id: int) -> Any:
        """A group by id, with its members."""
        return call.marshaller().object(call.accounts.group(group_id), _GROUP)

    def lookupGroup(self, call: Call, name: str) -> Any:
        """A group by name, with its members."""
        return call.marshaller().object(call.accounts.group_named(name), _GROUP)

    def lookupGroups(self, call: Call) -> Any:
        """All groups."""
        return _objects(call, call.store.rows("ExperimenterGroup"), _GROUP)

    def containedExperimenters(self, call: Call, group_id: int) -> Any:
        """The members of a group."""
        return _objects(call, call.accounts.members_of(call.accounts.group(group_id)), _USER)

    def containedGroups(self, call: Call, user_id: int) -> Any:
        """The groups of a user."""
        return _objects(call, call.accounts.groups_of(call.accounts.user(user_id)), _GROUP)

    def getDefaultGroup(self, call: Call, user_id: int) -> Any:
        """The group in which a user's sessions start."""
        groups = call.accounts.groups_of(call.accounts.user(user_id))
        if not groups:
            raise refuse.usage(f"user {user_id} is in no group")
        return call.marshaller().object(groups[0], _GROUP)

    def getMemberOfGroupIds(self, call: Call, user: Any) -> Any:
        """The ids of a user's groups."""
        return [group.id for group in call.accounts.groups_of(given_user(call, user))]

    def getLeaderOfGroupIds(self, call: Call, user: Any) -> Any:
        """The ids of the groups that a user owns."""
        return [group.id for group in call.accounts.led_by(given_user(call, user))]

    def lookupLdapAuthExperimenters(self, _call: Call) -> Any:
        """No user logs in by LDAP here."""
        return rlist([])

    def lookupLdapAuthExperimenter(self, _call: Call, _user_id: int) -> Any:
        """No user logs in by LDAP here: null."""
        return None

    def getMyUserPhotos(self, call: Call) -> Any:
        """The files of the caller's photos."""
        return _objects(call, _photos(call), {"hasher": {}})

    # --- changing

    def createUser(self, call: Call, user: Any, group: str) -> Any:
        """A new user in a group, without a password."""
        chosen = call.accounts.group_named(group)
        return self.createExperimenter(call, user, omero.model.ExperimenterGroupI(chosen.id), [])

    def createSystemUser(self, call: Call, user: Any) -> Any:
        """A new full administrator, without a password."""
        return self._create_admin(call, user, PRIVILEGES, None)

    def createRestrictedSystemUser(self, call: Call, user: Any, privileges: Any) -> Any:
        """A new restricted administrator, without a password."""
        return self._create_admin(call, user, _asked(privileges), None)

    def createRestrictedSystemUserWithPassword(
        self, call: Call, user: Any, privileges: Any, password: Any
    ) -> Any:
        """A new restricted administrator."""
        return self._create_admin(call, user, _asked(privileges), plain(password))

    def createExperimenter(self, call: Call, user: Any, default: Any, others: Any) -> Any:
        """A new user in several groups, without a password."""
        return self.createExperimenterWithPassword(call, user, None, default, others)

    def createExperimenterWithPassword(
        self, call: Call, user: Any, password: Any, default: Any, others: Any
    ) -> Any:
        """A new user in several groups."""
        groups = [given_group(call, each) for each in (default, *others)]
        need_or_lead(call, "ModifyUser", [each for each in groups if each.id != roles.USER_GROUP])
        if any(group.id == roles.SYSTEM_GROUP for group in groups):
            _no_more_than_own(call, set(PRIVILEGES))
        return call.accounts.create_user(_texts(user), groups, plain(password)).id

    def setAdminPrivileges(self, call: Call, user: Any, privileges: Any) -> None:
        """Restrict an administrator to these privileges."""
        call.need_privilege("ModifyUser")
        wanted = set(_asked(privileges))
        row = given_user(call, user)
        if row.id == roles.ROOT and wanted < set(PRIVILEGES):
            raise refuse.usage("cannot remove light administrator privileges from the root user")
        with unelevated(call, row):
            call.accounts.set_privileges(row, wanted)

    def deleteExperimenter(self, call: Call, user: Any) -> None:
        """Delete a user who has no data."""
        call.need_privilege("ModifyUser")
        row = given_user(call, user)
        if row.id in (roles.ROOT, roles.GUEST):
            raise refuse.invalid(f"user {row.values['omeName']} cannot be deleted")
        for kind in schema.kinds():
            if not is_system(kind) and call.store.holding(kind, "@owner", row.id):
                raise refuse.invalid(
                    f"could not delete Experimenter:{row.id}: data of the type {kind} is theirs"
                )
        call.accounts.delete_user(row)

    def changePassword(self, call: Call, new: Any) -> None:
        """Set the caller's own password, for a client that has given the present one."""
        call.need_password()
        if call.session.sudoer is not None:
            raise refuse.forbidden("a sudo session cannot change the password of its user")
        call.accounts.set_password(call.user, plain(new))

    def changeUserPassword(self, call: Call, name: str, password: Any) -> None:
        """Set another user's password, for a client that has given its own.

        Only a full administrator may set another administrator's. Without a password the account
        is locked.
        """
        call.need_password()
        call.need_privilege("ModifyUser")
        user = call.accounts.user_named(name)
        _need_above(call, user)
        call.accounts.set_password(user, plain(password))

    def changePasswordWithOldPassword(self, call: Call, old: Any, new: Any) -> None:
        """Set the caller's own password, for the one that knows the old one."""
        name = call.user.values["omeName"]
        if call.accounts.check_password(name, plain(old)) is None:
            raise refuse.forbidden("the old password is not right")
        call.accounts.set_password(call.user, plain(new))

    def updateSelf(self, call: Call, given: Any) -> None:
        """Change the caller's own names and address."""
        if plain(given.id) not in (None, call.user.id):
            raise refuse.forbidden("updateSelf changes the caller only")
        texts = _texts(given)
        texts.pop("omeName")
        call.store.update(call.user, **texts)

    def updateExperimenter(self, call: Call, given: Any) -> None:
        """Change a user's names and address."""
        row = given_user(call, given)
        if row.id == call.user.id and "ModifyUser" not in call.privileges:
            self.updateSelf(call, given)
            return
        call.need_privilege("ModifyUser")
        call.accounts.rename(row, "omeName", plain(given.omeName))
        call.store.update(row, **_texts(given))

    def updateExperimenterWithPassword(self, call: Call, given: Any, password: Any) -> None:
        """Change a user's names, address and password."""
        with call.store.transaction():
            self.updateExperimenter(call, given)
            call.accounts.set_password(given_user(call, given), plain(password))

    def changeExpiredCredentials(self, _call: Call, _name: str, _old: str, _new: str) -> None:
        """Never: the real server does not support its own operation either."""
        raise refuse.server_fault("changeExpiredCredentials: UnsupportedOperationException")

    def changePermissions(self, call: Call, given: Any, permissions: Any) -> None:
        """Give a group other permissions; those of single objects cannot be changed."""
        kind = kind_of(given)
        if kind != "ExperimenterGroup":
            raise refuse.forbidden(f"Only groups allowed, not {kind}")
        group = given_group(call, given)
        led = {each.id for each in call.accounts.led_by(call.login)}
        if group.id not in led and "ModifyGroup" not in call.privileges:
            raise refuse.forbidden("chmod not permitted")
        level = str(permissions)
        before = call.accounts.level(group.id)
        if level[2] != "r" and before[2] == "r" and (mixed := mixed_links(call, group)):
            raise refuse.forbidden(
                f"group {group.values['name']} has {len(mixed)} links between the data of "
                f"different users, as {mixed[0].kind}:{mixed[0].id}: it cannot become private"
            )
        call.accounts.set_level(group, level)

    def uploadMyUserPhoto(self, call: Call, filename: str, mimetype: str, data: bytes) -> Any:
        """The caller's photo, in place of the one before; the id of its file."""
        values = {"name": filename, "path": filename, "mimetype": mimetype}
        with call.store.transaction():
            found = _photos(call)
            if found:
                file = found[0]
                call.store.update(file, **values)
            else:
                ownership = {"owner": call.user.id, "group": roles.USER_GROUP}
                file = call.store.insert("OriginalFile", values, **ownership)
                about = {"ns": NSEXPERIMENTERPHOTO, "file": file.ref}
                annotation = call.store.insert("FileAnnotation", about, **ownership)
                link = {"parent": call.user.ref, "child": annotation.ref}
                call.store.insert("ExperimenterAnnotationLink", link, **ownership)
            # As in a file that is written, what was longer before keeps its end.
            path = call.kernel.data.content(file)
            path.touch()
            with path.open("r+b") as content:
                content.write(data)
            call.store.update(
                file,
                size=path.stat().st_size,
                hash=checksums.of_file(path),
                hasher=enumeration(call.store, "ChecksumAlgorithm", checksums.DEFAULT),
            )
        return file.id

    def _create_admin(self, call: Call, user: Any, privileges: Any, password: str | None) -> int:
        call.need_privilege("ModifyUser")
        _no_more_than_own(call, set(privileges))
        groups = [call.accounts.group(roles.SYSTEM_GROUP)]
        with call.store.transaction():
            made = call.accounts.create_user(_texts(user), groups, password)
            call.accounts.set_privileges(made, privileges)
        return made.id


def _photos(call: Call) -> list[Row]:
    links = call.store.referring("ExperimenterAnnotationLink", "parent", call.user.ref)
    annotations = [call.store.get(*link.values["child"]) for link in links]
    return [
        call.store.get(*each.values["file"])
        for each in annotations
        if each.kind == "FileAnnotation" and each.values.get("ns") == NSEXPERIMENTERPHOTO
    ]


def _need_above(call: Call, user: Row) -> None:
    """Only those who may all that another administrator may change that one's account."""
    if call.accounts.is_admin(user) and user.id != call.user.id:
        _no_more_than_own(call, set(call.accounts.privileges(user)))


def _no_more_than_own(call: Call, wanted: set[str]) -> None:
    """Nobody makes or becomes an administrator that may more than the caller."""
    if missing := wanted - set(call.privileges):
        raise refuse.forbidden(
            "cannot give administrator privileges that current user does not have: "
            f"{', '.join(sorted(missing))}"
        )


def _objects(call: Call, rows: list[Row], fetch: Fetch) -> list[Any]:
    return call.marshaller().objects(rows, fetch)


def _texts(user: Any) -> dict[str, Any]:
    return {name: plain(getattr(user, f"_{name}")) for name in _TEXTS}


def _asked(privileges: Any) -> list[str]:
    """The names of the privileges that a client gives."""
    for each in privileges:
        if not each.loaded:
            raise refuse.usage(f"Object unloaded: AdminPrivilege:{plain(each.id)}")
    names = [plain(each.value) for each in privileges]
    if unknown := [name for name in names if name not in PRIVILEGES]:
        raise refuse.usage(f"unknown light administrator privilege: {unknown[0]}")
    return names


def _privileges(names: list[str]) -> list[Any]:
    made = []
    for name in names:
        each = omero.model.AdminPrivilegeI()
        each.setValue(rstring(name))
        made.append(each)
    return made
