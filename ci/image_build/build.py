"""Building what has changed, and nothing else; and the Helm values that name the images."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Final

from image_build import buildah, rootfs
from image_build.catalogue import BY_NAME, MONITORING, ROLES, Image, needed
from image_build.sources import image_fingerprint, write_context
from omero_ci.console import say, step
from omero_ci.paths import ROOT
from tools.common.commands import run
from tools.common.locks import only_one
from tools.common.paths import cache_folder

REGISTRY: Final = "localhost/omero-platform"


def folder() -> Path:
    """Where archives and logs are kept."""
    return cache_folder() / "images"


def tag(image: Image) -> str:
    """The first characters of the image's fingerprint."""
    return image_fingerprint(image)[:12]


def reference(image: Image) -> str:
    """The full name under which pods ask for the image."""
    return f"{REGISTRY}/{image.name}:{tag(image)}"


def archive(image: Image) -> Path:
    """The file from which a cluster loads the image."""
    return folder() / f"{image.name}-{tag(image)}.tar"


def build(names: list[str], *, fresh_base: bool) -> int:
    """Build these images, or all; returns how many had to be built."""
    folder().mkdir(parents=True, exist_ok=True)
    with only_one(folder() / "build.lock", "ci/images build"):
        return _build(names, fresh_base=fresh_base)


def _build(names: list[str], *, fresh_base: bool) -> int:
    # Before anything else: the images' names follow from it.
    rootfs.make(fresh=fresh_base)
    images = needed(names)
    stale = [image for image in images if image.shipped and not archive(image).is_file()]
    if not stale:
        say(f"all {sum(image.shipped for image in images)} images are up to date")
        return 0
    buildah.check()
    for image in needed([image.name for image in stale]):
        _build_one(image)
    for image in stale:
        _archive_one(image)
    return len(stale)


def _build_one(image: Image) -> None:
    name = reference(image)
    if buildah.has(name):
        return
    if not image.folder:
        with step(f"image {image.name}"):
            buildah.import_root(rootfs.archive(), name)
        return
    with (
        step(f"image {image.name}"),
        tempfile.TemporaryDirectory(prefix="omero-image-") as context,
    ):
        write_context(image, Path(context))
        arguments = {argument: reference(BY_NAME[base]) for argument, base in image.uses.items()}
        arguments |= image.arguments
        if image.ice:
            # The wheel is at hand, so nothing of the recipe for building it is copied.
            arguments["RECIPE"] = "images/ice"
        if image.shipped:
            arguments["REVISION"] = _revision()
        log = folder() / f"{image.name}.log"
        buildah.build(Path(context), image.dockerfile, name, arguments, log)


def _archive_one(image: Image) -> None:
    target = archive(image)
    beside = target.with_name(f"writing-{target.name}")
    beside.unlink(missing_ok=True)
    with step(f"archive of {image.name}"):
        buildah.save(reference(image), beside)
        beside.replace(target)
    for old in folder().glob(f"{image.name}-????????????.tar"):
        if old != target:
            old.unlink()


def write_values() -> Path:
    """Write `values.yaml` beside the archives. JSON is YAML, and needs no library."""
    images = {role: _values_of(name) for role, name in ROLES.items()}
    values = {
        "global": {"images": {"registry": "", "pullPolicy": "IfNotPresent", **images}},
        "omero-monitoring": {
            part: {"image": _values_of(name)} for part, name in MONITORING.items()
        },
    }
    target = folder() / "values.yaml"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")
    return target


def _values_of(name: str) -> dict[str, str]:
    """The values of a chart that name an image."""
    return {"repository": f"{REGISTRY}/{name}", "tag": tag(BY_NAME[name]), "digest": ""}


def _revision() -> str:
    """The commit, as a label; the tag does not depend on it."""
    return (
        run(["git", "rev-parse", "--short=12", "HEAD"], folder=ROOT).stdout.strip() or "uncommitted"
    )
