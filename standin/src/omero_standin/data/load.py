"""A description of accounts and data → rows. The format is in the README."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from omero_standin import passwords
from omero_standin.accounts import Accounts
from omero_standin.data.check import BadDescription, known
from omero_standin.data.tree import Tree

if TYPE_CHECKING:
    from omero_standin.kernel import Kernel


def read(path: Path) -> dict[str, Any]:
    """The description in a YAML or JSON file; an error names what is wrong with it."""
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise BadDescription(f"{path}: {error}") from error
    if not isinstance(found, dict):
        raise BadDescription(f"{path}: expected a mapping with groups, users and data")
    return found


def load(kernel: Kernel, description: dict[str, Any]) -> None:
    """Fill a stand-in that has its first accounts only."""
    known(description, "the description", "groups", "users", "data")
    accounts = kernel.accounts
    with kernel.store.lock:
        for group in description.get("groups", ()):
            known(group, "a group", "name", "permissions", "description")
            accounts.create_group(
                group["name"], group.get("permissions", "rw----"), group.get("description")
            )
        for user in description.get("users", ()):
            _add_user(accounts, user)
        for block in description.get("data", ()):
            Tree(kernel, block).add()


def _add_user(accounts: Accounts, user: dict[str, Any]) -> None:
    known(
        user, "a user",
        "name", "password", "first", "last", "email", "institution", "groups", "owns", "privileges",
    )  # fmt: skip
    name = user["name"]
    values = {
        "omeName": name,
        "firstName": user.get("first", name.title()),
        "lastName": user.get("last", "Demo"),
        "email": user.get("email"),
        "institution": user.get("institution"),
    }
    groups = [accounts.group_named(each) for each in user.get("groups", ())]
    privileges = user.get("privileges")
    if privileges is not None:
        groups.append(accounts.group_named("system"))
    row = accounts.create_user(values, groups, None)
    # The password is in the description for everyone to read: a slow hash would protect nothing.
    accounts.store.set_secret(row, passwords.quickly_hashed(str(user.get("password", name))))
    for each in user.get("owns", ()):
        accounts.set_owner(accounts.group_named(each), row, owner=True)
    if privileges not in (None, "all"):
        accounts.set_privileges(row, privileges)
