"""The jars of OMERO's Java client in the image: only those with the checksum that is pinned."""

from __future__ import annotations

import hashlib
import importlib.util
import io
import sys
import urllib.request
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

FILE = Path(__file__).resolve().parents[3] / "images/omero-web/omero_java.py"
URL = "https://example.org/OMERO.java-5.6.zip"


@pytest.fixture
def module() -> ModuleType:
    spec = importlib.util.spec_from_file_location("omero_java", FILE)
    assert spec is not None and spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def archive(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name in names:
            made.writestr(name, name)
    return out.getvalue()


def run(
    module: ModuleType, monkeypatch: pytest.MonkeyPatch, content: bytes, *arguments: str
) -> None:
    monkeypatch.setattr(urllib.request, "urlopen", lambda _url, timeout: io.BytesIO(content))
    monkeypatch.setattr(sys, "argv", ["omero_java.py", *arguments])
    module.main()


def test_jars_of_the_pinned_archive_alone(
    module: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    names = (
        "OMERO.java/libs/a.jar",
        "OMERO.java/libs/logback-cli.xml",
        "OMERO.java/../../evil.jar",
    )
    content = archive(*names, "OMERO.java/README")
    sum_ = hashlib.sha256(content).hexdigest()
    run(module, monkeypatch, content, URL, sum_, str(tmp_path / "java"))
    assert {each.name for each in (tmp_path / "java").iterdir()} == {"a.jar", "logback-cli.xml"}
    assert {each.name for each in tmp_path.iterdir()} == {"java"}


def test_without_an_address_the_image_has_none(
    module: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    run(module, monkeypatch, b"", "", "", str(tmp_path / "java"))
    assert list((tmp_path / "java").iterdir()) == []


@pytest.mark.parametrize(
    ("url", "sum_", "message"),
    [
        (URL, "0" * 64, "has the SHA-256"),
        (URL, "", "has the SHA-256"),
        ("http://example.org/x.zip", "", "must begin with https"),
    ],
)
def test_anything_else_ends_the_build(
    module: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    url: str,
    sum_: str,
    message: str,
) -> None:
    with pytest.raises(SystemExit, match=message):
        run(
            module, monkeypatch, archive("OMERO.java/libs/a.jar"), url, sum_, str(tmp_path / "java")
        )
    assert list((tmp_path / "java").iterdir()) == []


def test_an_archive_without_jars_ends_the_build(
    module: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    content = archive("OMERO.java/lib/a.txt")
    with pytest.raises(SystemExit, match="no jars"):
        sum_ = hashlib.sha256(content).hexdigest()
        run(module, monkeypatch, content, URL, sum_, str(tmp_path / "java"))
