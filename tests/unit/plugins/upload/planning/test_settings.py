"""What `start/` accepts, and what a job stores of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from omeroweb_upload.planning.settings import StartBody, StoredSettings, Target

FILES = [{"relative_path": "day 1/cell_01.tif", "size": 3}]


def read(**more: Any) -> StartBody:
    return StartBody.model_validate_json(json.dumps({"files": FILES} | more))


def test_what_is_stored_can_be_read_again() -> None:
    body = read(
        target={"new_project": "Screening", "from_folders": True, "folder_depth": 1},
        settings={
            "confirm": "always",
            "attach": [{"extensions": [".pdf", ".txt"], "to": "dataset"}],
        },
    )
    stored = body.stored()
    assert StoredSettings.model_validate_json(stored.model_dump_json()) == stored
    assert stored.target.folder_depth == 1
    assert stored.settings.attach[0].extensions == (".pdf", ".txt")


def test_names_of_the_docker_edition() -> None:
    stored = read(
        project_id=7,
        project_name="Ignored",
        batch_size=5,
        special_upload="sem_edx_spectra",
        sem_edx_associations={"a/im.tif": ["a/one.txt", "a/two.txt"]},
        sem_edx_settings={"create_tables": False, "unknown": True},
    ).stored()
    assert stored.target == Target(project=7, from_folders=True)
    assert stored.settings.batch_files == 5
    assert stored.settings.associations == {"a/one.txt": "a/im.tif", "a/two.txt": "a/im.tif"}
    assert not stored.settings.spectra.create_tables
    assert stored.settings.spectra.create_figures_images
    assert stored.settings.special == "sem_edx_spectra"


@pytest.mark.parametrize(
    "target",
    [
        {"project": 1, "new_project": "a"},
        {"dataset": 1, "new_dataset": "a"},
        {"dataset": 1, "project": 2},
        {"dataset": 1, "from_folders": True},
        {"screen": 1, "new_screen": "a"},
        {"project": 0},
        {"project": 2**63},
        {"new_dataset": ""},
        {"new_dataset": "a" * 256},
        {"folder_depth": -1},
        {"unknown": 1},
    ],
)
def test_a_target_is_one_place(target: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        read(target=target)


@pytest.mark.parametrize(
    "file",
    [
        {"relative_path": "a", "size": -1},
        {"relative_path": "a", "size": 1.5},
        {"relative_path": "a", "size": "1"},
        {"relative_path": "a"},
        {"relative_path": "a", "size": 1, "sha1": "ABC"},
        {"relative_path": "a", "size": 1, "role": "picture"},
        {"relative_path": "a" * 4097, "size": 1},
    ],
)
def test_a_file_has_a_path_and_a_size(file: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        StartBody.model_validate_json(json.dumps({"files": [file]}))


def test_both_names_at_once_are_rejected() -> None:
    with pytest.raises(ValueError, match=r"target\.project"):
        read(project_id=1, target={"project": 1}).stored()
