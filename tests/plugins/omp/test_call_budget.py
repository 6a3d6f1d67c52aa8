"""What a job of many images costs OMERO. What it costs in time: `ci/bench omp-jobs`."""

from __future__ import annotations

import math
from typing import Any

import pytest

from omero_plugin_common.errors import TooLarge
from omeroweb_omp_plugin.omero_api import write
from omeroweb_omp_plugin.services import change_images
from omeroweb_omp_plugin.services import make_selection as selecting
from omeroweb_omp_plugin.services import preview as previewing
from omeroweb_omp_plugin.services.job_parameters import AcquisitionJob
from omeroweb_omp_plugin.services.start_job import check_may_start
from omp_lab import Lab
from omp_many import COUNT, MANY, NAMES, cost, costs, images_of

# More than one batch, of a tenth of what is usual.
FEW, BATCH = 110, 100


@pytest.fixture(scope="module")
def more_in_lab() -> list[dict[str, Any]]:
    return [MANY]


@pytest.fixture
def images(lab: Lab) -> list[int]:
    return images_of(lab)


# Much work at night; beside other tests it takes a few times as long as alone.
@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("count", "batch"), [(FEW, BATCH), pytest.param(COUNT, write.LINKS, marks=pytest.mark.nightly)]
)
def test_writing_replacing_and_deleting(
    lab: Lab, images: list[int], monkeypatch: pytest.MonkeyPatch, count: int, batch: int
) -> None:
    """One after the other on the same images."""
    for module in (write, change_images):
        monkeypatch.setattr(module, "LINKS", batch)
    for each in costs(lab, images[:count]):
        assert each.result == {"images": count, **each.wanted}, each.name
        # How often the end of a command is asked for is a matter of OMERO's speed.
        waiting = max(0, each.calls.get("Handle.getResponse", 0) - 1)
        assert sum(each.calls.values()) - waiting <= math.ceil(count / batch) * 4 + 20, each


def test_acquisition_metadata_is_read_in_batches(lab: Lab, images: list[int]) -> None:
    what = AcquisitionJob(selection=lab.select("ada", images[:1000]), original=False)
    found = cost(lab, "acquisition", {}, lambda: lab.start("ada", "notes", "omp.acquisition", what))
    assert sum(found.calls.values()) <= 60, found.calls


def test_a_page_of_the_preview_costs_two_calls_whatever_its_size(
    lab: Lab, images: list[int]
) -> None:
    ada = int(lab.user("ada").getUserId())
    made = previewing.make_preview(ada, lab.select("ada", images), NAMES, {}, "add")
    conn = lab.user("ada")
    lab.count_anew()
    page = previewing.page(conn, ada, made.id, "all", 5000, 200)
    assert (page.total, len(page.rows)) == (COUNT, 200)
    assert sum(lab.counts().values()) == 2
    lab.count_anew()
    previewing.page(conn, ada, made.id, "changed", 0, 200)
    assert sum(lab.counts().values()) <= 2 * math.ceil(COUNT / 5000) + 2


def test_too_many_images_are_counted_and_not_read(
    lab: Lab, images: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    conn, ada = lab.user("ada"), int(lab.user("ada").getUserId())
    dataset, other = lab.dataset("notes"), lab.dataset("private")
    monkeypatch.setattr(selecting, "LARGEST_SELECTION", 5)
    for wanted in ({"Dataset": [dataset]}, {"Project": [project_of(lab, dataset)]}):
        lab.count_anew()
        with pytest.raises(TooLarge, match="You chose 6 images or more; at most 5"):
            selecting.make_selection(conn, ada, wanted)
        assert lab.counts() == {"IQuery.projection": 1}
    # The same images twice are counted once, others are added.
    monkeypatch.setattr(selecting, "LARGEST_SELECTION", 6)
    twice = {"Project": [project_of(lab, dataset)], "Dataset": [dataset]}
    assert selecting.make_selection(conn, ada, twice).images == 6
    with pytest.raises(TooLarge):
        selecting.make_selection(conn, ada, {"Project": twice["Project"], "Dataset": [other]})


def project_of(lab: Lab, dataset: int) -> int:
    query = "select l.parent.id from ProjectDatasetLink l where l.child.id = :id"
    return lab.one(query, "ada", id=dataset)


def test_a_start_asks_for_as_few_images_as_it_needs(lab: Lab, images: list[int]) -> None:
    """The job itself looks at each image; 200 000 would take 40 calls before it starts."""
    notes, conn = lab.group("notes"), lab.user("ada")
    lab.count_anew()
    assert check_may_start(conn, is_admin=False, images=images) == notes
    assert len(images) > 5000
    assert lab.counts() == {"IQuery.projection": 1}
