"""Deletions: whose sets go, from which images."""

from __future__ import annotations

from typing import Any

from omero_plugin_common.jobs.model import Job
from omero_plugin_common.steps import report_store
from omeroweb_omp_plugin.parsing import ParserSettings
from omeroweb_omp_plugin.planning import signed
from omeroweb_omp_plugin.services import preview as previewing
from omeroweb_omp_plugin.services.job_parameters import SelectionJob, WriteJob
from omeroweb_omp_plugin.store.hash_keys import site_keys
from omp_lab import Lab

NAMES = ParserSettings("separators", "_", ("Line", "Number", "Stain"))


def written(lab: Lab, images: list[int], user: str = "ada", group: str = "notes") -> None:
    """The plugin's own set on each image."""
    number = int(lab.user(user).getUserId())
    made = previewing.make_preview(number, lab.select(user, images), NAMES, {}, "add")
    done = lab.finish(lab.start(user, group, "omp.write", WriteJob(preview=made.id)))
    assert done.state == "done", done.error_text


def delete(lab: Lab, which: str, images: list[int], user: str = "ada", group: str = "notes") -> Job:
    what = SelectionJob(selection=lab.select(user, images))
    return lab.finish(lab.start(user, group, f"omp.delete_{which}", what))


def own(lab: Lab, image: int) -> Any:
    [found] = [each for each in lab.sets([image])[image] if each.description]
    return found


def test_only_the_plugins_own_sets_go(lab: Lab) -> None:
    """Typed, typed and shared, edited, copied, in another namespace: all of them stay."""
    images = lab.images("notes")
    written(lab, images)
    first, second = own(lab, images[0]), own(lab, images[1])
    kept = {
        lab.annotate("ada", images[:1], {"typed": "by hand"}),
        lab.annotate("ada", images[:2], {"typed": "shared"}),
        lab.annotate("ada", images[:1], {"elsewhere": "1"}, ns="somebody.else"),
        # Copied from another image: by the clipboard, and by a program with its description; and
        # pasted to its own image.
        lab.annotate("ada", images[:1], dict(second.pairs)),
        lab.annotate("ada", images[:1], dict(second.pairs), note=second.description),
        lab.annotate("ada", images[:1], dict(first.pairs)),
    }
    edited = own(lab, images[2]).annotation
    lab.edit("ada", edited, "Line", "U2OS")

    done = delete(lab, "plugin", images)

    assert done.result == {"images": 6, "removed": 5, "unchanged": 1}
    left = {each.annotation for sets in lab.sets(images).values() for each in sets}
    assert left == kept | {edited}


def test_a_set_of_an_earlier_edition_goes_too(lab: Lab) -> None:
    image = lab.images("notes")[0]
    pairs = (("Line", "HeLa"), ("Var2", "01"))
    lab.annotate("ada", [image], dict((*pairs, ("omp_hash", site_keys().sign(pairs)))))
    assert delete(lab, "plugin", [image]).result == {"images": 1, "removed": 1}
    assert lab.pairs(image) == []


def test_an_earlier_secret_still_verifies(lab: Lab, monkeypatch: Any) -> None:
    image = lab.images("notes")[0]
    written(lab, [image])
    monkeypatch.setenv("FMP_HASH_SECRET", "a new one")
    assert delete(lab, "plugin", [image]).result == {"images": 1, "unchanged": 1}
    monkeypatch.setenv("FMP_HASH_SECRET_PREVIOUS", "one_older the-oldest")
    assert delete(lab, "plugin", [image]).result == {"images": 1, "unchanged": 1}
    monkeypatch.setenv("FMP_HASH_SECRET_PREVIOUS", "")
    monkeypatch.setenv("FMP_HASH_SECRET_FILE", str(lab.folder / "secrets"))
    (lab.folder / "secrets").write_text("a new one\nthe secret of the tests\n")
    assert delete(lab, "plugin", [image]).result == {"images": 1, "removed": 1}


def test_a_site_without_a_secret_makes_one_and_keeps_it(lab: Lab, monkeypatch: Any) -> None:
    monkeypatch.delenv("FMP_HASH_SECRET")
    images = lab.images("notes")
    assert site_keys() == site_keys()
    written(lab, images)
    assert delete(lab, "plugin", images).result == {"images": 6, "removed": 6}


def test_a_shared_set_leaves_the_selected_images_only(lab: Lab) -> None:
    images = lab.images("notes")
    shared = lab.annotate("ada", images[:3], {"shared": "yes"})
    lab.annotate("ada", images[:1], {"alone": "yes"})
    assert delete(lab, "all", images[:2]).result == {"images": 2, "removed": 2}
    assert lab.pairs(images[0]) == lab.pairs(images[1]) == []
    assert lab.pairs(images[2]) == [{"shared": "yes"}]
    # With the last image that has it the set itself goes.
    assert delete(lab, "all", images[2:3]).result == {"images": 1, "removed": 1}
    assert lab.one("select count(a.id) from Annotation a where a.id = :id", "ada", id=shared) == 0


def test_a_set_that_a_dataset_has_as_well_stays_there(lab: Lab) -> None:
    image = lab.images("notes")[0]
    shared = lab.annotate("ada", [image], {"shared": "yes"})
    ada = lab.user("ada")
    dataset = ada.getObject("Dataset", lab.dataset("notes"))
    ada.SERVICE_OPTS.setOmeroGroup(lab.group("notes"))
    dataset.linkAnnotation(ada.getObject("MapAnnotation", shared))
    ada.SERVICE_OPTS.setOmeroGroup(-1)
    assert delete(lab, "all", [image]).result == {"images": 1, "removed": 1}
    assert lab.one("select count(a.id) from Annotation a where a.id = :id", "ada", id=shared) == 1


def test_what_belongs_to_others_stays_where_they_say_so(lab: Lab) -> None:
    images = lab.images("notes")[:2]
    lab.annotate("ada", images[:1], {"of": "ada"})
    lab.annotate("ben", images, {"of": "ben"})
    done = delete(lab, "all", images, user="ben")
    assert done.result == {"images": 2, "removed": 2}
    assert lab.pairs(images[0]) == [{"of": "ada"}]
    assert "lack the permission: 1" in next(report_store.lines(done.id)).message


def test_the_plugins_set_is_recognised_whoever_of_the_site_wrote_it(lab: Lab) -> None:
    image = lab.images("sharing")[0]
    mine = signed((("Line", "HeLa"),), image, "names", site_keys())
    lab.annotate("ben", [image], dict(mine.pairs), note=mine.description)
    done = delete(lab, "plugin", [image], group="sharing")
    assert done.result == {"images": 1, "removed": 1}
