"""`ci/images`: tags follow the content, and everything an image copies is listed."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from image_build import build, rootfs, sources
from image_build.catalogue import BY_NAME, CATALOGUE, ELSEWHERE, ROLES, Image, needed
from tools.common.errors import CommandError

ROOT = Path(__file__).parents[3]
DOCKERFILES = sorted((*ROOT.glob("images/**/Dockerfile"), *ROOT.glob("examples/*/Dockerfile")))


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of its own, with an Ice wheel and built programs."""
    monkeypatch.setenv("OMERO_PLATFORM_CACHE", str(tmp_path))
    (tmp_path / "wheels").mkdir()
    (tmp_path / "wheels" / "zeroc_ice-3.6.5-cp311-cp311-linux_x86_64.whl").write_bytes(b"wheel")
    (tmp_path / "bin").mkdir()
    for image in CATALOGUE:
        if image.program:
            (tmp_path / "bin" / image.program).write_bytes(b"program")
    sources.image_fingerprint.cache_clear()
    return tmp_path


@pytest.fixture
def cache(empty_cache: Path) -> Path:
    """With a base."""
    _make_base()
    return empty_cache


def _make_base(*, fresh: bool = False) -> Path:
    """Stands in for mmdebstrap, which fetches packages."""
    target = rootfs.archive()
    target.parent.mkdir(parents=True, exist_ok=True)
    target.touch()
    target.with_suffix(".id").write_text("made today")
    return target


def test_the_first_build_of_all_names_images_as_later_ones_do(
    empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CommandError, match="ci/images build"):
        build.tag(BY_NAME["redis"])
    monkeypatch.setattr(rootfs, "make", _make_base)
    # Instead of buildah, which needs root and a network.
    monkeypatch.setattr(build.buildah, "check", lambda: None)
    monkeypatch.setattr(build.buildah, "has", lambda name: True)
    monkeypatch.setattr(build.buildah, "save", lambda name, target: target.write_text(name))
    built = build.build([], fresh_base=False)
    # Another command is another process.
    sources.image_fingerprint.cache_clear()
    assert built == len([each for each in CATALOGUE if build.archive(each).is_file()]) > 0
    assert build.build([], fresh_base=False) == 0


def test_every_dockerfile_is_an_image_of_the_catalogue() -> None:
    images = (*CATALOGUE, *ELSEWHERE)
    listed = {ROOT / image.folder / "Dockerfile" for image in images if image.folder}
    assert set(DOCKERFILES) == listed


@pytest.mark.parametrize(
    "image", [each for each in (*CATALOGUE, *ELSEWHERE) if each.folder], ids=lambda i: i.name
)
def test_a_build_copies_only_what_the_tag_depends_on(image: Image) -> None:
    """A file outside the inputs would change an image without changing its name."""
    text = (ROOT / image.folder / "Dockerfile").read_text()
    allowed = (".",) if image.own_context else (image.folder, *image.inputs)
    for line in re.findall(r"^COPY (?!--from)(.+)$", text, re.MULTILINE):
        *copied, _target = [word for word in line.split() if not word.startswith("--")]
        for path in copied:
            given = ("${RECIPE}", *(["programs/${PROGRAM}"] if image.program else []))
            within = path in given or any(f"{path}/".startswith(f"{each}/") for each in allowed)
            assert within, f"{image.name} copies {path}"


# The images `python` and `python-build` are bases, which run nothing themselves.
@pytest.mark.parametrize(
    "path",
    [each for each in DOCKERFILES if not each.parent.name.startswith("python")],
    ids=lambda p: p.parent.name,
)
def test_images_run_as_a_number_and_say_what_they_are(path: Path) -> None:
    text = path.read_text()
    assert re.findall(r"^USER (.+)$", text, re.MULTILINE)[-1] in (
        "10001:10001", "1000:1000", "999:999", "65534:65534",
    )  # fmt: skip
    for label in ("title", "description", "version", "source", "licenses", "revision"):
        assert f"org.opencontainers.image.{label}=" in text


def test_bases_are_built_before_what_uses_them() -> None:
    names = [image.name for image in needed([])]
    for image in needed([]):
        assert all(names.index(base) < names.index(image.name) for base in image.uses.values())
    assert [image.name for image in needed(["redis"])] == ["debian-base", "redis"]


@pytest.mark.usefixtures("cache")
def test_a_tag_changes_with_its_base(monkeypatch: pytest.MonkeyPatch) -> None:
    based = [image for image in CATALOGUE if image.uses or not image.folder]
    before = {image.name: build.tag(image) for image in based}
    sources.image_fingerprint.cache_clear()
    monkeypatch.setattr(sources, "base_fingerprint", lambda: "another")
    after = {image.name: build.tag(image) for image in based}
    assert all(before[name] != after[name] for name in before)


@pytest.mark.usefixtures("cache")
def test_documentation_and_caches_change_no_image() -> None:
    names = [name for name, _ in sources.files(BY_NAME["omero-web"])]
    assert "images/ice/zeroc_ice-3.6.5-cp311-cp311-linux_x86_64.whl" in names
    assert not [name for name in names if "__pycache__" in name]


def test_values_name_every_role_of_the_chart(cache: Path) -> None:
    written = build.write_values()
    assert written.is_relative_to(cache)
    images = json.loads(written.read_text())["global"]["images"]
    for role, name in ROLES.items():
        assert images[role]["repository"] == f"localhost/omero-platform/{name}"
        assert re.fullmatch(r"[0-9a-f]{12}", images[role]["tag"])
