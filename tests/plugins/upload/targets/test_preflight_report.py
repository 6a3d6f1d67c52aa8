"""The report before a byte moves, with a server, the database and a staging volume."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from omero_plugin_common.database import Database
from omero_plugin_common.errors import BadRequest
from omero_plugin_common.web import Caller
from omeroweb_upload.omero_api import space, targets
from omeroweb_upload.planning.settings import StartBody
from omeroweb_upload.services import preflight
from upload_places import Places

SUM = "c" * 40


class Ask:
    """Asks for reports as a user."""

    def __init__(self, omero: Places) -> None:
        self.omero = omero

    def __call__(
        self,
        files: list[dict[str, Any]],
        target: dict[str, Any] | None = None,
        user: str = "ada",
        **body: Any,
    ) -> dict[str, Any]:
        asks = self.omero.asks(user)
        caller = Caller(
            self.omero.user(user), asks.user_id, user, asks.group_id, asks.is_admin, "test"
        )
        whole = {"files": files, "target": target or {"new_dataset": "New"}, **body}
        report = preflight.report(caller, StartBody.model_validate_json(json.dumps(whole)))
        # A page gets it as JSON.
        return dict(json.loads(json.dumps(report)))


@pytest.fixture
def ask(omero: Places, database: Database, staging_folder: Path) -> Ask:
    return Ask(omero)


def _files(*paths: str, size: int = 10) -> list[dict[str, Any]]:
    return [{"relative_path": path, "size": size} for path in paths]


def _codes(report: dict[str, Any]) -> dict[str, str]:
    return {each["code"]: each["severity"] for each in report["findings"]}


def _rows(database: Database) -> int:
    with database.transaction() as cursor:
        cursor.execute("select count(*) as n from upload_jobs")
        row = cursor.fetchone()
    assert row is not None
    return int(row["n"])


def test_a_good_upload_can_start_and_nothing_is_stored(ask: Ask, database: Database) -> None:
    project = ask.omero.id_of("Project", "Project sharing")
    report = ask(
        _files("day 1/a.tif", "day 1/b.tif", "day 2/c.czi", "day 1/Thumbs.db"),
        {"project": project, "from_folders": True},
    )
    assert report["can_start"] is True
    assert _codes(report) == {"skipped": "informs", "new_datasets": "informs"}
    assert report["datasets"] == [
        {"name": "day 1", "files": 2, "id": None},
        {"name": "day 2", "files": 1, "id": None},
    ]
    assert report["totals"] == {
        "files": 3, "bytes": 30, "images": 3, "attachments": 0, "spectra": 0, "skipped": 1,
        "largest": 10,
    }  # fmt: skip
    assert report["target"]["group"]["name"] == "sharing"
    assert "Project sharing" in report["target"]["where"]
    assert _rows(database) == 0
    again = ask(_files("day 1/a.tif"), {"project": project, "from_folders": True})
    assert again["datasets"][0]["id"] is None


def test_everything_that_is_wrong_is_said_at_once(ask: Ask) -> None:
    files = _files(
        "../../etc/passwd", "C:/x.tif", "nul\u0000.tif", "a//b.tif", "/abs.tif",
        "twice.tif", "twice.tif", "f/x.tif", "f", "x" * 256,
    )  # fmt: skip
    report = ask([*files, *_files("empty.tif", size=0), *_files("report.docx")])
    assert report["can_start"] is False
    assert _codes(report) == {
        "bad_path": "blocks",
        "path_twice": "blocks",
        "file_and_folder": "blocks",
        "empty": "warns",
        "no_images": "warns",
        "new_datasets": "informs",
    }
    assert [each["severity"] for each in report["findings"]] == sorted(
        (each["severity"] for each in report["findings"]),
        key=["blocks", "warns", "informs"].index,
    )
    [bad] = [each for each in report["findings"] if each["code"] == "bad_path"]
    assert bad["count"] == 6


def test_a_target_that_cannot_be_used_does_not_hide_the_rest(ask: Ask) -> None:
    project = ask.omero.id_of("Project", "Project notes")
    report = ask(_files("empty.tif", size=0), {"project": project, "from_folders": True}, "ben")
    assert _codes(report) == {"may_not_link": "blocks", "empty": "warns"}
    assert (report["can_start"], report["target"]) == (False, None)
    hidden = ask.omero.dataset("private")
    assert _codes(ask(_files("a.tif"), {"dataset": hidden}, "ben")) == {"no_target": "blocks"}


def test_what_the_dataset_has_already(ask: Ask) -> None:
    dataset = ask.omero.dataset("sharing")
    name = min(ask.omero.images("sharing"))
    report = ask(_files(f"x/{name}", "x/new.tif"), {"dataset": dataset}, "ben")
    assert _codes(report) == {"name_in_target": "warns"}
    assert report["datasets"] == [{"name": "cells", "files": 2, "id": dataset}]
    project = ask.omero.id_of("Project", "Project sharing")
    by_folder = ask(_files(f"cells/{name}"), {"project": project, "from_folders": True}, "ben")
    assert _codes(by_folder) == {"name_in_target": "warns"}
    assert by_folder["datasets"][0]["id"] == dataset
    elsewhere = ask(_files(f"other/{name}"), {"project": project, "from_folders": True}, "ben")
    assert "name_in_target" not in _codes(elsewhere)


def test_a_new_project_that_is_there_is_used_again(ask: Ask) -> None:
    group = ask.omero.id_of("ExperimenterGroup", "sharing")
    project = targets.create(ask.omero.user("ada"), "Project", group, "Again")
    dataset = targets.create(ask.omero.user("ada"), "Dataset", group, "day", project=project)
    target = {"new_project": " Again", "from_folders": True}
    report = ask(_files("day/a.tif", "night/b.tif"), target)
    assert [(each["name"], each["id"]) for each in report["datasets"]] == [
        ("day", dataset),
        ("night", None),
    ]
    # Ben's new one of this name is his own.
    others = ask(_files("day/a.tif"), target, "ben")
    assert [each["id"] for each in others["datasets"]] == [None]


def test_files_that_belong_together_make_one_dataset(ask: Ask) -> None:
    files = _files("s/Scan.vsi", "s/_Scan_/stack1/frame_t.ets", "s/t_1.tif", "s/t_2.tif")
    report = ask(files, {"from_folders": True})
    assert [each["name"] for each in report["datasets"]] == ["s"]
    assert report["groups"] == [
        {"path": "s/Scan.vsi", "files": 2, "becomes": "images", "format": "CellSens"}
    ]
    assert {"becomes_images", "numbered"} <= set(_codes(report))
    rules = [{"extensions": [".txt"], "to": "image"}]
    needed = ask(_files("p/metadata.txt", "p/img_0.tif"), settings={"attach": rules})
    assert not any(code.startswith("attached") for code in _codes(needed))


def test_rules_for_attachments(ask: Ask) -> None:
    rules = [
        {"extensions": [".pdf"], "to": "image"},
        {"extensions": [".log"], "to": "project"},
        {"extensions": [".tmp"], "to": "none"},
    ]
    report = ask(
        _files("a/x.tif", "a/x.pdf", "a/y.pdf", "a/z.log", "a/w.tmp"), settings={"attach": rules}
    )
    assert _codes(report) == {
        "attached_to_image": "informs",
        "attached_to_dataset": "informs",
        "attached_to_project": "informs",
        "skipped": "informs",
        "new_datasets": "informs",
    }
    assert report["totals"]["files"] == 4


def test_limits_and_room(ask: Ask, monkeypatch: pytest.MonkeyPatch, database: Database) -> None:
    huge = 2**61
    assert {"too_large", "no_room", "no_room_in_omero"} <= set(_codes(ask(_files("a", size=huge))))
    monkeypatch.setenv("OMERO_WEB_UPLOAD_MAX_BYTES", "15")
    assert _codes(ask(_files("a.tif", "b.tif")))["too_large"] == "blocks"
    monkeypatch.setattr(space, "free_bytes", lambda _: 10)
    assert _codes(ask(_files("a.tif")))["little_room_in_omero"] == "warns"
    monkeypatch.setattr(space, "free_bytes", lambda _: 9)
    assert _codes(ask(_files("a.tif")))["no_room_in_omero"] == "blocks"
    in_place = ask(_files("a.tif"), settings={"transfer": "in_place"})
    assert _codes(in_place) == {"no_in_place": "blocks", "new_datasets": "informs"}


def test_only_system_files(ask: Ask) -> None:
    report = ask(_files("Thumbs.db", "a/.DS_Store"))
    assert _codes(report)["nothing_to_send"] == "blocks"


def test_the_body_of_the_docker_edition(ask: Ask) -> None:
    project = ask.omero.id_of("Project", "Project sharing")
    body = {"files": _files("a.tif"), "project_id": project}
    caller = Caller(ask.omero.user("ada"), 1, "ada", 0, False, "")
    older = preflight.report(caller, StartBody.model_validate_json(json.dumps(body)))
    assert older["target"]["where"].startswith("Project Project sharing")
    mixed = {**body, "target": {"new_dataset": "x"}}
    with pytest.raises(BadRequest):
        preflight.report(caller, StartBody.model_validate_json(json.dumps(mixed)))


def test_a_hundred_thousand_files(ask: Ask) -> None:
    files = [
        {"relative_path": f"d{n % 300}/t_{n:06}.tif", "size": 10, "sha1": f"{n:040x}"}
        for n in range(100_000)
    ]
    project = ask.omero.id_of("Project", "Project sharing")
    report = ask(files, {"project": project, "from_folders": True})
    assert report["can_start"]
    assert (report["datasets_total"], len(report["datasets"])) == (300, 200)
    assert len(json.dumps(report)) < 40_000
    report = ask([*files, *_files("one more.tif")], {"project": project, "from_folders": True})
    assert _codes(report)["too_many_files"] == "blocks"
