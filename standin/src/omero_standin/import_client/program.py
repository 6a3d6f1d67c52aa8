"""The program `java` for `omero import`: OMERO's CommandLineImporter, as far as clients use it.

Arguments, output and exit codes are those of `CommandLineImporter` and `LoggingImportMonitor` in
ome/omero-blitz. Unsupported options fail with an error naming them.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from omero_standin.import_client.argument_files import expanded

if TYPE_CHECKING:
    from omero_standin.import_client.candidates import Candidates, Group
    from omero_standin.import_client.upload import Wishes

_CLASS: Final = "ome.formats.importer.cli.CommandLineImporter"
_DEPTH: Final = re.compile(r"-Domero\.import\.depth=(\d+)")
# Exit codes: some of the files failed; no file at all for `-f`.
_FAILED, _SOME_FAILED, _NO_FILES = 1, 2, 125


def main(arguments: list[str]) -> int:
    """Do what `java` would."""
    if arguments[:1] and arguments[0].startswith("@"):
        arguments = expanded(arguments)
    if arguments[:1] == ["-version"]:
        sys.stderr.write("the import client of the OMERO stand-in: no Java\n")
        return 0
    if _CLASS not in arguments:
        sys.stderr.write(f"java: the OMERO stand-in can only run {_CLASS}\n")
        return _FAILED
    at = arguments.index(_CLASS)
    depths = [match[1] for each in arguments[:at] if (match := _DEPTH.fullmatch(each))]
    options = _parser().parse_args(arguments[at + 1 :])
    from omero_standin.bio_formats.installed import NeedsJava
    from omero_standin.bio_formats.process import BioFormats
    from omero_standin.import_client.candidates import find

    bio_formats = BioFormats()
    try:
        found = find(bio_formats, options.paths, int(depths[0]) if depths else 4)
    except NeedsJava as error:
        sys.stderr.write(f"{error}\n")
        return _FAILED
    finally:
        bio_formats.stop()
    for file, message in found.errors:
        sys.stderr.write(f"{file}: {message}\n")
    if options.only_show:
        _show(found)
        return 0 if found.groups else _NO_FILES
    if not found.groups:
        sys.stderr.write("No imports due to errors!\n" if found.errors else "No imports found\n")
        return _FAILED
    return _import(options, found)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="omero import", allow_abbrev=False)
    add = parser.add_argument
    add("-s", dest="host", default="localhost")
    add("-p", dest="port", type=int, default=4064)
    add("-k", dest="key", default="")
    add("-f", dest="only_show", action="store_true")
    add("-c", dest="go_on", action="store_true")
    add("-n", "--name", "--plate-name", dest="name")
    add("-x", "--description", "--plate-description", dest="description")
    add("-d", dest="dataset")
    add("-r", dest="screen")
    add("-T", "--target", dest="target")
    add("--output", choices=("ids", "legacy", "yaml"), default="ids")
    add("--checksum-algorithm", dest="algorithm", default="SHA1-160")
    add("--no-thumbnails", action="store_true")
    add("--no-stats-info", action="store_true")
    add("--annotation-ns", dest="namespaces", action="append", default=[])
    add("--annotation-text", dest="texts", action="append", default=[])
    add("--annotation-link", dest="linked", action="append", type=int, default=[])
    add("--transfer", choices=("upload",), default="upload")
    # What makes no difference here.
    add("--no-upgrade-check", action="store_true")
    for ignored in ("--parallel-upload", "--parallel-fileset", "--debug", "--encrypted"):
        add(ignored)
    add("paths", nargs="*")
    return parser


def _show(found: Candidates) -> None:
    for group in found.groups:
        plates = str(group.has_plates).lower()
        reader = group.reader.rpartition(".")[2]
        sys.stdout.write("#======================================\n")
        sys.stdout.write(f"# Group: {group.files[0]} SPW: {plates} Reader: {reader}\n")
        sys.stdout.writelines(f"{each}\n" for each in group.files)


def _import(options: argparse.Namespace, found: Candidates) -> int:
    # OMERO's generated classes take a second: only when there is something to import.
    from omero_standin import generated  # noqa: F401 - before Ice
    import omero  # isort: skip

    from omero_standin.import_client.upload import ImportFailed, joined, upload

    begun, done = time.monotonic(), []
    errors = len(found.errors)
    with joined(options.host, options.port, options.key) as client:
        try:
            wishes = _wishes(client, options)
        except ImportFailed as error:
            sys.stderr.write(f"{error}\n")
            return _FAILED
        for group in found.groups:
            try:
                answer, fileset = upload(client, group, wishes)
            except (ImportFailed, omero.ServerError, OSError) as error:
                errors += 1
                message = getattr(error, "message", error)
                sys.stderr.write(f"{group.files[0]}: {message}\n")
                if not options.go_on:
                    break
                continue
            done.append((group, answer))
            _print(options.output, answer, fileset)
    _summary(done, errors, time.monotonic() - begun)
    return _SOME_FAILED if errors and not options.go_on else 0


def _wishes(client: Any, options: argparse.Namespace) -> Wishes:
    from omero_standin.import_client.target import target
    from omero_standin.import_client.upload import ImportFailed, Wishes

    if len(options.namespaces) != len(options.texts):
        raise ImportFailed("each --annotation-ns needs an --annotation-text")
    return Wishes(
        name=options.name,
        description=options.description,
        target=target(client, options.dataset, options.screen, options.target),
        algorithm=options.algorithm,
        thumbnails=not options.no_thumbnails,
        statistics=not options.no_stats_info,
        annotations=tuple(zip(options.namespaces, options.texts, strict=True)),
        linked=tuple(options.linked),
    )


def _print(output: str, answer: Any, fileset: int) -> None:
    ids: dict[str, list[int]] = {}
    for each in answer.objects:
        ids.setdefault(type(each).__name__.removesuffix("I"), []).append(each.id.val)
    if output == "legacy":
        sys.stdout.writelines(f"{each.id.val}\n" for each in answer.pixels)
    elif output == "yaml":
        sys.stdout.write(f"---\n- Fileset: {fileset}\n")
        for kind, found in ids.items():
            sys.stdout.write(f"  {kind}: [{', '.join(map(str, found))}]\n")
    else:
        kind = "Plate" if "Plate" in ids else "Image"
        sys.stdout.write(f"{kind}:{','.join(map(str, ids[kind]))}\n")
    sys.stdout.flush()


def _summary(done: list[tuple[Group, Any]], errors: int, seconds: float) -> None:
    counts = {
        "file": sum(len(group.files) for group, _ in done),
        "fileset": len(done),
        "image": sum(len(answer.pixels) for _, answer in done),
        "error": errors,
    }
    files, filesets, images, failed = _counted(counts)
    took = time.strftime("%H:%M:%S", time.gmtime(seconds))
    sys.stderr.write(
        f"\n==> Summary\n{files} uploaded, {filesets} created, {images} imported, "
        f"{failed} in {took}.{int(seconds * 1000) % 1000:03d}\n"
    )


def _counted(counts: dict[str, int]) -> Iterator[str]:
    for name, count in counts.items():
        yield f"{count} {name}{'' if count == 1 else 's'}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
