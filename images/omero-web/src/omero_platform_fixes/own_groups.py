"""A user's groups, without first reading everybody whom the site has.

Every user is in the group `user`. The gateway reads it with all its members, for each start page,
and leaves it out afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def repair() -> None:
    """Leave the group out before the others are read."""
    from omero.gateway import BlitzGateway

    BlitzGateway.getGroupsMemberOf = _own_groups


def _own_groups(self: Any) -> Iterator[Any]:
    """The groups of the current user, but for `user`."""
    everybody = self.getAdminService().getSecurityRoles().userGroupId
    own = [group for group in self.getEventContext().memberOfGroups if group != everybody]
    # Asked for the groups of no ids, the gateway answers all.
    if own:
        yield from self.getObjects("ExperimenterGroup", own, opts={"load_experimenters": True})
