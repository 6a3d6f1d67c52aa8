"""The command line of ``ci/cluster``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tools.common.errors import Refusal
from tools.common.locks import only_one
from tools.common.paths import bin_folder, cache_folder

from .host_engine import HostEngine
from .kind_engine import KindEngine, docker_works
from .settings import DEFAULT_NAME, check_name, load

_DESCRIPTION = """\
One real Kubernetes on this machine, for trying the platform out and for its tests: TLS, RBAC,
service accounts, Pod Security admission, DNS, volumes on demand, the metrics API, and an ingress
on a loopback port."""

_EPILOG = """\
examples:
  ci/cluster up                                    the whole cluster, about half a minute
  ci/cluster up --name tests --control-plane-only  API server and controllers only, no root needed
  export KUBECONFIG=$(ci/cluster kubeconfig)
  ci/cluster down                                  ends it and DELETES its data and volumes

It acts on the cluster it made itself and on no other, whatever KUBECONFIG says."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    options = _parser().parse_args(arguments)
    try:
        check_name(options.name)
        return _act(options)
    except Refusal as refusal:
        print(f"ci/cluster: {refusal}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("ci/cluster: stopped; run it again to go on", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    """Return the parser of the arguments."""
    parser = argparse.ArgumentParser(
        prog="ci/cluster",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--name", default=DEFAULT_NAME, help="which cluster (%(default)s)")
    common.add_argument(
        "--engine",
        choices=("auto", "host", "kind"),
        default="auto",
        help="host: processes of this machine; kind: containers of a Docker engine; auto: kind "
        "where Docker works and kind is installed (ci/tools/install --only kind), else host",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    up = commands.add_parser("up", parents=[common], help="bring it up, or repair it")
    up.add_argument(
        "--control-plane-only",
        action="store_true",
        help="etcd, API server and controllers, but no node: pods stay Pending",
    )
    up.add_argument("--http-port", type=_port, help="of the ingress (8080)")
    up.add_argument("--https-port", type=_port, help="of the ingress (8443)")
    up.add_argument(
        "--audit-log", type=Path, metavar="PATH", help="where the API server notes every write"
    )
    up.add_argument(
        "--images",
        nargs="+",
        type=Path,
        default=[],
        metavar="ARCHIVE",
        help="load these, too, as load-image does, while the rest comes up",
    )
    commands.add_parser("down", parents=[common], help="end it and DELETE its data and volumes")
    status = commands.add_parser("status", parents=[common], help="how each part is")
    status.add_argument("--json", action="store_true", help="for a program to read")
    load_image = commands.add_parser(
        "load-image", parents=[common], help="load image archives (docker-archive or OCI)"
    )
    load_image.add_argument("archive", nargs="+", type=Path, metavar="ARCHIVE")
    logs = commands.add_parser("logs", parents=[common], help="what a part says")
    logs.add_argument("part", nargs="?", metavar="PART", help="without it: which parts there are")
    logs.add_argument("--lines", type=int, default=100, help="how many of the last (%(default)s)")
    commands.add_parser("kubeconfig", parents=[common], help="print the path of the kubeconfig")
    return parser


def _port(text: str) -> int:
    """Return a port number, or complain."""
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(f"{text} is no port number")
    return int(text)


def choose_engine(options: argparse.Namespace) -> HostEngine | KindEngine:
    """Return the engine that the options, this machine and what stands already call for."""
    wanted: str = options.engine
    if wanted == "auto":
        # What stands decides: a cluster must be ended by the engine that brought it up.
        host_only = getattr(options, "control_plane_only", False) or load(options.name)
        has_kind = (bin_folder() / "kind").exists()
        wanted = "kind" if not host_only and has_kind and docker_works() else "host"
    return KindEngine() if wanted == "kind" else HostEngine()


def _act(options: argparse.Namespace) -> int:
    """Do what the command line asks for and return the exit status."""
    engine = choose_engine(options)
    if options.command == "status":
        return engine.status(options.name, as_json=options.json)
    if options.command == "kubeconfig":
        print(engine.kubeconfig(options.name))
        return 0
    if options.command == "logs":
        engine.logs(options.name, options.part, options.lines)
        return 0
    # One lock for all clusters: they choose their ports and networks with each other in mind.
    with only_one(cache_folder() / "cluster.lock", f"ci/cluster {options.command}"):
        if options.command == "up":
            engine.up(
                options.name,
                control_plane_only=options.control_plane_only,
                http_port=options.http_port,
                https_port=options.https_port,
                audit_log=options.audit_log,
                archives=_files(options.images),
            )
        elif options.command == "down":
            engine.down(options.name)
        else:
            engine.load_images(options.name, _files(options.archive))
    return 0


def _files(archives: list[Path]) -> list[Path]:
    """Return the archives, or refuse before anything is changed."""
    if missing := [str(archive) for archive in archives if not archive.is_file()]:
        raise Refusal(f"there is no such file: {', '.join(missing)}")
    return archives
