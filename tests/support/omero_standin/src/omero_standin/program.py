"""The command `omero-standin`."""

from __future__ import annotations

import argparse
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
from omero_standin.omero_config import ConfigError, read

if TYPE_CHECKING:
    from omero_standin.kernel import Kernel

log = logging.getLogger("omero_standin")
_CONFIG_FOLDER = Path("/opt/omero/server/config")
_VAR = Path("/opt/omero/server/OMERO.server/var")


def main(arguments: list[str] | None = None) -> int:
    """Run until SIGTERM or SIGINT. Exit code 1 with one message when it cannot start."""
    options = _parser().parse_args(arguments)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stopping.set())
    logging.basicConfig(
        level=logging.INFO,
        stream=sys.stdout,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    log.warning(
        "this is %s, a stand-in for OMERO.server: for tests and demos, not for data", VERSION
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
        prog="omero-standin", description="A test double of OMERO.server."
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
        help="tcp port, 0 for none (default: %(default)s)",
    )
    parser.add_argument(
        "--root-password-file", type=Path, help="first line is root's password; else $ROOTPASS"
    )
    parser.add_argument(
        "--data",
        choices=["empty"],
        default="empty",
        help="what to start with (default: %(default)s)",
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
    parser.add_argument("--version", action="version", version=f"omero-standin {VERSION}")
    return parser


def _failures() -> tuple[type[Exception], ...]:
    """What ends the start with a message instead of a trace."""
    from omero_standin import generated  # noqa: F401 - before Ice
    import Ice  # isort: skip

    from omero_standin.container import CannotStart
    from omero_standin.model.persist import NotOurs

    return (
        CannotStart,
        ConfigError,
        NotOurs,
        OSError,
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
    certificate = tls.server_certificate(certificates)
    server = Server(
        kernel,
        host=options.host,
        port=options.port,
        insecure_port=options.insecure_port,
        certificate=certificate,
    )
    stack.callback(server.stop)
    server.start()
    if not stopping.is_set():
        sys.stdout.write(
            f"ready {VERSION} host={options.host} port={options.port} "
            f"insecure-port={options.insecure_port}\n"
        )
        sys.stdout.flush()
    stopping.wait()


def _open(options: argparse.Namespace, stack: ExitStack) -> tuple[Kernel, Path]:
    from omero_standin import container
    from omero_standin.kernel import Kernel

    if not options.container:
        kernel = Kernel()
        kernel.fill([], _root_password(options.root_password_file))
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
    return container.open_kernel(config, _root_password(options.root_password_file)), data / "certs"


def _root_password(path: Path | None) -> str:
    """From the file, else from ROOTPASS, else the real image's default."""
    if path is not None:
        return path.read_text(encoding="utf-8").split("\n")[0]
    return os.environ.get("ROOTPASS") or "omero"
