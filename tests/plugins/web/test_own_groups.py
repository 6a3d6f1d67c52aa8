"""A user's groups are read without the one in which everybody is."""

from __future__ import annotations

from typing import Any

import pytest
from omero.gateway import BlitzGateway
from omero_platform_fixes import own_groups


def described(group: Any) -> tuple[Any, ...]:
    leaders, members = group.groupSummary()
    return (group.id, group.name, [each.id for each in leaders], [each.id for each in members])


def test_the_same_groups_are_found(ada: BlitzGateway) -> None:
    stock = list(map(described, ada.getGroupsMemberOf()))
    ours = list(map(described, own_groups._own_groups(ada)))
    assert ours == stock
    assert {name for _, name, *_ in ours} == {"cell-biology", "imaging-core"}


def test_everybody_is_not_read(ada: BlitzGateway, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[int]] = []
    read = ada.getObjects

    def noted(kind: str, ids: list[int], **options: Any) -> Any:
        asked.append(list(ids))
        return read(kind, ids, **options)

    monkeypatch.setattr(ada, "getObjects", noted)
    found = [group.id for group in own_groups._own_groups(ada)]
    (ids,) = asked
    assert sorted(ids) == sorted(found)
    assert ada.getAdminService().getSecurityRoles().userGroupId not in ids


def test_who_is_in_no_other_group_has_none(ada: BlitzGateway) -> None:
    roles = ada.getAdminService().getSecurityRoles()
    ada.getEventContext().memberOfGroups = [roles.userGroupId]
    assert list(own_groups._own_groups(ada)) == []
