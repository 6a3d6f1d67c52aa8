"""Names of files, as a stranger's images have them."""

from __future__ import annotations

from urllib.parse import unquote

import pytest

from omeroweb_imaris_connector.planning.names import content_disposition, file_name


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("cells.lif [Series 2]", "cells.lif [Series 2].ims"),
        ('a/b\\c:d*e?f"g<h>i|j', "a_b_c_d_e_f_g_h_i_j.ims"),
        ("two\nlines\tand\r\0more", "two lines and more.ims"),
        ("done.ims", "done.ims"),
        ("DONE.IMS", "DONE.ims"),
        ("  .hidden. ", "hidden.ims"),
        ("", "image-7.ims"),
        ("...", "image-7.ims"),
        ("???", "image-7.ims"),
        ("con", "image-7 con.ims"),
        ("COM1.tif", "image-7 COM1.tif.ims"),
        ("細胞", "細胞.ims"),
        ("Zellen äöü", "Zellen äöü.ims"),
        ("\u202egnp.exe", "gnp.exe.ims"),
        ("half \ud83d letter", "half letter.ims"),
        ("😀 stained", "😀 stained.ims"),
        ("100 %", "100 %.ims"),
    ],
)
def test_a_file_has_the_name_of_its_image(image: str, expected: str) -> None:
    assert file_name(7, image) == expected


def test_a_long_name_is_cut_between_letters() -> None:
    name = file_name(7, "ä" * 500)
    assert name == "ä" * 100 + ".ims"


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("cells.ims", "cells.ims"),
        ("Zellen äöü.ims", "Zellen aou.ims"),
        ("細胞.ims", "image.ims"),
        ("100 %.ims", "100 _.ims"),
        ("a'b(c).ims", "a'b(c).ims"),
    ],
)
def test_a_browser_of_any_age_can_save_it(name: str, plain: str) -> None:
    header = content_disposition(name)
    assert header.isascii()
    first, second, third = header.split("; ")
    assert (first, second) == ("attachment", f'filename="{plain}"')
    prefix, _, value = third.partition("UTF-8''")
    assert prefix == "filename*="
    assert unquote(value) == name
    assert not set(value) & set(" \"';,()")
