"""The command line of ``ci/cluster``."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from omero_ci.console import say
from tools.common.errors import CommandError
from tools.common.locks import only_one
from tools.common.paths import cache_folder

from . import image_load, status
from .addons import ADDONS
from .delete import delete
from .places import DEFAULT_NAME
from .settings import Settings, check_name, load
from .up import up

_DESCRIPTION = """\
Runs a real Kubernetes on this machine, to try the platform out and to test it: TLS, RBAC,
service accounts, Pod Security admission, DNS, volumes on demand, the metrics API, and an ingress
on a loopback port."""

_EPILOG = """\
examples:
  ci/cluster up                                    the whole cluster, in about half a minute
  ci/cluster up --name tests --control-plane-only  API server and controllers only, no root needed
  export KUBECONFIG=$(ci/cluster kubeconfig)
  ci/cluster down                                  stops it and DELETES its data and volumes

It only changes the cluster that it created itself, whatever KUBECONFIG says."""


def main(arguments: list[str]) -> int:
    """Run the command line and return its exit status."""
    options = _parser().parse_args(arguments)
    check_name(options.name)
    command: Callable[[argparse.Namespace], int] = options.run
    if not options.changes:
        return command(options)
    # One lock for all clusters: they choose their ports and networks with each other in mind.
    with only_one(cache_folder() / "cluster.lock", f"ci/cluster {options.command}"):
        return command(options)


def _parser() -> argparse.ArgumentParser:
    """Return the parser of the arguments."""
    parser = argparse.ArgumentParser(
        prog="ci/cluster",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(
        name: str, run: Callable[[argparse.Namespace], int], words: str, *, changes: bool = False
    ) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=words)
        command.add_argument(
            "--name", default=DEFAULT_NAME, help="name of the cluster (%(default)s)"
        )
        command.set_defaults(run=run, changes=changes)
        return command

    command = add("up", _up, "start it, or repair it", changes=True)
    command.add_argument(
        "--control-plane-only",
        action="store_true",
        help="start etcd, API server and controllers, but no node: pods stay Pending",
    )
    command.add_argument("--http-port", type=_port, help="HTTP port of the ingress (8080)")
    command.add_argument("--https-port", type=_port, help="HTTPS port of the ingress (8443)")
    command.add_argument(
        "--images",
        nargs="+",
        type=Path,
        default=[],
        metavar="ARCHIVE",
        help="also load these image archives, as load-image does, while the rest starts",
    )
    add("down", _down, "stop it and DELETE its data and volumes", changes=True)
    add("status", _status, "show the state of each part")
    command = add(
        "load-image", _load, "load image archives, as `docker save` writes them", changes=True
    )
    command.add_argument("archive", nargs="+", type=Path, metavar="ARCHIVE")
    command = add("logs", _logs, "show the log of a part")
    command.add_argument("part", nargs="?", metavar="PART", help="if omitted, list the parts")
    command.add_argument(
        "--lines", type=int, default=100, help="number of last lines (%(default)s)"
    )
    add("kubeconfig", _kubeconfig, "print the path of the kubeconfig")
    return parser


def _port(text: str) -> int:
    """Return a port number, or complain."""
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(f"{text} is not a port number")
    return int(text)


def _files(archives: list[Path]) -> list[Path]:
    """Return the archives, or refuse before anything is changed."""
    if missing := [str(archive) for archive in archives if not archive.is_file()]:
        raise CommandError(f"there is no such file: {', '.join(missing)}")
    return archives


def _existing(name: str) -> Settings:
    """Return the settings of a cluster that was brought up, or refuse."""
    settings = load(name)
    if settings is None:
        raise CommandError(
            f"there is no cluster {name}; start it with: ci/cluster up --name {name}"
        )
    return settings


def _up(options: argparse.Namespace) -> int:
    if options.control_plane_only and options.images:
        raise CommandError("--control-plane-only has no node to load --images into")
    up(
        options.name,
        has_node=not options.control_plane_only,
        http_port=options.http_port,
        https_port=options.https_port,
        archives=_files(options.images),
    )
    return 0


def _down(options: argparse.Namespace) -> int:
    delete(options.name)
    return 0


def _status(options: argparse.Namespace) -> int:
    found = status.examine(_existing(options.name))
    for each in found:
        print(f"{each.part:<24} {each.state:<12} {each.process}".rstrip())
    return 0 if all(part.state == "ready" for part in found) else 1


def _kubeconfig(options: argparse.Namespace) -> int:
    print(_existing(options.name).kubeconfig)
    return 0


def _load(options: argparse.Namespace) -> int:
    settings = _existing(options.name)
    if not settings.has_node:
        raise CommandError(f"{settings.name} is a control plane only: it has no node for images")
    for said in image_load.load_archives(settings, _files(options.archive)):
        say(said)
    return 0


def _logs(options: argparse.Namespace) -> int:
    settings, part = _existing(options.name), options.part
    own = sorted(log.stem for log in settings.logs.glob("*.log"))
    pods = ADDONS if settings.has_node else {}
    if part is None:
        lines = [f"{log:<24} {settings.logs / log}.log" for log in own]
        print("\n".join([*lines, *(f"{pod:<24} (a pod)" for pod in pods)]))
    elif part in own:
        text = (settings.logs / f"{part}.log").read_text(encoding="utf-8", errors="replace")
        print("\n".join(text.splitlines()[-options.lines :]))
    elif part in pods:
        namespace, name = ADDONS[part]
        place = ("--namespace", namespace, f"deployment/{name}")
        print(settings.kubectl.run("logs", f"--tail={options.lines}", *place))
    else:
        parts = ", ".join([*own, *pods])
        raise CommandError(f"{settings.name} has no part {part!r}; it has: {parts}")
    return 0
