"""`omero-operator plan`: what a platform would become, before anything does.

It is the middle of a pass and nothing else: the same rules, builders and, with `--against`, the
same requests, each of which the API server is told to only try.
"""

import argparse
import asyncio
import difflib
import logging
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from omero_operator import settings
from omero_operator.api.v1alpha1.omeroplatform import PlatformSpec
from omero_operator.api.v1alpha1.rules import FieldError
from omero_operator.cluster.additions import Additions
from omero_operator.cluster.client import Api, connect_dry
from omero_operator.cluster.errors import ApiError
from omero_operator.cluster.repairs import Repairs
from omero_operator.commands import held_back, manifests
from omero_operator.desired import plan, start_order, validation
from omero_operator.desired.context import Context, Images
from omero_operator.identity.kinds import PLATFORM, SECRET, Manifest
from omero_operator.identity.labels import APPLIED, HELD
from omero_operator.liveness import WatchAudit
from omero_operator.operations import release
from omero_operator.operations.catalogue import Catalogue
from omero_operator.reconcile import Reconciler, SpecRefusedError
from omero_operator.state.observed import Observed

SAME, DIFFERENT, WRONG = 0, 1, 2

# The owner of what is printed has no unique id before it exists.
NO_UID = "00000000-0000-0000-0000-000000000000"

# What the API server writes into objects, and the operator's own mark of what it applied.
_NOT_COMPARED = ("creationTimestamp", "generation", "managedFields", "resourceVersion", "uid")
# Annotations that the operator reads again, and that say nothing to people.
_OWN_NOTES = (APPLIED, HELD)


class Refusal(Exception):
    """A platform that cannot be carried out, with a line for each reason."""


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to those of `omero-operator`."""
    parser = commands.add_parser(
        "plan",
        help="show the objects for a resource, or what is wrong with it; changes nothing",
        description=(
            "Reads OmeroPlatforms from a file and reports, field by field, what is wrong with "
            "them; other objects in the file are ignored. Without --against, it prints as YAML "
            "every object that the operator would create for a running site, and needs no cluster. "
            "Generated passwords, your own Secrets and what depends on their content are not "
            "shown. Images are those of spec.version, or of the operator's settings (IMAGE_...)."
        ),
        epilog=(
            "exit codes:\n"
            "  0  every platform is valid; with --against: nothing would change\n"
            "  1  with --against: something would change, as with `kubectl diff`\n"
            "  2  a platform is invalid or rejected by the API server, or the file cannot be read"
        ),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", metavar="FILE", help="YAML or JSON; - for standard input")
    parser.add_argument(
        "--namespace",
        metavar="NAME",
        help="namespace of platforms without one (default: that of the context, or `default`)",
    )
    against = parser.add_mutually_exclusive_group()
    against.add_argument(
        "--in-cluster",
        action="store_true",
        help="like --against, in a pod of the operator and with its account, of resources that a "
        "dry run has answered: this is what `kubectl omero plan` runs",
    )
    against.add_argument(
        "--against",
        metavar="KUBECONFIG",
        help="print the difference from what this cluster has (a server-side dry run); nothing is "
        "changed. Your account needs the operator's permissions on the site's objects. Only this "
        "checks changes to a running site, such as a smaller volume. Lines that begin with # say "
        "what waits until spec.version asks for the operator's release",
    )
    parser.add_argument(
        "--context", metavar="NAME", help="context in that file, if not the current one"
    )
    parser.set_defaults(command=main)


def main(arguments: argparse.Namespace) -> int:
    """Run the command.

    Args:
        arguments: `file`, `namespace`, `against`, `in_cluster` and `context`.

    Returns:
        The exit code, see `--help`.
    """
    try:
        images, releases = settings.images(os.environ), settings.releases(os.environ)
        found, others = manifests.platforms(_read(arguments.file))
    except (settings.SettingsError, manifests.FileError, OSError, UnicodeDecodeError) as error:
        return _complain(f"{arguments.file}: {error}")
    for title in others:
        sys.stderr.write(f"omero-operator: {arguments.file}: {title} is ignored\n")
    specs = []
    for platform in found:
        spec = judged(platform)
        if isinstance(spec, PlatformSpec):
            specs.append((platform, spec))
            continue
        for wrong in spec:
            _complain(f"{arguments.file}: OmeroPlatform '{_name(platform)}': {wrong}")
    if len(specs) < len(found):
        return WRONG
    if arguments.against is None and not arguments.in_cluster:
        namespace = arguments.namespace or "default"
        for platform, spec in specs:
            wanted = releases.find(spec.version or releases.current.version)
            if wanted is None:
                wrong = release.errors(spec, {}, releases)[0]
                return _complain(f"{arguments.file}: OmeroPlatform '{_name(platform)}': {wrong}")
            own = images.with_references(wanted.images)
            sys.stdout.write(manifests.written(planned(platform, spec, namespace, own)))
        return SAME
    return asyncio.run(_against(arguments, specs, images, releases))


def judged(platform: Manifest) -> PlatformSpec | list[FieldError]:
    """The specification of a platform, or everything that is wrong with it."""
    # Its interpreter of CEL is nothing that an operator which runs should load.
    from omero_operator.api.v1alpha1 import admission

    spec = admission.check(platform)
    if isinstance(spec, PlatformSpec):
        return validation.check(spec) or spec
    return spec


def planned(
    platform: Manifest, spec: PlatformSpec, namespace: str, images: Images
) -> Iterator[Manifest]:
    """Every object of a site whose start is over, in the order of the plan.

    Args:
        platform: Where `spec` is from.
        spec: Its specification.
        namespace: Of a platform that names none.
        images: Images of the installation.
    """
    metadata = platform["metadata"]
    ctx = Context(
        name=metadata["name"],
        namespace=metadata.get("namespace") or namespace,
        uid=metadata.get("uid", NO_UID),
        spec=spec,
        images=images.overridden(spec),
    )
    ctx = replace(ctx, may_start=start_order.all_started(ctx, Observed()))
    for manifest in plan.desired(ctx):
        yield _masked(manifest)


async def _against(
    arguments: argparse.Namespace,
    specs: Sequence[tuple[Manifest, PlatformSpec]],
    images: Images,
    releases: Catalogue,
) -> int:
    try:
        api, namespace = await connect_dry(arguments.against, arguments.context)
    except ValueError as error:
        return _complain(str(error))
    # What a pass says of its writes is not so here.
    logging.disable()
    result = SAME
    try:
        for platform, spec in specs:
            place = platform["metadata"].get("namespace") or arguments.namespace or namespace
            try:
                text, notes = await differences(
                    api,
                    _in(place, platform),
                    spec,
                    images,
                    releases,
                    tried_before=arguments.in_cluster,
                )
            except (Refusal, ApiError) as error:
                title = f"OmeroPlatform '{place}/{_name(platform)}'"
                result = _complain(f"{arguments.file}: {title}: {error}")
                continue
            sys.stdout.write(text + notes)
            result = max(result, DIFFERENT if text else SAME)
    finally:
        await api.close()
    return result


async def differences(
    api: Api,
    platform: Manifest,
    spec: PlatformSpec,
    images: Images,
    releases: Catalogue | None = None,
    *,
    tried_before: bool = False,
) -> tuple[str, str]:
    """What would change in a cluster.

    Args:
        api: Connection for dry runs.
        platform: A platform with its namespace.
        spec: Its specification.
        images: Images of the installation.
        releases: Releases that it knows; None for the one of these images alone.
        tried_before: Whether the platform is what a dry run of it has answered.

    Returns:
        Unified differences, object by object, empty where nothing would change; and lines about
        what waits for another release.

    Raises:
        ApiError: The API server refuses the platform, or cannot be reached.
        Refusal: It refuses objects of it, or something that they need is missing.
    """
    metadata = platform["metadata"]
    live = await api.get(PLATFORM, metadata["namespace"], metadata["name"])
    body = {key: value for key, value in platform.items() if key != "status"}
    if tried_before:
        tried = body
    elif live is None:
        tried = await api.create(PLATFORM, body)
    else:
        version = {"resourceVersion": live["metadata"]["resourceVersion"]}
        tried = await api.update(PLATFORM, {**body, "metadata": {**metadata, **version}})
    if live is not None:
        # A person's word on lost data stands in the annotations of what is there.
        annotations = live["metadata"].get("annotations", {})
        metadata = {**tried["metadata"], "annotations": annotations}
        tried = {**tried, "metadata": metadata, "status": live.get("status", {})}
    # What only a dry run has made has no version.
    tried = {**tried, "metadata": {"resourceVersion": "", **tried["metadata"]}}
    watched = settings.watched(os.environ)
    once = Additions(api, full_pass=0), Repairs(full_pass=0)
    reconciler = Reconciler(api, images, watched, WatchAudit(), *once, releases)
    if wrong := release.errors(spec, tried.get("status", {}), reconciler.releases):
        raise Refusal(_listed(map(str, wrong)))
    try:
        ctx, before, after = await reconciler.children(
            tried,
            reconciler.context(tried, spec),
            may_start=start_order.all_started,
            in_steps=False,
        )
    except SpecRefusedError as error:
        raise Refusal(_listed(map(str, error.errors))) from error
    if after.failures:
        raise Refusal(_listed(f"{each.component}: {each.message}" for each in after.failures))
    in_force = release.recorded(tried.get("status", {})).images
    notes = held_back.lines(ctx, in_force, after, reconciler.releases)
    return "".join(_compared(before.children, after.children)), "".join(notes)


def _listed(lines: Iterable[str]) -> str:
    return "".join(f"\n  {line}" for line in dict.fromkeys(lines))


Children = Mapping[tuple[str, str], Manifest]


def _compared(before: Children, after: Children) -> Iterator[str]:
    for key in dict.fromkeys((*before, *after)):
        old, new = before.get(key), after.get(key)
        title = "/".join(key)
        yield from difflib.unified_diff(
            _lines(old, new, "before"),
            _lines(new, old, "after"),
            fromfile=f"live/{title}",
            tofile=f"plan/{title}",
        )


def _lines(item: Manifest | None, other: Manifest | None, side: str) -> list[str]:
    """An object as lines of YAML, without what says nothing about a change."""
    if item is None:
        return []
    metadata = {key: v for key, v in item["metadata"].items() if key not in _NOT_COMPARED}
    annotations = metadata.get("annotations", {}).items()
    annotations = {key: value for key, value in annotations if key not in _OWN_NOTES}
    if annotations:
        metadata["annotations"] = annotations
    else:
        metadata.pop("annotations", None)
    shown = {**item, "metadata": metadata}
    shown.pop("status", None)
    # Answers of the API server differ in their order.
    text = manifests.written([_masked(shown, other, side)], sort_keys=True)
    return text.splitlines(keepends=True)


def _masked(manifest: Manifest, other: Manifest | None = None, side: str = "") -> Manifest:
    """A Secret without its values; those that differ from another one's are marked."""
    if manifest["kind"] != SECRET.name or "data" not in manifest:
        return manifest
    theirs: Any = {} if other is None else other.get("data", {})
    data = {
        key: "***" if other is None or theirs.get(key) == value else f"*** ({side})"
        for key, value in manifest["data"].items()
    }
    return {**manifest, "data": data}


def _in(namespace: str, platform: Manifest) -> Manifest:
    return {**platform, "metadata": {**platform["metadata"], "namespace": namespace}}


def _name(platform: Manifest) -> str:
    return str(platform["metadata"]["name"])


def _read(file: str) -> str:
    return sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")


def _complain(line: str) -> int:
    sys.stderr.write(f"omero-operator: {line}\n")
    return WRONG
