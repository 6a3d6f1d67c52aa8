"""Which spectrum belongs to which image, by names."""

from __future__ import annotations

import pytest

from omeroweb_upload.planning.associations import Offer, associate, offers


@pytest.mark.parametrize(
    ("spectrum", "image"),
    [
        ("area 1.txt", "area 1.tif"),
        ("Area-1.TXT", "area_1.tif"),
        ("site 3 Spectrum 1.txt", "site 3 Electron Image 12.tif"),
        ("grain_7_spectrum.txt", "grain 7 SE.tif"),
        ("Spectrum 4.txt", "overview spectrum 4.tif"),
        ("Spectrum 04.txt", "Spectrum 4 place.tif"),
        ("grain 8 left.txt", "grain 8.tif"),
        ("Größe 2.txt", "gro\u0308ße 2.tif"),
        ("試料 2.txt", "試料 2.tif"),
    ],
)
def test_a_name_that_fits(spectrum: str, image: str) -> None:
    images = [f"day/{image}", "day/something else.tif", "other/" + image]
    assert associate({f"day/{spectrum}": ""}, images) == {f"day/{spectrum}": f"day/{image}"}


def test_the_same_names_in_two_folders_stay_in_their_folders() -> None:
    spectra = {"a/spectrum 1.txt": "", "b/spectrum 1.txt": ""}
    assert associate(spectra, ["a/image.tif", "b/image.tif"]) == {
        "a/spectrum 1.txt": "a/image.tif",
        "b/spectrum 1.txt": "b/image.tif",
    }


def test_one_image_has_all_spectra_of_its_folder() -> None:
    spectra = {f"day/{name}.txt": "" for name in ("x", "y", "z")}
    assert associate(spectra, ["day/a.tif"]) == dict.fromkeys(spectra, "day/a.tif")


def test_the_title_helps() -> None:
    found = associate(
        {"1.txt": "Site 2 Spectrum 9", "2.txt": "Spectrum 5"},
        ["Site 2 Electron Image 1.tif", "Spectrum 5 area.tif", "x.tif"],
    )
    assert found == {"1.txt": "Site 2 Electron Image 1.tif", "2.txt": "Spectrum 5 area.tif"}


@pytest.mark.parametrize(
    ("spectrum", "images"),
    [
        ("day/a.txt", []),
        ("day/a.txt", ["other/a.tif"]),
        ("a.txt", ["day/a.tif"]),
        ("spectrum 12.txt", ["image 1.tif", "image 2.tif"]),
        ("x.txt", ["a.tif", "b.tif"]),
        # Two that fit equally well.
        ("site 1 spectrum 3.txt", ["site 1 se.tif", "site 1 bse.tif"]),
        # Nothing is left of these names.
        ("_.txt", ["-.tif", "+.tif"]),
        ("spectrum.txt", ["image.tif", "electron image.tif"]),
    ],
)
def test_none_rather_than_a_wrong_one(spectrum: str, images: list[str]) -> None:
    assert associate({spectrum: ""}, images) == {}


def test_each_spectrum_is_offered_the_images_of_its_folder() -> None:
    images = ["a/1.tif", "a/2.tif", "b/1.tif"]
    assert offers(["a/1.msa", "a/odd.msa", "c/1.msa"], images) == [
        Offer("a/1.msa", "a/1.tif", ("a/1.tif", "a/2.tif")),
        Offer("a/odd.msa", "", ("a/1.tif", "a/2.tif")),
        Offer("c/1.msa", "", ()),
    ]
