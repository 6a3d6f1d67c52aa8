"""Values as tags: given once, used again, and undone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

# First: imported after Glacier2 it would define its exceptions a second time.
import omero.clients  # isort: skip
import omero.model
from omero.rtypes import rstring

from omero_plugin_common.jobs.model import Job
from omero_plugin_common.omero_api import hql
from omero_plugin_common.steps import report_store, run
from omeroweb_omp_plugin.omero_api.tags import tags_on
from omeroweb_omp_plugin.parsing import ParserSettings
from omeroweb_omp_plugin.planning.outputs import Outputs
from omeroweb_omp_plugin.planning.tags import TAG_SET
from omeroweb_omp_plugin.planning.totals import Totals
from omeroweb_omp_plugin.services import change_images, tag_images
from omeroweb_omp_plugin.services import preview as previewing
from omeroweb_omp_plugin.services.job_parameters import UndoJob, WriteJob
from omp_lab import Lab

NAMES = ParserSettings("separators", "_", ("Line", "Number", "Stain"))


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps of two images: a tag that one step makes is used again in the next."""
    monkeypatch.setattr(run, "STEP", 2)


@pytest.fixture(autouse=True)
def lab(lab: Lab) -> Iterator[Lab]:
    """Afterwards there are no tags."""
    yield lab
    found = hql.rows(lab.user("manager"), "select t.id from TagAnnotation t")
    if found:
        lab.user("manager").deleteObjects("Annotation", [each[0] for each in found], wait=True)


def user_id(lab: Lab, user: str) -> int:
    return int(lab.user(user).getUserId())


def make(
    lab: Lab, images: list[int], keys: tuple[str, ...], user: str = "ada", **given: Any
) -> Any:
    selection = lab.select(user, images)
    outputs = Outputs(tags=keys)
    number, mode = user_id(lab, user), "replace_own"
    overrides = given.get("overrides", {})
    return previewing.make_preview(number, selection, NAMES, overrides, mode, outputs=outputs)


def start(lab: Lab, preview: Any, user: str = "ada", group: str = "notes") -> Job:
    return lab.start(user, group, "omp.write", WriteJob(preview=preview.id))


def write(lab: Lab, preview: Any, user: str = "ada", group: str = "notes") -> Job:
    done = lab.finish(start(lab, preview, user, group))
    assert done.state == "done", done.error_text
    return done


def undo(lab: Lab, job: Job, user: str = "ada", group: str = "notes") -> Job:
    done = lab.finish(lab.start(user, group, "omp.undo", UndoJob(job=job.id)))
    assert done.state == "done", done.error_text
    return done


def tag(lab: Lab, user: str, group: str, text: str, namespace: str = "") -> int:
    """A tag of a user in a group."""
    made = omero.model.TagAnnotationI()
    made.textValue = rstring(text)
    if namespace:
        made.ns = rstring(namespace)
    gateway = lab.user(user)
    context = hql.context(gateway, lab.group(group))
    return int(gateway.getUpdateService().saveAndReturnObject(made, context).id.val)


def give(lab: Lab, user: str, image: int, annotation: int, group: str = "notes") -> None:
    link = omero.model.ImageAnnotationLinkI()
    link.parent = omero.model.ImageI(image, False)
    link.child = omero.model.TagAnnotationI(annotation, False)
    gateway = lab.user(user)
    gateway.getUpdateService().saveObject(link, hql.context(gateway, lab.group(group)))


def tags(lab: Lab, images: list[int]) -> list[list[tuple[str, int]]]:
    """Text and id of the tags of images."""
    found = tags_on(lab.user("manager"), images)
    return [sorted((e.text, e.annotation) for e in found.get(image, ())) for image in images]


def texts(lab: Lab, images: list[int]) -> list[list[str]]:
    return [[text for text, _ in some] for some in tags(lab, images)]


def all_tags(lab: Lab) -> list[str]:
    query = "select t.textValue from TagAnnotation t"
    return sorted(each[0] for each in hql.rows(lab.user("manager"), query))


def test_values_become_tags_once_and_undo_takes_them_away(lab: Lab) -> None:
    images = lab.images("notes")
    overrides = {images[1]: {"Stain": f" {'x' * 256}"}, images[2]: {"Stain": " DAPI "}}
    preview = make(lab, images, ("Line", "Stain"), overrides=overrides)
    page = previewing.page(lab.user("ada"), user_id(lab, "ada"), preview.id, "changed", 0, 9)
    assert page.counts == Totals(added=18, tags=11)
    assert [row["tags"] for row in page.rows[:2]] == [["HeLa", "DAPI"], ["HeLa"]]
    job = write(lab, preview)
    both = ["DAPI", "HeLa"]
    assert texts(lab, images) == [both, ["HeLa"], *[both] * 4]
    # One of each, over all steps.
    assert all_tags(lab) == both
    assert [line.message for line in report_store.lines(job.id)][:2] == [
        "Tags added: 2",
        "No tag, because longer than 255 characters: 1 Tags added: 1",
    ]
    # Done again it does nothing, and the preview says so.
    again = make(lab, images, ("Line", "Stain"), overrides=overrides)
    ada = lab.user("ada")
    assert previewing.page(ada, user_id(lab, "ada"), again.id, "changed", 0, 9).rows == []
    assert write(lab, again).result == {"images": 6, "unchanged": 6}
    # Tags alone are a change, too.
    more = write(lab, make(lab, images, ("Number",), overrides=overrides))
    assert more.result == {"images": 6, "written": 6}
    assert texts(lab, images[:1]) == [["01", *both]]
    assert undo(lab, more).result == {"images": 6, "removed": 6}
    assert texts(lab, images[:1]) == [both]

    undone = undo(lab, job)
    assert [lab.pairs(image) for image in images] == [[]] * 6
    assert all_tags(lab) == []
    # And back.
    undo(lab, undone)
    assert texts(lab, images) == [both, ["HeLa"], *[both] * 4]
    assert all_tags(lab) == both


def test_tags_that_are_there_are_used_again_and_stay(lab: Lab) -> None:
    """Ones own first, then a colleague's; never a tag set; nothing from another group."""
    images = lab.images("notes")
    mine, bens = tag(lab, "ada", "notes", "HeLa"), tag(lab, "ben", "notes", "HeLa")
    colleagues = tag(lab, "ben", "notes", "DAPI")
    holder = tag(lab, "ada", "notes", "01", TAG_SET)
    tag(lab, "ada", "sharing", "02")
    give(lab, "ben", images[0], bens)
    job = write(lab, make(lab, images[:2], ("Line", "Number", "Stain")))
    [first, second] = tags(lab, images[:2])
    # An image that has the tag gets no second one.
    assert [each for each in first if each[0] != "01"] == [("DAPI", colleagues), ("HeLa", bens)]
    assert [each for each in second if each[0] != "02"] == [("DAPI", colleagues), ("HeLa", mine)]
    assert ("01", holder) not in first
    assert all_tags(lab) == ["01", "01", "02", "02", "DAPI", "HeLa", "HeLa"]
    assert undo(lab, job).result == {"images": 2, "removed": 2}
    assert tags(lab, images[:2]) == [[("HeLa", bens)], []]
    assert all_tags(lab) == ["01", "02", "DAPI", "HeLa", "HeLa"]


def test_what_somebody_uses_or_renamed_since_stays(lab: Lab) -> None:
    images = lab.images("notes")
    job = write(lab, make(lab, images[:3], ("Line", "Number")))
    ids = dict(each for some in tags(lab, images[:3]) for each in some)
    give(lab, "ben", images[5], ids["HeLa"])
    renamed = lab.user("ada").getObject("TagAnnotation", ids["02"])
    renamed.setTextValue(rstring("second"))
    renamed.save()
    done = undo(lab, job)
    assert texts(lab, images[:3]) == [[], ["second"], []]
    assert texts(lab, images[5:]) == [["HeLa"]]
    assert all_tags(lab) == ["HeLa", "second"]
    messages = [line.message for line in report_store.lines(done.id)]
    assert messages == [
        "Tags removed: 2",
        "Kept, because somebody has edited it since: 1 Tags removed: 1",
        "Tags removed: 2",
    ]


def test_images_that_are_not_written_get_none(lab: Lab) -> None:
    images = lab.images("notes")[:2]
    made = make(lab, images, ("Line",))
    made = previewing.tick_images(user_id(lab, "ada"), made.id, {images[1]: False})
    write(lab, made)
    assert texts(lab, images) == [["HeLa"], []]


@pytest.mark.parametrize(
    ("group", "used"), [("private", False), ("reading", False), ("sharing", True)]
)
def test_a_colleagues_tag_is_used_where_it_may_be_linked(lab: Lab, group: str, used: bool) -> None:
    images = lab.images(group)[:1]
    bens = tag(lab, "ben", group, "HeLa")
    write(lab, make(lab, images, ("Line",)), group=group)
    [[(text, id_)]] = tags(lab, images)
    assert text == "HeLa"
    assert (id_ == bens) == used


def test_tags_on_a_colleagues_images(lab: Lab) -> None:
    """Where the user may annotate them. The tag can be deleted once it is on none of them."""
    images = lab.images("notes")[:3]
    job = write(lab, make(lab, images, ("Line",), "ben"), "ben")
    assert texts(lab, images) == [["HeLa"]] * 3
    assert undo(lab, job, "ben").result == {"images": 3, "removed": 3}
    assert all_tags(lab) == []
    refused = lab.images("reading")[:1]
    failed = lab.finish(start(lab, make(lab, refused, ("Line",), "ben"), "ben", "reading"))
    assert failed.state == "failed"
    assert all_tags(lab) == []


@pytest.mark.parametrize("where", ["between tags and links", "after the links"])
def test_a_worker_that_dies_makes_no_tag_twice(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    class Dies(BaseException):
        pass

    images = lab.images("notes")
    job = start(lab, make(lab, images, ("Line", "Number")))
    after = where == "after the links"
    module, name = (change_images, "write_sets") if after else (tag_images, "make_tags")
    real, calls = getattr(module, name), 0

    def dying(*arguments: Any) -> Any:
        nonlocal calls
        calls += 1
        done = real(*arguments)
        # Sets, then tags, in each step.
        if calls == (4 if after else 2):
            raise Dies
        return done

    with monkeypatch.context() as patched:
        patched.setattr(module, name, dying)
        lab.finish(job, dying=Dies)
    lab.revive(job)
    done = lab.finish(job)
    assert done.result == {"images": 6, "written": 6}
    assert texts(lab, images) == [[f"0{at}", "HeLa"] for at in range(1, 7)]
    assert all_tags(lab) == [*(f"0{at}" for at in range(1, 7)), "HeLa"]
    assert {line.message for line in report_store.lines(job.id)} == {"Tags added: 2"}
    undo(lab, job)
    assert all_tags(lab) == []


def test_calls_do_not_grow_with_images(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "STEP", 6)
    images = lab.images("notes")

    def calls(count: int, keys: tuple[str, ...]) -> dict[str, int]:
        preview = make(lab, images[:count], keys)
        job = start(lab, preview)
        lab.count_anew()
        done = lab.finish(job)
        assert done.state == "done"
        found = {k: v for k, v in lab.counts().items() if k.startswith(("IQuery", "IUpdate"))}
        undo(lab, done)
        return found

    without, few = calls(6, ()), calls(2, ("Line", "Number"))
    assert calls(6, ("Line", "Number")) == few
    # Which tags the images have, which there are; new ones, and their links.
    assert sum(few.values()) == sum(without.values()) + 4
