"""The command omp-parse, as a program of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

COMMAND = Path(sys.executable).with_name("omp-parse")
NAMES = "10444-ec-01-sa-02-20x.tif\n10444-ec-02-sa-02-63x.ome.tif\n"


def run(
    *arguments: str | Path, names: str | bytes = "", expected: int = 0
) -> subprocess.CompletedProcess[bytes]:
    given = names if isinstance(names, bytes) else names.encode()
    done = subprocess.run(
        [COMMAND, *arguments], input=given, capture_output=True, timeout=60, check=False
    )
    assert done.returncode == expected, done.stderr.decode()
    return done


def lines(*arguments: str | Path, names: str | bytes = "") -> list[Any]:
    output = run(*arguments, names=names).stdout.decode()
    return [json.loads(line) for line in output.splitlines()]


def test_json_tells_what_was_detected_and_then_each_name_in_order() -> None:
    detected, first, second = lines("--json", names=NAMES)
    (group,) = detected["detected"].pop("groups")
    assert detected == {
        "detected": {
            "pattern": "-{,ec,sa}",
            "separators": ["-"],
            "labels": ["ec", "sa"],
            "confidence": 0.75,
            "cuts": [],
            "scheme": None,
            "pieces": [[6, 2]],
            "remarks": [],
        }
    }
    assert [(key["name"], key["type"], key["label"]) for key in group["keys"]] == [
        ("Var1", "number", ""),
        ("ec", "number", "ec"),
        ("sa", "number", "sa"),
        ("Magnification", "magnification", ""),
    ]
    assert first == {
        "name": "10444-ec-01-sa-02-20x.tif",
        "extension": ".tif",
        "tokens": ["10444", "ec", "01", "sa", "02", "20x"],
        "pairs": [["Var1", "10444"], ["ec", "01"], ["sa", "02"], ["Magnification", "20x"]],
        "types": ["number", "number", "number", "magnification"],
        "warnings": [],
        "group": 0,
    }
    assert (second["extension"], second["pairs"][-1]) == (".ome.tif", ["Magnification", "63x"])


def test_files_and_standard_input_in_the_order_given(tmp_path: Path) -> None:
    file = tmp_path / "names.txt"
    file.write_bytes("b_1.tif\r\n\n日本_2.tif".encode())
    told = lines("--json", "--mode", "separators", "--pattern", "_", file, "-", names="c_3.tif\n")
    assert told[0]["detected"]["separators"] == ["_"]
    assert [line["name"] for line in told[1:]] == ["b_1.tif", "日本_2.tif", "c_3.tif"]


def test_variables_are_named_on_request() -> None:
    told = lines("--json", "--mode", "separators", "--pattern", "_", "--names", "A,B", names="x_y")
    assert told[1]["pairs"] == [["A", "x"], ["B", "y"]]
    told = lines("--json", "--names", "A,B,C,D", names=NAMES)
    assert [variable for variable, _ in told[1]["pairs"]] == ["A", "B", "C", "D"]


def test_regular_expressions() -> None:
    told = lines("--json", "--mode", "regex", "--pattern", r"(?P<N>\d+)", names="a7.tif\nb.tif")
    assert told[1]["pairs"] == [["N", "7"]]
    assert told[2]["warnings"] == ["The pattern does not fit this name."]


def test_a_refused_pattern_is_shown_with_the_place() -> None:
    done = run("--mode", "regex", "--pattern", "ab(?<=x)c", expected=2)
    told = done.stderr.decode().splitlines()
    assert "Lookbehind" in told[0]
    assert told[1:] == ["    ab(?<=x)c", "      ^"]
    assert done.stdout == b""


@pytest.mark.parametrize(
    "arguments",
    [("--mode", "regex"), ("--mode", "separators"), ("--pattern", "_"), ("--mode", "other")],
)
def test_wrong_usage_ends_with_2(arguments: tuple[str, ...]) -> None:
    assert b"usage: omp-parse" in run(*arguments, expected=2).stderr


def test_help_explains_itself() -> None:
    told = run("--help").stdout.decode()
    assert "exit codes" in told
    assert "--pattern" in told


def test_a_file_that_is_not_there_ends_with_1(tmp_path: Path) -> None:
    assert b"missing.txt" in run(tmp_path / "missing.txt", expected=1).stderr


def test_a_rule_file_with_a_mistake_ends_with_2(tmp_path: Path) -> None:
    file = tmp_path / "site.toml"
    file.write_text("[[label]]\nwords = []\nsource = 'x'\n", encoding="utf-8")
    told = run("--rules", file, expected=2).stderr.decode()
    assert f"{file}: label 1, field words" in told


def test_a_table_for_people() -> None:
    told = run(names=NAMES + "日本.tif\n").stdout.decode().splitlines()
    assert told[0].startswith("pattern: -{,ec,sa}   separators: “-”   labels: ec, sa")
    assert told[2].split() == ["name", "Var1", "ec", "sa", "Magnification"]
    assert told[4].split() == ["10444-ec-01-sa-02-20x.tif", "10444", "01", "02", "20x"]
    assert told[6].endswith("! No value for “ec”, “sa”, “Magnification”.")
    # Two letters before it take two columns of a terminal each.
    assert told[4].index("10444", 10) == told[6].index("日本", 4) + 2


def test_a_table_has_room_for_variables_that_come_late() -> None:
    names = "a_b\n" * 300 + "a_b_c\n"
    told = run("--mode", "separators", "--pattern", "_", names=names).stdout.decode()
    assert told.splitlines()[-1].split() == ["a_b_c", "a", "b", "Var3=c"]


def test_control_characters_do_not_reach_the_terminal() -> None:
    told = run("--mode", "separators", "--pattern", "_", names="a\x1b[31m_b\n").stdout
    assert b"\x1b" not in told


def test_names_that_are_no_utf8_come_out_as_json() -> None:
    told = lines("--json", "--mode", "separators", "--pattern", "_", names=b"\xff_a.tif\n")
    assert told[1]["tokens"] == ["\udcff", "a"]


def test_no_names_at_all() -> None:
    (told,) = lines("--json", names="")
    assert told["detected"]["pattern"] == ""
    assert told["detected"]["confidence"] == 0.0


def test_names_are_not_kept_when_nothing_is_detected() -> None:
    """Each name is answered before the next one is known."""
    arguments = [COMMAND, "--json", "--mode", "separators", "--pattern", "_", "-"]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as running:
        assert running.stdin
        assert running.stdout
        # More than the program collects before it writes, less than a pipe holds.
        for number in range(200):
            running.stdin.write(f"HeLa_{number:06d}_{'x' * 80}.tif\n".encode())
        running.stdin.flush()
        running.stdout.readline()
        assert json.loads(running.stdout.readline())["tokens"][1] == "000000"
        assert running.poll() is None
        running.stdin.close()
        assert len(running.stdout.readlines()) == 199


def test_a_reader_that_has_enough_is_no_fault() -> None:
    names = "".join(f"HeLa_{number}.tif\n" for number in range(50_000)).encode()
    arguments = [COMMAND, "--json", "--mode", "separators", "--pattern", "_", "-"]
    with subprocess.Popen(
        ["sh", "-c", '"$@" | head -n 1', "sh", *arguments],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as running:  # fmt: skip
        output, errors = running.communicate(names, timeout=60)
    assert json.loads(output)["detected"]["pattern"] == "_"
    assert errors == b""
