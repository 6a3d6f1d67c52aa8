"""`ci/upload-samples` writes files that are what their names say, and the same ones each time."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import tifffile

from omero_ci import upload_samples
from omeroweb_upload.emsa import reader


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return upload_samples.write(tmp_path_factory.mktemp("samples"), large=2)


def test_it_can_be_written_again(samples: Path, tmp_path: Path) -> None:
    again = upload_samples.write(tmp_path, large=2)
    assert digests(again) == digests(samples)
    assert digests(upload_samples.write(tmp_path, large=2)) == digests(samples)


def test_images_are_images(samples: Path) -> None:
    shapes = {
        str(path.relative_to(samples)): tifffile.imread(path).shape
        for path in samples.rglob("*.tif")
        if "Time lapse" not in path.parts
    }
    assert len(shapes) == 8
    assert shapes.pop("Recording.tif") == (3, 512, 512)
    assert set(shapes.values()) == {(512, 512)}


def test_the_time_lapse_is_one_image(samples: Path) -> None:
    first = next((samples / "Time lapse").iterdir())
    assert tifffile.imread(first).shape == (3, 512, 512)


def test_the_size_of_the_recording_is_as_asked(samples: Path) -> None:
    assert 1.5e6 < (samples / "Recording.tif").stat().st_size < 2.5e6


def test_the_spectrum_is_one(samples: Path) -> None:
    found = reader.read((samples / "SEM-EDX" / "grain.msa").read_bytes())
    assert found.warnings == ()
    assert (len(found.y), found.signal, found.beam_kev) == (1024, "EDS", 15.0)
