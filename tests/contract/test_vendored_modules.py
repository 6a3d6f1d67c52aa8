"""What the upload page takes from others: the versions that are built are those that are pinned."""

from __future__ import annotations

import json
import re
from pathlib import Path

PLUGIN = Path(__file__).resolve().parents[2] / "plugins/omeroweb_upload"
SOURCES = PLUGIN / "vendor"
BUILT = PLUGIN / "src/omeroweb_upload/static/omeroweb_upload/vendor"


def test_the_pinned_versions_are_built() -> None:
    wanted = json.loads((SOURCES / "package.json").read_text())["dependencies"]
    said = re.findall(r"^=== (\S+) (\S+) ===$", (BUILT / "LICENSES.txt").read_text(), re.MULTILINE)
    assert wanted.items() <= dict(said).items()
    locked = json.loads((SOURCES / "package-lock.json").read_text())["packages"]
    assert {name: locked[f"node_modules/{name}"]["version"] for name, _ in said} == dict(said)


def test_every_package_is_locked_by_its_hash_and_by_no_address() -> None:
    locked = json.loads((SOURCES / "package-lock.json").read_text())["packages"]
    packages = {name: entry for name, entry in locked.items() if name}
    assert len(packages) > 10
    assert all(entry["integrity"].startswith("sha512-") for entry in packages.values())
    assert [name for name, entry in packages.items() if "resolved" in entry] == []


def test_each_entry_has_its_module() -> None:
    entries = {file.name for file in SOURCES.glob("*.js")}
    assert entries == {file.name for file in BUILT.glob("*.js")} == {"tus.js", "sha1.js"}
