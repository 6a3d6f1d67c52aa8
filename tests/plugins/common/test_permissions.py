"""What users may do with objects, asked of the stand-in."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest

# First: imported after Glacier2 it would define its exceptions a second time.
import omero.clients  # isort: skip
import omero.model
from omero.gateway import BlitzGateway
from omero.rtypes import rbool, rstring

import local_services
from omero_plugin_common import permissions
from omero_plugin_common.errors import BadRequest, Forbidden, NotFound

PASSWORD = "a-password"
Connect = Callable[[str], Any]
_numbers = itertools.count()


class Lab:
    """A group of two, with a dataset of ada's."""

    def __init__(self, connect: Connect, root: Any, level: str) -> None:
        """Makes users, group and dataset."""
        admin = root.getAdminService()
        everybody = omero.model.ExperimenterGroupI(admin.getSecurityRoles().userGroupId, False)
        self.group = root.createGroup(f"lab {next(_numbers)}", perms=level)
        own = omero.model.ExperimenterGroupI(self.group, False)
        self.names = {name: f"{name}{self.group}" for name in ("ada", "grace")}
        for name in self.names.values():
            user = omero.model.ExperimenterI()
            user.omeName = user.firstName = user.lastName = rstring(name)
            user.ldap = rbool(False)
            admin.createExperimenterWithPassword(user, rstring(PASSWORD), own, [everybody])
        self.ada, self.grace = (connect(name) for name in self.names.values())
        self.datasets = []
        for number in range(2):
            dataset = omero.model.DatasetI()
            dataset.name = rstring(f"dataset {number}")
            saved = self.ada.getUpdateService().saveAndReturnObject(dataset)
            self.datasets.append(int(saved.id.val))


@pytest.fixture(scope="module")
def standin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[local_services.Service]:
    with local_services.standin(tmp_path_factory.mktemp("standin")) as running:
        yield running


@pytest.fixture(scope="module")
def connect(standin: local_services.Service) -> Iterator[Connect]:
    opened: list[Any] = []

    def connected(user: str) -> Any:
        password = standin.password if user == "root" else PASSWORD
        gateway = BlitzGateway(user, password, host="127.0.0.1", port=standin.port, secure=True)
        opened.append(gateway)
        assert gateway.connect(), gateway.getLastError()
        return gateway

    yield connected
    for gateway in opened:
        gateway.close()


@pytest.fixture(scope="module")
def root(connect: Connect) -> Any:
    return connect("root")


@pytest.mark.parametrize(
    ("level", "others"),
    [
        ("rw----", None),
        ("rwr---", set()),
        ("rwra--", {"annotate"}),
        ("rwrw--", {"annotate", "edit", "delete", "link"}),
    ],
)
def test_the_groups_level_decides(
    connect: Connect, root: Any, level: str, others: set[str] | None
) -> None:
    lab = Lab(connect, root, level)
    mine = permissions.access(lab.ada, "Dataset", lab.datasets)
    assert set(mine) == set(lab.datasets)
    for each in mine.values():
        assert each.can == {"annotate", "edit", "delete", "link"}
        assert (each.owner_id, each.group_id) == (lab.ada.getUserId(), lab.group)
    assert permissions.owned(lab.ada, "Dataset", lab.datasets) == set(lab.datasets)
    assert permissions.by_group(mine.values()) == {lab.group: lab.datasets}

    theirs = permissions.access(lab.grace, "Dataset", lab.datasets)
    assert permissions.owned(lab.grace, "Dataset", lab.datasets) == set()
    if others is None:
        assert theirs == {}
        with pytest.raises(NotFound, match=str(lab.datasets[0])):
            permissions.require(lab.grace, "Dataset", lab.datasets, "read")
        return
    assert set(theirs) == set(lab.datasets)
    for each in theirs.values():
        assert each.can == others
    for action in ("annotate", "edit", "delete", "link"):
        expected = set(lab.datasets) if action in others else set()
        assert permissions.permitted(lab.grace, "Dataset", lab.datasets, action) == expected
        if action not in others:
            with pytest.raises(Forbidden, match=f"may not {action} Dataset"):
                permissions.require(lab.grace, "Dataset", lab.datasets, action)


def test_one_foreign_object_refuses_all(connect: Connect, root: Any) -> None:
    lab = Lab(connect, root, "rwr---")
    missing = 987_654_321
    with pytest.raises(NotFound, match=str(missing)):
        permissions.require(lab.ada, "Dataset", [*lab.datasets, missing], "read")


def test_ids_are_asked_in_batches(root: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    service = root.getQueryService()

    class Counting:
        def projection(self, query: str, parameters: Any, options: Any) -> Any:
            calls.append(len(parameters.map["ids"].val))
            return service.projection(query, parameters, options)

    monkeypatch.setattr(root, "getQueryService", Counting)
    assert permissions.access(root, "Dataset", range(10**9, 10**9 + 12_000)) == {}
    assert calls == [5000, 5000, 2000]
    assert permissions.access(root, "Dataset", []) == {}
    assert len(calls) == 3


def test_only_kinds_of_objects_are_asked_for(root: Any) -> None:
    with pytest.raises(BadRequest, match="not a kind"):
        permissions.access(root, "Dataset d, Session", [1])
