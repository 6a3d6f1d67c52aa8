"""`ims-write IN OUT`: an Imaris file from a NumPy array (.npy) or a TIFF stack."""

from __future__ import annotations

import argparse
import datetime
import re
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from omero_ims.description import Channel, ImageDescription, Vector
from omero_ims.errors import Unsupported, WriteFailed
from omero_ims.metadata import channels_of
from omero_ims.sources import Source, numpy_source
from omero_ims.tiff_source import tiff_source
from omero_ims.units import um
from omero_ims.verify import verify
from omero_ims.writer import MAX_MEMORY, Progress, write

_MEGABYTE = 1024 * 1024


def main(arguments: Sequence[str] | None = None) -> int:
    """Write and check a file; 0 when it is right, 1 with a message when not."""
    asked = _parser().parse_args(arguments)
    try:
        _convert(asked)
    except (Unsupported, WriteFailed, OSError) as error:
        sys.stderr.write(f"ims-write: {error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write(f"ims-write: stopped; there is no new file {asked.target}\n")
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ims-write", description=__doc__)
    add = parser.add_argument
    add("source", type=Path, metavar="IN", help=".npy, .tif or .tiff")
    add("target", type=Path, metavar="OUT", help="the Imaris file; one that exists is replaced")
    add("--axes", help="a letter for each dimension, such as ZYX or TCZYX")
    add("--series", type=int, default=0, help="which image of a TIFF file, from 0")
    add("--name", help="the image's name (default: that of the file)")
    add("--voxel", type=float, nargs=3, metavar=("X", "Y", "Z"), help="size of a voxel")
    add("--unit", default="um", help="of --voxel, such as nm or MICROMETER (default: um)")
    add(
        "--channel",
        action="append",
        default=[],
        metavar="NAME[:RRGGBB]",
        help="once for each channel",
    )
    add(
        "--start",
        type=datetime.datetime.fromisoformat,
        help="date and time of the first time point",
    )
    add("--interval", type=float, metavar="SECONDS", help="between time points")
    add(
        "--memory",
        type=int,
        metavar="MB",
        default=MAX_MEMORY // _MEGABYTE,
        help="for buffers (default: %(default)s)",
    )
    add("--quiet", action="store_true", help="print no progress")
    return parser


def _convert(asked: argparse.Namespace) -> None:
    if not asked.source.is_file():
        raise Unsupported(f"there is no file {asked.source}")
    source = _open(asked)
    try:
        progress = None if asked.quiet else _progress()
        description = _description(asked, source)
        written = write(
            asked.target, description, source.read, progress, max_memory=asked.memory * _MEGABYTE
        )
    finally:
        source.close()
    problems = verify(asked.target)
    for line in (*written.notes, *map(str, problems)):
        sys.stderr.write(f"{line}\n")
    if problems:
        raise WriteFailed(f"{asked.target} is not right: {len(problems)} problems, above")
    sys.stdout.write(f"{asked.target}: {written.bytes} bytes, {written.levels} levels\n")


def _open(asked: argparse.Namespace) -> Source:
    suffix = asked.source.suffix.lower()
    if suffix == ".npy":
        return numpy_source(asked.source, asked.axes)
    if suffix in {".tif", ".tiff"}:
        return tiff_source(asked.source, asked.axes, asked.series)
    raise Unsupported(f"{asked.source} is neither .npy nor .tif nor .tiff")


def _description(asked: argparse.Namespace, source: Source) -> ImageDescription:
    t, c, z, y, x = source.sizes
    plain = ImageDescription(
        asked.name or asked.source.stem, x, y, z, c, t, source.pixel_type,
        voxel_um=_voxel(asked, source), acquired=asked.start, seconds_between=asked.interval,
    )  # fmt: skip
    names = asked.channel or source.channel_names
    if names and len(names) != c:
        raise Unsupported(
            f"{asked.source} has {c} channels, and --channel is given {len(names)} times"
        )
    usual = channels_of(plain)
    channels = [_channel(text, usual[number]) for number, text in enumerate(names)]
    return ImageDescription(**{**vars(plain), "channels": channels})


def _voxel(asked: argparse.Namespace, source: Source) -> Vector:
    if asked.voxel is None:
        return source.voxel_um
    x, y, z = (um(value, asked.unit) for value in asked.voxel)
    return x, y, z


def _channel(text: str, usual: Channel) -> Channel:
    """`NAME`, or `NAME:RRGGBB`."""
    found = re.fullmatch(r"(.*):#?([0-9a-fA-F]{6})", text, re.DOTALL)
    if found is None:
        return Channel(text or usual.name, usual.color)
    red, green, blue = (part / 255 for part in bytes.fromhex(found[2]))
    return Channel(found[1] or usual.name, (red, green, blue))


def _progress() -> Progress:
    """Prints planes, their rate and the remaining time, once a second."""
    began = printed = time.monotonic()

    def report(done: int, total: int) -> None:
        nonlocal printed
        now = time.monotonic()
        if done and (done == total or now - printed >= 1):
            printed = now
            rate = done / max(now - began, 1e-9)
            left = (total - done) / rate
            sys.stderr.write(f"{done} of {total} planes, {rate:.1f} a second, {left:.0f} s left\n")

    return report
