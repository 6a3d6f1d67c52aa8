"""The server's configuration, put together as the real image does it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from omero_standin.omero_config import ConfigError, read, translate


@pytest.mark.parametrize(
    ("variable", "key"),
    [
        ("CONFIG_omero_db_host", "omero.db.host"),
        ("CONFIG_omero_web_server__list", "omero.web.server_list"),
        ("CONFIG_omero_glacier2_IceSSL_Protocols", "omero.glacier2.IceSSL.Protocols"),
        ("CONFIG_omero_jvmcfg_heap__size_blitz", "omero.jvmcfg.heap_size.blitz"),
        # The image's own losses, which are the reason why the operator writes a file.
        ("CONFIG_omero_x_y_z", "omero.x_y.z"),
        ("CONFIG_a_b_c", "a.b_c"),
        ("CONFIG_foo___bar", "foo__bar"),
    ],
)
def test_variables_translate_as_in_the_image(variable: str, key: str) -> None:
    assert translate(variable) == key


def test_files_come_in_name_order_and_variables_win(tmp_path: Path) -> None:
    (tmp_path / "90-platform.omero").write_text(
        "# from the custom resource\nconfig set -- omero.db.name second\n"
        "config append -- omero.client.scripts '\"b c\"'\nconfig set -- -Xmx '1 g'\n"
    )
    (tmp_path / "00-first.omero").write_text(
        "config drop default\nconfig set omero.db.name first\n"
        "config append omero.client.scripts '\"a\"'\ncertificates -v\n"
    )
    config = read(
        tmp_path, {"CONFIG_omero_db_host": "db", "HOME": "/", "CONFIG_omero_db_name": "third"}
    )
    assert config == {
        "omero.db.name": "third",
        "omero.db.host": "db",
        "omero.client.scripts": json.dumps(["a", "b c"]),
        "-Xmx": "1 g",
    }


def test_a_line_can_be_taken_back(tmp_path: Path) -> None:
    (tmp_path / "a.omero").write_text(
        "config append -- list '1'\nconfig append -- list '2'\n"
        "config remove -- list '1'\nconfig set gone x\nconfig set gone\n"
    )
    assert read(tmp_path, {}) == {"list": "[2]"}


@pytest.mark.parametrize("line", ["admin start", "config load x", "config set", "config set 'open"])
def test_a_line_that_is_not_understood_names_file_and_line(tmp_path: Path, line: str) -> None:
    (tmp_path / "a.omero").write_text(f"\n{line}\n")
    with pytest.raises(ConfigError, match=r"a\.omero:2: "):
        read(tmp_path, {})
