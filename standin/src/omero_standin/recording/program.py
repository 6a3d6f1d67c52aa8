"""The commands `omero-standin record` and `omero-standin replay`."""

from __future__ import annotations

import argparse
import json
import secrets
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import omero.clients  # isort: skip
import Ice

from omero_standin.as_process import CannotStart, started
from omero_standin.recording import leftovers
from omero_standin.recording.account import (
    Account,
    CannotRun,
    Server,
    accounts_of,
    environment,
    port_of,
    server_of,
)
from omero_standin.recording.catalogue import ROWS, VERSION
from omero_standin.recording.catalogue.row import Row
from omero_standin.recording.differences import differences
from omero_standin.recording.interruption import Interrupted, interruptible
from omero_standin.recording.lab import PREFIX
from omero_standin.recording.record_file import BadFile, Recording, check_writable, read, write
from omero_standin.recording.run import Run, run

_FILE: Final = Path("omero-calls.jsonl")
_ACCOUNTS: Final = (
    "The accounts come from the environment: OMERO_HOST, OMERO_PORT (4064), OMERO_USER, "
    "OMERO_PASSWORD, and for the rows that need two users OMERO_SECOND_USER and "
    "OMERO_SECOND_PASSWORD. If one is missing and there is a terminal, it is asked for."
)
_FAILED, _INTERRUPTED = 2, 130
_NAMED: Final = ("root", "ada", "ben")


def main(command: str, arguments: Sequence[str]) -> int:
    """Run `record` or `replay`.

    Returns:
        0 when all is well; 1 when answers differ, or something that was made could not be deleted;
        2 when the command could not run at all; 130 when it was interrupted.
    """
    made = _record_parser() if command == "record" else _replay_parser()
    options = made.parse_args(list(arguments))
    try:
        with interruptible():
            return _record(options) if command == "record" else _replay(options)
    except (BadFile, CannotRun, CannotStart, OSError) as error:
        sys.stderr.write(f"omero-standin {command}: {error}\n")
        return _FAILED
    except (Ice.Exception, omero.ServerError, omero.ClientError) as error:
        sys.stderr.write(
            f"omero-standin {command}: the server failed with {type(error).__name__}; "
            f"`omero-standin record --clean` deletes what may be left\n"
        )
        return _FAILED
    except Interrupted:
        sys.stderr.write(f"omero-standin {command}: interrupted\n")
        return _INTERRUPTED


def _record_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="omero-standin record",
        description="Run a catalogue of calls against an OMERO.server and write the calls and "
        "their answers to a file without ids, names and secrets. Every object that it creates "
        f"has a name that begins with {PREFIX} and is deleted at the end; nothing else is changed.",
        epilog=_ACCOUNTS,
    )
    parser.add_argument(
        "file", type=Path, nargs="?", default=_FILE, help="file to write (default: %(default)s)"
    )
    parser.add_argument("--list", action="store_true", help="print the rows and exit")
    parser.add_argument(
        "--clean",
        action="store_true",
        help="delete what earlier runs of this account have left, and exit",
    )
    _common(parser)
    return parser


def _replay_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="omero-standin replay",
        description="Run the catalogue of a recording against the stand-in, and print every "
        "answer that differs. Exit code 1 if there are any.",
        epilog="Without --address, a stand-in is started with accounts like those of the "
        "recording. With --address, the accounts come from the same variables as for record: "
        "OMERO_USER, OMERO_PASSWORD and so on.",
    )
    parser.add_argument("file", type=Path, help="a file that omero-standin record wrote")
    parser.add_argument("--address", metavar="HOST[:PORT]", help="address of a running stand-in")
    _common(parser)
    return parser


def _common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--row",
        action="append",
        metavar="ID",
        help="run this row only; may be repeated",
    )
    parser.add_argument(
        "--seconds",
        type=_seconds,
        default=30.0,
        help="how long to wait for each answer (default: 30)",
    )


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value <= 3600:
        raise argparse.ArgumentTypeError("must be more than 0 and at most 3600")
    return value


def _chosen(names: Sequence[str] | None) -> list[Row]:
    known = {row.id: row for row in ROWS}
    unknown = [each for each in names or () if each not in known]
    if unknown:
        raise CannotRun(
            f"there is no row {', '.join(unknown)}; `omero-standin record --list` prints all"
        )
    return [row for row in ROWS if not names or row.id in names]


def _record(options: argparse.Namespace) -> int:
    if options.list:
        for row in ROWS:
            needs = f" (needs {', '.join(row.needs)})" if row.needs else ""
            sys.stdout.write(f"{row.id:5} {row.title}{needs}\n")
        return 0
    rows = _chosen(options.row)
    if not options.clean:
        check_writable(options.file)
    server = server_of(environment(), options.seconds)
    account, second = accounts_of(environment())
    if options.clean:
        return _told(leftovers.delete(server, account, PREFIX))
    found = run(server, account, second, rows, _say)
    write(options.file, found, [row.id for row in rows])
    calls = sum("call" in line for line in found.lines)
    left_out = sum("left out" in line for line in found.lines)
    sys.stdout.write(
        f"{options.file}: {len(rows) - left_out} rows, {calls} calls; {left_out} rows left out\n"
    )
    return _told(found.left)


def _told(left: list[str]) -> int:
    if left:
        sys.stderr.write(
            f"could not be deleted: {', '.join(left)}; their names begin with {PREFIX}\n"
        )
    return 1 if left else 0


def _replay(options: argparse.Namespace) -> int:
    recording = read(options.file)
    chosen = _chosen(options.row)
    recorded = {line["row"] for line in recording.lines if "left out" not in line}
    rows = [row for row in chosen if row.id in recorded]
    if options.address:
        found = _against(options, rows)
    else:
        found = _against_own(recording, rows, options.seconds)
    wanted = {row.id for row in chosen}
    lines = [line for line in recording.lines if line["row"] in wanted]
    different = differences(lines, found.lines)
    for each in different:
        sys.stdout.write(f"{each}\n")
    sys.stdout.write(
        f"{len(different)} differences in {len(rows)} rows; recorded {recording.date} from "
        f"{recording.server}, here {found.server}\n"
    )
    return max(_told(found.left), 1 if different else 0)


def _against(options: argparse.Namespace, rows: list[Row]) -> Run:
    host, _, port = options.address.rpartition(":") if ":" in options.address else (
        options.address, "", "4064",
    )  # fmt: skip
    account, second = accounts_of(environment())
    server = Server(host.strip("[]"), port_of(port, "--address"), options.seconds)
    return run(server, account, second, rows, _say)


def _against_own(recording: Recording, rows: list[Row], seconds: float) -> Run:
    """Start a stand-in with accounts like those that recorded, and end it afterwards."""
    one, two = (Account(name, secrets.token_hex(12)) for name in _NAMED[1:])
    told = recording.situation.description((one.name, one.password), (two.name, two.password))
    with tempfile.TemporaryDirectory(prefix="omero-standin-replay-") as folder:
        data = Path(folder) / "accounts.json"
        data.touch(mode=0o600)
        data.write_text(json.dumps(told))
        own = Path(folder) / "server"
        own.mkdir()
        with started("--data", str(data), folder=own) as server:
            where = Server(server.host, server.port, seconds)
            second = two if recording.situation.second is not None else None
            return run(where, one, second, rows, _say)


def _say(text: str) -> None:
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {text}\n")
    sys.stderr.flush()


__all__ = ["VERSION", "main"]
