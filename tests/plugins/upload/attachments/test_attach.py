"""Files that are no images, attached by a job to what they belong to."""

from __future__ import annotations

import os
import uuid
from pathlib import PurePosixPath
from typing import Any

import pytest

from omero_plugin_common.omero_api import files as omero_files
from omero_plugin_common.omero_api import hql
from omeroweb_upload.omero_api.attachments import NAMESPACE, mimetype
from omeroweb_upload.planning.attachments import DEFAULT_RULES
from omeroweb_upload.planning.settings import AttachRule, JobSettings, Target
from omeroweb_upload.store import attached as store
from omeroweb_upload.transfer.staging import Staging
from upload_attached import Attached, Imported, sha1
from upload_places import Places

RULES = JobSettings(attach=DEFAULT_RULES)


def _name(ending: str = ".pdf") -> str:
    return f"{uuid.uuid4().hex[:8]}{ending}"


@pytest.fixture
def dataset(omero: Places) -> int:
    return omero.dataset("sharing")


@pytest.fixture
def two(omero: Places) -> list[int]:
    return sorted(omero.images("sharing").values())


def test_a_file_goes_to_the_image_of_its_name(
    attached: Attached, dataset: int, two: list[int]
) -> None:
    stem = _name("")
    upload = attached.upload(
        {
            f"a/{stem}.tif": Imported((two[0],), dataset=dataset),
            f"b/{stem}.tif": Imported((two[1],), dataset=dataset),
        },
        {f"a/{stem}.pdf": b"of a", f"b/{stem}.pdf": b"of b", f"b/{stem}.tif.log": b"a log"},
        settings=RULES,
    )
    assert attached.run(upload) == "done"
    assert attached.counted == {"attached": 3}
    on = attached.on("Image", *two)
    assert (f"{stem}.pdf", sha1(b"of a")) in on[two[0]]
    assert (f"{stem}.pdf", sha1(b"of b")) in on[two[1]]
    assert (f"{stem}.tif.log", sha1(b"a log")) in on[two[1]]
    row = attached.files(upload)[f"a/{stem}.pdf"]
    assert (row["state"], row["message"]) == ("attached", f"Attached to Image {two[0]}")
    assert row["sha1_staged"] == row["sha1_omero"] == sha1(b"of a")


def test_a_file_of_several_images_is_stored_once(
    attached: Attached, dataset: int, two: list[int], omero: Places
) -> None:
    name = _name()
    image = f"series/{name.removesuffix('.pdf')}.lif"
    upload = attached.upload(
        {image: Imported(tuple(two), dataset=dataset)}, {f"series/{name}": b"x"}, settings=RULES
    )
    attached.run(upload)
    assert {id_ for id_, on in attached.on("Image", *two).items() if (name, sha1(b"x")) in on} == {
        *two
    }
    assert attached.count(name) == 1
    query = "select f.mimetype, f.path from OriginalFile f where f.name = :name"
    [[kind, origin]] = hql.rows(omero.user("ben"), query, name=name)
    assert (kind, origin) == ("application/pdf", f"{upload.hex}/series/{name}")


def test_what_has_no_image_goes_to_the_dataset_of_its_folder(
    attached: Attached, dataset: int, two: list[int], omero: Places
) -> None:
    other = omero.make("ada", "Dataset", "sharing", "other")
    images = {
        "day1/x.tif": Imported((two[0],), dataset=dataset),
        "day2/y.tif": Imported((two[1],), dataset=other),
    }
    inner, outer = _name(), _name()
    upload = attached.upload(
        images, {f"day2/notes/deep/{inner}": b"inner", outer: b"outer"}, settings=RULES
    )
    attached.run(upload)
    assert attached.on("Dataset", other)[other] == [(inner, sha1(b"inner"))]
    assert (outer, sha1(b"outer")) in attached.on("Dataset", dataset)[dataset]


def test_a_rule_can_say_project_and_nothing(
    attached: Attached, dataset: int, two: list[int], omero: Places
) -> None:
    rules = (
        AttachRule(extensions=(".pdf",), to="project"),
        AttachRule(extensions=(".tmp",), to="none"),
    )
    name = _name()
    images = {"a/x.tif": Imported((two[0],), dataset=dataset)}
    upload = attached.upload(
        images, {f"a/{name}": b"p", "a/x.tmp": b"t"}, settings=JobSettings(attach=rules)
    )
    attached.run(upload)
    assert attached.counted == {"attached": 1, "skipped": 1}
    project = omero.id_of("Project", "Project sharing")
    assert (name, sha1(b"p")) in attached.on("Project", project)[project]
    assert attached.files(upload)["a/x.tmp"]["state"] == "skipped"


def test_plates_and_screens_have_attachments_too(attached: Attached, omero: Places) -> None:
    plate = omero.id_of("Plate", "P1")
    screen = omero.id_of("Screen", "Screen private")
    name, log = _name(), _name(".log")
    images = {
        f"p/{name.removesuffix('.pdf')}.xdce": Imported((10, 11), plates=(plate,), screen=screen)
    }
    upload = attached.upload(
        images, {f"p/{name}": b"plate", f"p/{log}": b"log"}, settings=RULES, group="private"
    )
    assert attached.run(upload, "private") == "done"
    ada = omero.user("ada")
    [on_plate] = omero_files.attachments(ada, "Plate", [plate], NAMESPACE)[plate]
    [on_screen] = omero_files.attachments(ada, "Screen", [screen], NAMESPACE)[screen]
    assert (on_plate.name, on_screen.name) == (name, log)


def test_nothing_is_attached_twice(attached: Attached, dataset: int, two: list[int]) -> None:
    name = _name()
    stem = name.removesuffix(".pdf")
    images = {f"{stem}.tif": Imported(tuple(two), dataset=dataset)}
    for _ in range(2):
        # As a replay of the same upload.
        upload = attached.upload(images, {name: b"same"}, settings=RULES)
        assert attached.run(upload) == "done"
        assert attached.counted == {"attached": 1}
        assert attached.run(upload) == "done"
        assert attached.counted == {}
    assert attached.count(name) == 1
    listed = [each for some in attached.on("Image", *two).values() for each in some]
    assert listed.count((name, sha1(b"same"))) == 2
    # Another content is another file.
    changed = attached.upload(images, {name: b"changed"}, settings=RULES)
    attached.run(changed)
    assert attached.count(name) == 2


def test_the_same_file_twice_in_a_dataset_is_stored_once(
    attached: Attached, dataset: int, two: list[int]
) -> None:
    name = _name()
    images = {"a/x.tif": Imported((two[0],), dataset=dataset)}
    upload = attached.upload(images, {f"a/b/{name}": b"s", f"a/c/{name}": b"s"}, settings=RULES)
    attached.run(upload)
    assert attached.counted == {"attached": 2}
    assert attached.count(name) == 1
    assert attached.on("Dataset", dataset)[dataset].count((name, sha1(b"s"))) == 1


class Killed(BaseException):
    """What no part of a worker catches: it dies."""


@pytest.mark.parametrize("at", ["first block", "before the other links", "before it is stored"])
def test_a_worker_that_dies_leaves_nothing_half_done(
    attached: Attached,
    dataset: int,
    two: list[int],
    monkeypatch: pytest.MonkeyPatch,
    at: str,
) -> None:
    name = _name()
    content = os.urandom(9_000_000)
    image = f"{name.removesuffix('.pdf')}.tif"
    upload = attached.upload(
        {image: Imported(tuple(two), dataset=dataset)}, {name: content}, settings=RULES
    )

    def die(*_: Any, **__: Any) -> Any:
        raise Killed

    with monkeypatch.context() as patched:
        if at == "first block":
            real = omero_files.attach

            def cut(*given: Any, sent: Any, **more: Any) -> Any:
                return real(*given, sent=die, **more)

            patched.setattr(omero_files, "attach", cut)
        elif at == "before the other links":
            patched.setattr(omero_files, "link", die)
        else:
            patched.setattr(store, "settle", die)
        with pytest.raises(Killed):
            attached.run(upload)
    assert attached.files(upload)[name]["state"] == "uploaded"
    assert attached.run(upload) == "done"
    assert attached.count(name) == 1
    on = attached.on("Image", *two)
    assert [on[image_].count((name, sha1(content))) for image_ in two] == [1, 1]
    row = attached.files(upload)[name]
    assert (row["state"], row["sha1_omero"]) == ("attached", sha1(content))


def test_what_did_not_arrive_as_it_was_sent_is_not_attached(
    attached: Attached, dataset: int, two: list[int]
) -> None:
    name = _name()
    upload = attached.upload(
        {"x.tif": Imported((two[0],), dataset=dataset)},
        {name: b"arrived"},
        settings=RULES,
        sums={name: sha1(b"sent")},
    )
    assert attached.run(upload) == "done"
    assert attached.counted == {"failed": 1}
    row = attached.files(upload)[name]
    assert "SHA-1" in row["message"]
    assert (row["sha1_staged"], row["sha1_omero"]) == (sha1(b"arrived"), None)
    assert attached.count(name) == 0


def test_what_omero_stored_wrongly_is_removed_again(
    attached: Attached, dataset: int, two: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    name = _name()
    upload = attached.upload(
        {"x.tif": Imported((two[0],), dataset=dataset)}, {name: b"right"}, settings=RULES
    )
    # The disk gives other bytes the second time that it is read.
    real = Staging.sha1

    def change(staging: Staging, job: uuid.UUID, path: PurePosixPath) -> str:
        sum_ = real(staging, job, path)
        staging.path(job, path).write_bytes(b"wrong")
        return sum_

    monkeypatch.setattr(Staging, "sha1", change)
    attached.run(upload)
    assert attached.counted == {"failed": 1}
    assert attached.count(name) == 0
    assert sha1(b"wrong") in attached.files(upload)[name]["message"]


def test_without_its_image_a_file_waits(attached: Attached, dataset: int, two: list[int]) -> None:
    name = _name()
    image = f"a/{name.removesuffix('.pdf')}.tif"
    images = {
        image: Imported(state="failed"),
        "b/other.tif": Imported((two[0],), dataset=dataset),
    }
    upload = attached.upload(images, {f"a/{name}": b"x"}, settings=RULES)
    attached.run(upload)
    row = attached.files(upload)[f"a/{name}"]
    assert row["state"] == "failed"
    assert image in row["message"]
    nothing = attached.upload({"a.tif": Imported(state="failed")}, {"b.pdf": b"x"}, settings=RULES)
    attached.run(nothing)
    assert attached.files(nothing)["b.pdf"]["state"] == "failed"


@pytest.mark.parametrize(
    "name", ["größe 🔬 'quoted' \"x\".pdf", "-rf.pdf", "a%2f.pdf", ".pdf", "x" * 240 + ".pdf"]
)
def test_odd_names_come_back_as_they_are(
    attached: Attached, dataset: int, two: list[int], name: str
) -> None:
    upload = attached.upload(
        {"a/x.tif": Imported((two[0],), dataset=dataset)}, {f"a/{name}": b"o"}, settings=RULES
    )
    attached.run(upload)
    assert attached.counted == {"attached": 1}
    assert (name, sha1(b"o")) in attached.on("Dataset", dataset)[dataset]


def test_without_any_image_a_file_goes_to_the_chosen_dataset(
    attached: Attached, dataset: int, omero: Places
) -> None:
    name, other = _name(), _name(".log")
    rules = (AttachRule(extensions=(".log",), to="project"), *DEFAULT_RULES)
    upload = attached.upload(
        {},
        {name: b"x", other: b"y"},
        settings=JobSettings(attach=rules),
        target=Target(dataset=dataset),
    )
    attached.run(upload)
    assert attached.counted == {"attached": 2}
    assert (name, sha1(b"x")) in attached.on("Dataset", dataset)[dataset]
    project = omero.id_of("Project", "Project sharing")
    assert (other, sha1(b"y")) in attached.on("Project", project)[project]


def test_an_empty_file_is_attached(attached: Attached, dataset: int, two: list[int]) -> None:
    name = _name()
    upload = attached.upload(
        {"a/x.tif": Imported((two[0],), dataset=dataset)}, {f"a/{name}": b""}, settings=RULES
    )
    attached.run(upload)
    assert attached.counted == {"attached": 1}
    assert attached.run(upload) == "done"
    assert attached.count(name) == 1


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.PDF", "application/pdf"),
        ("a.log", "text/plain"),
        ("a.msa", "text/plain"),
        ("a.csv", "text/csv"),
        ("a.tar.gz", "application/octet-stream"),
        ("a", "application/octet-stream"),
    ],
)
def test_media_types(name: str, kind: str) -> None:
    assert mimetype(name) == kind
