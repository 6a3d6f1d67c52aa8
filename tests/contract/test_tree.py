"""The tree in CONTRIBUTING.md is the repository's."""

from __future__ import annotations

import re
import subprocess

from omero_ci.paths import ROOT


def test_folders_of_two_levels_are_those_of_the_tree() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text()
    (block,) = re.findall(r"```text\n(.*?)```", text, re.DOTALL)
    told, above = set(), ""
    for indent, name in re.findall(r"^( *)(\S+)/", block, re.MULTILINE):
        above = above if indent else name
        told.add(f"{above}/{name}" if indent else name)
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    folders = [path.split("/")[:-1] for path in listed.split("\0") if (ROOT / path).is_file()]
    there = {"/".join(parts[:depth]) for parts in folders for depth in (1, 2) if parts[depth - 1 :]}
    assert told == {path for path in there if not path.startswith(".")}
