"""What the card of a job says that it works on."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from omeroweb_omp_plugin.services.job_words import about
from omeroweb_omp_plugin.store.selections import Image, Selection
from omp_lab import Lab


@pytest.fixture(scope="module")
def more_in_lab() -> list[dict[str, Any]]:
    entry = {"name": "x_{:02d}.tif", "count": 1, "size": [8, 8, 1, 1, 1]}
    both = [{"name": name, "images": [entry]} for name in ("first", "second")]
    return [
        {
            "owner": "ada",
            "group": "notes",
            "projects": [{"name": "Screening May", "datasets": both}],
            "datasets": [{"name": "alone", "images": [entry]}],
        }
    ]


def ids(lab: Lab, kind: str, *names: str) -> list[int]:
    query = f"select c.id from {kind} c where c.name = :name"  # noqa: S608
    return [lab.one(query, "ada", name=name) for name in names]


def of(images: int, *containers: str, first: int = 1) -> Selection:
    chosen = tuple(Image(first + n, "x", "") for n in range(images))
    return Selection(UUID(int=uuid4().int), chosen, containers)


def test_where_the_images_are_and_how_many(lab: Lab) -> None:
    conn = lab.user("ada")
    one, two, alone = ids(lab, "Dataset", "first", "second", "alone")
    [project] = ids(lab, "Project", "Screening May")
    for chosen, said in (
        (of(30, f"Dataset:{one}"), "Screening May / first · 30 images"),
        (of(1, f"Dataset:{alone}"), "alone · 1 image"),
        (of(2, f"Dataset:{one}", f"Dataset:{two}"), "Screening May / 2 datasets · 2 images"),
        (of(2, f"Dataset:{one}", f"Dataset:{alone}"), "2 datasets · 2 images"),
        (of(1200, f"Project:{project}"), "Screening May · 1,200 images"),
        (of(2, f"Project:{project}", f"Dataset:{alone}"), "1 project, 1 dataset · 2 images"),
        (of(2, first=lab.images_of(one)[0]), "2 images"),
        (of(1, first=lab.images_of(one)[0]), "first · 1 image"),
        # What is gone since has no name.
        (of(3, "Dataset:999999"), "3 images"),
    ):
        assert about(conn, chosen) == said
    assert about(conn, of(4, f"Dataset:{one}"), 3, "name") == "Screening May / first · 3 names"
