"""Files of arguments say the same to Java, and to what stands for it."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omero_standin.import_client.argument_files import expanded
from omeroweb_upload.import_drivers import argument_file

ODD = (
    "-f.tif",
    "zelle # 1: a.tif",
    "line\nbreak.tif",
    "q\"uote'.tif",
    "細胞.tif",
    "",
    "#",
    "a\\b",
    "\tx ",
)


def test_only_its_user_can_read_it(tmp_path: Path) -> None:
    name = argument_file.write(tmp_path / "arguments", ODD)
    assert name == f"@{tmp_path}/arguments"
    assert stat.S_IMODE((tmp_path / "arguments").stat().st_mode) == 0o600


def test_java_reads_it(tmp_path: Path) -> None:
    words = [f"-Dodd{number}=<{word}>" for number, word in enumerate(ODD)]
    words = [*words, "-XshowSettings:properties", "-version"]
    name = argument_file.write(tmp_path / "arguments", words)
    said = subprocess.run(
        ["java", name], capture_output=True, text=True, check=True, env={"LC_ALL": "C.UTF-8"}
    )
    for number, word in enumerate(ODD):
        assert f"odd{number} = <{word}>" in said.stderr


@given(words=st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))))
def test_any_words(words: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("words")
    assert expanded([argument_file.write(folder / "arguments", words)]) == words
