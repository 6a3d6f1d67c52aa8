"""Writing fails for want of room, between two looks at the volume, or for another reason."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

import omero_ims
from omero_plugin_common.jobs import JobFailed
from omeroweb_imaris_connector.planning.image import Image
from omeroweb_imaris_connector.services.room import RESERVE
from omeroweb_imaris_connector.services.room_watch import RoomWatch

IMAGE = Image(
    id=5, name="cells", group_id=3, description="", acquired=None, pixels_id=6,
    sizes=(1, 1, 1, 1, 1), pixel_type="uint8", voxel=(None, None, None), interval=None,
    version=(), channels=(),
)  # fmt: skip


def watch(folder: Path, monkeypatch: pytest.MonkeyPatch, free: int) -> RoomWatch:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    return RoomWatch(folder, IMAGE)


@pytest.mark.parametrize("why", ["no space left on the disk", "the disk quota is used up"])
def test_the_disk_says_it_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    """A quota is used up while the disk has room."""
    error = omero_ims.WriteFailed(f"x.ims could not be written: {why}")
    with pytest.raises(JobFailed, match=r"became full while image 5 \(cells\)") as raised:
        watch(tmp_path, monkeypatch, 10 * RESERVE).explain(error)
    assert raised.value.code == "volume_full"


def test_another_error_of_the_disk_is_not_called_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch(tmp_path, monkeypatch, 10 * RESERVE).explain(omero_ims.WriteFailed("input/output error"))


def test_it_ends_before_the_last_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    watch(tmp_path, monkeypatch, RESERVE).check()
    with pytest.raises(JobFailed):
        watch(tmp_path, monkeypatch, RESERVE - 1).check()
