"""The commands of `ci/images`."""

from __future__ import annotations

import argparse
from pathlib import Path

from image_build import build
from image_build.catalogue import BY_NAME, CATALOGUE
from omero_ci.console import say, step
from omero_ci.paths import ROOT
from tools.common.commands import output_of
from tools.common.errors import CommandError


def main(arguments: list[str]) -> int:
    """Run one command."""
    options = _parser().parse_args(arguments)
    if options.command == "build":
        build.build(options.names, fresh_base=options.fresh_base)
        say(f"values: {build.write_values()}")
    elif options.command == "load":
        _load(options.name)
    elif options.command == "archives":
        say("\n".join(str(path) for path in _archives()))
    elif options.command == "values":
        say(str(build.write_values()))
    else:
        _list()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ci/images", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    making = commands.add_parser("build", help="build what has changed, and write the Helm values")
    making.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        choices=[[], *BY_NAME],
        help="only these, and their bases",
    )
    making.add_argument(
        "--fresh-base", action="store_true", help="rebuild the Debian base with today's updates"
    )
    commands.add_parser("archives", help="print the paths of the archives that a cluster loads")
    loading = commands.add_parser("load", help="load all images into a local cluster")
    loading.add_argument("--name", default="omero", help="the cluster (default: %(default)s)")
    commands.add_parser(
        "values", help="write Helm values that name the images, and print the file's path"
    )
    commands.add_parser("list", help="list the images with their tags and sizes")
    return parser


def _archives() -> list[Path]:
    shipped = [image for image in CATALOGUE if image.shipped]
    missing = [image.name for image in shipped if not build.archive(image).is_file()]
    if missing:
        raise CommandError(
            f"not built yet, or changed since: {', '.join(missing)}. Run `ci/images build` first"
        )
    return [build.archive(image) for image in shipped]


def _load(cluster: str) -> None:
    archives = _archives()
    load: list[str | Path] = [ROOT / "ci" / "cluster", "load-image", "--name", cluster]
    with step(f"loading {len(archives)} images into the cluster {cluster}"):
        output_of([*load, *archives])


def _list() -> None:
    for image in CATALOGUE:
        path = build.archive(image)
        size = f"{path.stat().st_size / 1e6:7.1f} MB" if path.is_file() else "  not built"
        say(f"{image.name:22} {build.tag(image)}  {size if image.shipped else '  only a base'}")
