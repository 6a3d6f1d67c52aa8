"""The command `omero-standin`."""

from __future__ import annotations

import argparse
import gc
import logging
import logging.handlers
import os
import signal
import sys
import tempfile
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from omero_standin import VERSION
from omero_standin.omero_config import ConfigError, read, without_line_break

if TYPE_CHECKING:
    from omero_standin.kernel import Kernel

log = logging.getLogger("omero_standin")
_CLIENTS = ("record", "replay")
_CONFIG_FOLDER = Path("/opt/omero/server/config")
_VAR = Path("/opt/omero/server/OMERO.server/var")
# Python's default, 700, has it look for unreachable cycles ten times per answer of a thousand rows,
# and there are next to none. It took a fifth of the time.
_NEW_OBJECTS_BEFORE_A_COLLECTION = 200_000


def main(arguments: list[str] | None = None) -> int:
    """Run until SIGTERM or SIGINT. Exit code 1 with one message when it cannot start.

    With `record` or `replay` first, it is that command instead of a server.
    """
    given = sys.argv[1:] if arguments is None else arguments
    if given and given[0] in _CLIENTS:
        from omero_standin.recording.program import main as run_client

        return run_client(given[0], given[1:])
    options = _parser().parse_args(given)
    if options.services:
        from omero_standin import generated  # noqa: F401 - before Ice
        from omero_standin.supported import markdown  # isort: skip

        sys.stdout.write(markdown())
        return 0
    gc.set_threshold(_NEW_OBJECTS_BEFORE_A_COLLECTION)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stopping.set())
    logging.basicConfig(
        level=logging.INFO,
        stream=sys.stdout,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    log.warning(
        "this is %s, a stand-in for OMERO.server: for tests and demos, not for real data", VERSION
    )
    with ExitStack() as stack:
        try:
            _serve(options, stopping, stack)
        except _failures() as error:
            sys.stderr.write(f"omero-standin: {error}\n")
            return 1
    log.info("stopped")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="omero-standin",
        description="A test double of OMERO.server.",
        epilog="Two further commands are clients, each with its own --help: "
        "`omero-standin record` writes an OMERO.server's answers to a catalogue of calls to a "
        "file, `omero-standin replay FILE` compares the stand-in's answers with it. "
        "Users of the demo: ada, ben, chi, dora, emil, manager (administrator), importer "
        "(administrator with the privilege Sudo only); each one's password is their name "
        "followed by -demo.",
    )
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (default: %(default)s)"
    )
    parser.add_argument(
        "--port", type=int, default=4064, help="TLS port, 0 for none (default: %(default)s)"
    )
    parser.add_argument(
        "--insecure-port",
        type=int,
        default=4063,
        help="TCP port without TLS, 0 for none (default: %(default)s)",
    )
    parser.add_argument(
        "--registry-port",
        type=int,
        default=0,
        help="loopback port where probes find the server, as they find IceGrid's registry on "
        "4061; 0 for none (default: %(default)s)",
    )
    parser.add_argument(
        "--root-password-file", type=Path, help="file with root's password (default: $ROOTPASS)"
    )
    parser.add_argument(
        "--root-password",
        default="",
        help="root's password, which every user of this machine can then read; "
        "--root-password-file keeps it secret",
    )
    parser.add_argument(
        "--data",
        default="empty",
        help="data to start with: `empty`, `demo`, or a YAML or JSON file that describes users, "
        "groups and data (default: %(default)s)",
    )
    parser.add_argument(
        "--data-folder",
        type=Path,
        help="empty folder for the contents of files (default: a temporary one)",
    )
    parser.add_argument(
        "--seed",
        type=int,
        default=1,
        help="seed of the demo's data (default: %(default)s)",
    )
    parser.add_argument(
        "--control-port",
        type=int,
        help="loopback port for tests: call counts and faults; 0 for any free port",
    )
    parser.add_argument(
        "--scripts-dir",
        type=Path,
        help="folder of official scripts, which are copied before the server starts",
    )
    parser.add_argument(
        "--container",
        action="store_true",
        help="behave like openmicroscopy/omero-server: its environment, files and database",
    )
    parser.add_argument(
        "--config-folder",
        type=Path,
        default=_CONFIG_FOLDER,
        help="folder of .omero files (--container)",
    )
    parser.add_argument(
        "--var-folder", type=Path, default=_VAR, help="folder for logs (--container)"
    )
    parser.add_argument(
        "--services",
        action="store_true",
        help="print the supported and unsupported calls as Markdown and exit",
    )
    parser.add_argument("--version", action="version", version=f"omero-standin {VERSION}")
    return parser


def _failures() -> tuple[type[Exception], ...]:
    """What ends the start with a message instead of a trace."""
    from omero_standin import generated  # noqa: F401 - before Ice
    import Ice  # isort: skip
    import omero  # isort: skip

    from omero_standin.container import CannotStart
    from omero_standin.data.check import BadDescription
    from omero_standin.model.persist import NotOurs

    return (
        BadDescription,
        CannotStart,
        ConfigError,
        NotOurs,
        OSError,
        omero.ServerError,
        Ice.SocketException,
        Ice.DNSException,
        Ice.PluginInitializationException,
    )


def _serve(options: argparse.Namespace, stopping: threading.Event, stack: ExitStack) -> None:
    # Imports of OMERO's generated classes take a second: not before the arguments are known to be
    # right.
    from omero_standin import tls
    from omero_standin.server import Server

    kernel, certificates = _open(options, stack)
    if options.scripts_dir is not None:
        kernel.data.take_scripts(options.scripts_dir)
    certificate = tls.server_certificate(certificates)
    server = Server(
        kernel,
        host=options.host,
        port=options.port,
        insecure_port=options.insecure_port,
        certificate=certificate,
        registry_port=options.registry_port,
    )
    stack.callback(server.stop)
    server.start()
    control = ""
    if options.control_port is not None:
        control = f" control-port={_control(kernel, options.control_port, stack)}"
    if not stopping.is_set():
        sys.stdout.write(
            f"ready {VERSION} host={options.host} port={options.port} "
            f"insecure-port={options.insecure_port}{control}\n"
        )
        sys.stdout.flush()
    stopping.wait()


def _control(kernel: Kernel, port: int, stack: ExitStack) -> int:
    from omero_standin.control import Control

    control = Control(kernel.calls, port)
    control.start()
    stack.callback(control.stop)
    return control.port


def _open(options: argparse.Namespace, stack: ExitStack) -> tuple[Kernel, Path]:
    from omero_standin import container
    from omero_standin.kernel import Kernel

    if not options.container:
        folder = options.data_folder
        kernel = Kernel({} if folder is None else {"omero.data.dir": str(folder)})
        kernel.fill([], _root_password(options))
        _load(kernel, options)
        return kernel, Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="omero-standin-"))
        )
    config = read(options.config_folder, os.environ)
    data = Path(config.get("omero.data.dir", "/OMERO"))
    container.prepare_folders(data, options.var_folder)
    handler = logging.handlers.RotatingFileHandler(
        options.var_folder / "log" / "Blitz-0.log", maxBytes=10_000_000, backupCount=3
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)-5s [%(name)s] %(message)s"))
    logging.getLogger().addHandler(handler)
    log.info("configuration keys: %s", ", ".join(sorted(config)) or "none")
    password = _root_password(options)
    kernel = container.open_kernel(config, password, lambda fresh: _load(fresh, options))
    return kernel, data / "certs"


def _load(kernel: Kernel, options: argparse.Namespace) -> None:
    """What the stand-in has when it starts for the first time."""
    from omero_standin.data.demo import demo
    from omero_standin.data.load import load, read

    if options.data != "empty":
        load(kernel, demo(options.seed) if options.data == "demo" else read(Path(options.data)))


def _root_password(options: argparse.Namespace) -> str:
    """From the file, else as given, else from ROOTPASS, else the real image's default."""
    if options.root_password_file is not None:
        return without_line_break(options.root_password_file.read_bytes().decode())
    return options.root_password or without_line_break(os.environ.get("ROOTPASS", "")) or "omero"
