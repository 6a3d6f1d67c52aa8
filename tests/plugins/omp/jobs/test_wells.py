"""Pairs that all images of a well or a plate have are written once, to the well or plate."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

# First: imported after Glacier2 it would define its exceptions a second time.
import omero.clients  # isort: skip
import omero.cmd
import omero.model
import pytest
from omero.rtypes import rint, rstring

from omero_plugin_common.errors import BadRequest
from omero_plugin_common.jobs.model import Job
from omero_plugin_common.omero_api import commands, hql
from omero_plugin_common.steps import report_store
from omeroweb_omp_plugin.omero_api.annotations import sets_of
from omeroweb_omp_plugin.omero_api.images import named_in
from omeroweb_omp_plugin.parsing import ParserSettings
from omeroweb_omp_plugin.planning import Mode
from omeroweb_omp_plugin.planning.existing import Kind
from omeroweb_omp_plugin.planning.outputs import Outputs
from omeroweb_omp_plugin.planning.targets import Target
from omeroweb_omp_plugin.services import plate_targets
from omeroweb_omp_plugin.services import preview as previewing
from omeroweb_omp_plugin.services.job_parameters import SelectionJob, UndoJob, WriteJob
from omeroweb_omp_plugin.services.only_new import only_new
from omeroweb_omp_plugin.store import selections
from omp_lab import Lab

NAMES = ParserSettings("regex", r"(?P<Screen>\w+) \[(?P<Position>\w+), field (?P<Field>\d+)\]")
PLAIN = ParserSettings("separators", "_", ("Line", "Number", "Stain"))
Pairs = list[dict[str, str]]


@pytest.fixture(scope="module")
def more_in_lab() -> list[dict[str, Any]]:
    """A plate with two wells of two fields, and one with many."""
    plate = {"name": "Plate 1", "rows": 1, "columns": 2, "fields": 2, "images": {"name": "taxol"}}
    screens = [{"name": "Screen", "plates": [plate]}]
    many = {**plate, "rows": 6, "columns": 8}
    return [
        {"owner": "ada", "group": "notes", "screens": screens},
        {"owner": "ada", "group": "private", "screens": [{"name": "Many", "plates": [many]}]},
    ]


@pytest.fixture
def lab(lab: Lab) -> Iterator[Lab]:
    """Afterwards nothing is on any object."""
    yield lab
    found = hql.rows(lab.user("manager"), "select a.id from MapAnnotation a")
    if found:
        lab.user("manager").deleteObjects("Annotation", [int(each[0]) for each in found], wait=True)


def ids(lab: Lab, kind: Kind, group: str = "notes") -> list[int]:
    of = {
        "Plate": "select p.id from Plate p where p.details.group.name = :name",
        "Well": "select w.id from Well w where w.details.group.name = :name order by w.column",
        "Image": "select s.image.id from WellSample s where s.details.group.name = :name "
        "order by s.id",
    }[kind]
    return [int(each[0]) for each in hql.rows(lab.user("ada"), of, name=group)]


def pairs(lab: Lab, kind: Kind, group: str = "notes", user: str = "ada") -> list[Pairs]:
    """The sets of all objects of a kind, without their signatures."""
    objects = ids(lab, kind, group)
    sets = sets_of(lab.user(user), objects, kind)
    return [
        [{k: v for k, v in each.pairs if not k.startswith("omp_")} for each in sets.get(one, [])]
        for one in objects
    ]


def select(lab: Lab, group: str = "notes", images: list[int] | None = None) -> UUID:
    conn = lab.user("ada")
    if images is not None:
        return lab.select("ada", images)
    plates = ids(lab, "Plate", group)
    found = sorted(named_in(conn, "Plate", plates))
    return selections.save(int(conn.getUserId()), found, [f"Plate:{each}" for each in plates])


def make(
    lab: Lab,
    target: Target,
    mode: Mode = "replace_own",
    values: dict[int, dict[str, str]] | None = None,
    ticks: dict[int, bool] | None = None,
    selection: UUID | None = None,
    names: ParserSettings = NAMES,
) -> Any:
    conn, selection = lab.user("ada"), selection or select(lab)
    user = int(conn.getUserId())
    plate_targets.look_up(conn, user, selection, target)
    return previewing.make_preview(
        user, selection, names, values or {}, mode, ticks=ticks, outputs=Outputs(target=target)
    )


def page(lab: Lab, preview: Any, which: Any = "all") -> Any:
    conn = lab.user("ada")
    return previewing.page(conn, int(conn.getUserId()), preview.id, which, 0, 100)


def write(lab: Lab, preview: Any, group: str = "notes") -> Job:
    return lab.finish(lab.start("ada", group, "omp.write", WriteJob(preview=preview.id)))


def undo(lab: Lab, job: Job, group: str = "notes") -> Job:
    return lab.finish(lab.start("ada", group, "omp.undo", UndoJob(job=job.id)))


def a_plate(lab: Lab, user: str, group: str, images: list[int]) -> int:
    """A plate of a user's with one well, which has images of others; its id."""
    gateway = lab.user(user)
    options = gateway.createServiceOptsDict()
    options.setOmeroGroup(lab.group(group))
    plate, well = omero.model.PlateI(), omero.model.WellI()
    plate.name, well.row, well.column = rstring("Plate of others"), rint(0), rint(0)
    for each in images:
        sample = omero.model.WellSampleI()
        sample.image = omero.model.ImageI(each, False)
        well.addWellSample(sample)
    plate.addWell(well)
    return int(gateway.getUpdateService().saveAndReturnObject(plate, options).id.val)


FIELDS: list[Pairs] = [[{"Field": "1"}], [{"Field": "2"}]] * 2


def test_what_all_images_of_a_well_have_is_the_wells(lab: Lab) -> None:
    preview = make(lab, "wells")
    shown = page(lab, preview, "changed")
    assert [row["on"] for row in shown.rows] == [
        {"name": f"Well {each}", "keys": ["Screen", "Position"]}
        for each in ("A1", "A1", "A2", "A2")
    ]
    assert {each["name"]: each["then"] for each in shown.rows[0]["cells"]} == {
        "Screen": ["taxol"], "Position": ["A1"], "Field": ["1"],
    }  # fmt: skip
    # The pairs of a well count once.
    assert (shown.total, shown.counts.added) == (4, 4 + 4)

    done = write(lab, preview)
    assert done.result == {"wells": 2, "images": 4, "written": 6}, done.error_text
    assert pairs(lab, "Well") == [
        [{"Screen": "taxol", "Position": "A1"}], [{"Screen": "taxol", "Position": "A2"}],
    ]  # fmt: skip
    assert pairs(lab, "Image") == FIELDS
    lines = [
        (each.kind, each.name, each.added, each.message) for each in report_store.lines(done.id)
    ]
    assert lines[0] == ("Well", "Plate 1 / A1", 2, "")
    assert lines[2] == ("Image", "taxol [A1, field 1]", 1, "On Well A1: 2")

    # What was written is known: done again nothing changes, and with other values it gives way.
    again = make(lab, "wells")
    assert page(lab, again, "changed").total == 0
    assert write(lab, again).result == {"wells": 2, "images": 4, "unchanged": 6}
    plate = write(lab, make(lab, "plates"))
    assert plate.result == {"plates": 1, "images": 4, "written": 1, "replaced": 4}
    assert pairs(lab, "Plate") == [[{"Screen": "taxol"}]]


def test_one_other_value_brings_a_pair_back_to_the_images(lab: Lab) -> None:
    write(lab, make(lab, "wells"))
    before = {kind: pairs(lab, kind) for kind in ("Well", "Image")}
    first = ids(lab, "Image")[0]
    preview = make(lab, "wells", values={first: {"Position": "B7"}})
    assert [row["on"]["keys"] for row in page(lab, preview).rows][:2] == [["Screen"], ["Screen"]]
    done = write(lab, preview)
    assert done.result == {"wells": 2, "images": 4, "replaced": 3, "unchanged": 3}
    assert pairs(lab, "Well")[0] == [{"Screen": "taxol"}]
    assert pairs(lab, "Image")[:2] == [
        [{"Position": "B7", "Field": "1"}], [{"Position": "A1", "Field": "2"}],
    ]  # fmt: skip
    undone = undo(lab, done)
    assert undone.result == {"wells": 2, "images": 4, "restored": 3, "unchanged": 3}
    assert {kind: pairs(lab, kind) for kind in ("Well", "Image")} == before
    # The undoing can be undone, too.
    undo(lab, undone)
    assert pairs(lab, "Well")[0] == [{"Screen": "taxol"}]


def test_pairs_move_from_images_to_wells_and_are_deleted_there(lab: Lab) -> None:
    write(lab, make(lab, "images"))
    typed = lab.annotate("ada", ids(lab, "Image")[:1], {"note": "typed"})
    preview = make(lab, "wells")
    # They are on the image before, and on its well afterwards.
    assert {cell["change"] for row in page(lab, preview).rows for cell in row["cells"]} == {"kept"}
    assert {row["state"] for row in page(lab, preview).rows} == {"changed"}
    done = write(lab, preview)
    assert pairs(lab, "Image") == [[{"note": "typed"}, *FIELDS[0]], *FIELDS[1:]]
    undo(lab, done)
    assert pairs(lab, "Well") == [[], []]
    assert pairs(lab, "Image")[1] == [{"Screen": "taxol", "Position": "A1", "Field": "2"}]

    write(lab, make(lab, "wells"))
    parameters = SelectionJob(selection=select(lab))
    removed = lab.finish(lab.start("ada", "notes", "omp.delete_plugin", parameters))
    assert removed.result == {"images": 4, "wells": 2, "plates": 1, "removed": 6, "unchanged": 1}
    assert pairs(lab, "Well") == [[], []]
    assert pairs(lab, "Image") == [[{"note": "typed"}], [], [], []]
    assert typed in [each.annotation for each in lab.sets(ids(lab, "Image"))[ids(lab, "Image")[0]]]


def test_images_that_are_not_ticked_do_not_count(lab: Lab) -> None:
    images = ids(lab, "Image")
    write(lab, make(lab, "wells", ticks={images[0]: False, images[2]: False, images[3]: False}))
    assert pairs(lab, "Well") == [[{"Screen": "taxol", "Position": "A1", "Field": "2"}], []]
    assert pairs(lab, "Image") == [[]] * 4


def test_a_well_of_which_an_image_was_not_chosen_gets_nothing(lab: Lab) -> None:
    chosen = select(lab, images=ids(lab, "Image")[:3])
    assert write(lab, make(lab, "wells", selection=chosen)).result == {
        "wells": 1, "images": 3, "written": 4,
    }  # fmt: skip
    assert pairs(lab, "Well") == [[{"Screen": "taxol", "Position": "A1"}], []]
    assert pairs(lab, "Image")[2:] == [[{"Screen": "taxol", "Position": "A2", "Field": "1"}], []]
    for images in (ids(lab, "Image")[:1], lab.images("notes")):
        with pytest.raises(BadRequest, match="is in a well of which you chose all images"):
            make(lab, "wells", selection=select(lab, images=images))


def test_what_others_typed_on_a_well_stays_and_counts(lab: Lab) -> None:
    write(lab, make(lab, "wells"))
    typed = lab.annotate("ben", ids(lab, "Well")[:1], {"Position": "A01"}, kind="Well")
    assert write(lab, make(lab, "wells")).result == {"wells": 2, "images": 4, "unchanged": 6}
    assert {"Position": "A01"} in pairs(lab, "Well")[0]
    # A set of the well's that was edited is its editor's.
    [mine] = sets_of(lab.user("ada"), ids(lab, "Well")[1:], "Well").values()
    lab.edit("ada", mine[0].annotation, "Position", "A02")
    done = write(lab, make(lab, "wells"))
    assert done.result == {"wells": 2, "images": 4, "written": 1, "unchanged": 5}
    assert {"Screen": "taxol", "Position": "A02"} in pairs(lab, "Well")[1]
    assert typed in [
        e.annotation
        for e in sets_of(lab.user("ada"), ids(lab, "Well"), "Well")[ids(lab, "Well")[0]]
    ]


def test_a_key_that_a_well_has_otherwise_is_kept(lab: Lab) -> None:
    lab.annotate("ada", ids(lab, "Well")[:1], {"Screen": "dmso"}, kind="Well")
    preview = make(lab, "wells", mode="add")
    assert page(lab, preview, "changed").clashes == {"Screen": 1}
    write(lab, preview)
    assert pairs(lab, "Well")[0] == [{"Screen": "dmso"}, {"Position": "A1"}]
    assert pairs(lab, "Image") == FIELDS


def test_pairs_stay_on_the_images_where_the_well_may_not_be_annotated(lab: Lab) -> None:
    images, group = lab.images("sharing")[:2], lab.group("sharing")
    plate = a_plate(lab, "ben", "sharing", images)
    # From now on members read what others have, and no more.
    quieter = omero.cmd.Chmod2(targetObjects={"ExperimenterGroup": [group]}, permissions="rwr---")
    commands.run(lab.user("manager"), quieter)
    preview = make(lab, "wells", selection=lab.select("ada", images), names=PLAIN)
    assert [row["on"] for row in page(lab, preview).rows] == [None] * 2
    done = write(lab, preview, "sharing")
    assert done.result == {"wells": 1, "images": 2, "unchanged": 1, "written": 2}
    assert {each.message for each in report_store.lines(done.id) if each.kind == "Well"} == {
        "You may not annotate this well: the pairs are on its images"
    }
    assert pairs(lab, "Well", "sharing") == [[]]
    assert lab.pairs(images[0]) == [{"Line": "HeLa", "Number": "01", "Stain": "DAPI"}]
    assert plate in ids(lab, "Plate", "sharing")


def test_a_well_that_omero_refuses_loses_nothing(lab: Lab) -> None:
    preview = make(lab, "wells")
    job = lab.start("ada", "notes", "omp.write", WriteJob(preview=preview.id))
    # Both wells at once, and each of them.
    lab.order(call="IUpdate.saveAndReturnIds", kind="refused", error="ValidationException", times=3)
    try:
        done = lab.finish(job)
    finally:
        lab.forget_faults()
    assert done.result == {"wells": 2, "images": 4, "error": 2, "written": 4}
    each = zip([w for w in pairs(lab, "Well") for _ in range(2)], pairs(lab, "Image"), strict=True)
    for number, (well, image) in enumerate(each):
        found = {k: v for one in (*well, *image) for k, v in one.items()}
        assert found == {
            "Screen": "taxol", "Position": f"A{number // 2 + 1}", "Field": str(number % 2 + 1),
        }  # fmt: skip


def test_only_new_images_are_those_whose_wells_lack_something(lab: Lab) -> None:
    conn = lab.user("ada")
    user = int(conn.getUserId())
    without_field = ParserSettings("regex", r"(?P<Screen>\w+) \[(?P<Position>\w+), field \d+\]")
    first = make(lab, "wells", names=without_field, selection=select(lab))
    assert only_new(conn, user, first.id).skipped == []
    write(lab, first)
    # Nothing is on the images, and they are not new.
    assert pairs(lab, "Image") == [[]] * 4
    again = make(lab, "wells", names=without_field)
    assert only_new(conn, user, again.id).skipped == [0, 1, 2, 3]
    image = ids(lab, "Image")[0]
    other = make(lab, "wells", names=without_field, values={image: {"Position": "B7"}})
    assert only_new(conn, user, other.id).skipped == [2, 3]


def test_the_calls_do_not_grow_with_the_wells(lab: Lab) -> None:
    conn = lab.user("ada")
    costs = []
    for group in ("notes", "private"):
        selection = select(lab, group)
        lab.count_anew()
        preview = make(lab, "wells", selection=selection)
        looked_up = sum(lab.counts().values())
        lab.count_anew()
        previewing.page(conn, int(conn.getUserId()), preview.id, "all", 0, 100)
        shown = sum(lab.counts().values())
        lab.count_anew()
        done = write(lab, preview, group)
        assert done.state == "done", done.error_text
        # How often the end of a command is asked for is a matter of OMERO's speed.
        calls = {name: n for name, n in lab.counts().items() if name != "Handle.getResponse"}
        costs.append((looked_up, shown, calls))
    assert costs[0] == costs[1]
    assert costs[0][:2] == (2, 4)
    assert pairs(lab, "Well", "private")[0] == [{"Screen": "taxol", "Position": "A1"}]
