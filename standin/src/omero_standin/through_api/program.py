"""The command `python -m omero_standin.through_api`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any, Final

# First: imported after Glacier2 it would define its exceptions a second time.
import omero.clients  # noqa: F401  # isort: skip
from omero.model import CommentAnnotationI
from omero.rtypes import rstring

from omero_standin.data.check import BadDescription
from omero_standin.data.demo import demo
from omero_standin.data.load import read
from omero_standin.through_api.accounts import make_accounts
from omero_standin.through_api.block import Block
from omero_standin.through_api.connection import CannotConnect, Connection, Server
from omero_standin.through_api.imports import ImportFailed

# Of root's note that all is there: what users have changed or deleted since then stays so.
_COMPLETE: Final = "platform.omero.dev/demo-data"


def main(arguments: list[str] | None = None) -> int:
    """Make what is missing. Exit code 1 with one message for what a person can mend."""
    options = _parser().parse_args(arguments)
    description = demo(1) if options.data == "demo" else None
    try:
        _make(options, read(Path(options.data)) if description is None else description)
    except (BadDescription, CannotConnect, ImportFailed, OSError) as error:
        sys.stderr.write(f"through_api: {error}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m omero_standin.through_api",
        description="Create the described accounts and data in an OMERO.server, through its API. "
        "Each further run creates what is missing until all is complete once; after that, runs "
        "only set the passwords.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="OMERO.server (default: %(default)s)")
    parser.add_argument("--port", type=int, default=4064, help="its port (default: %(default)s)")
    parser.add_argument(
        "--wait", type=float, default=120, help="seconds to wait for the server (%(default)s)"
    )
    parser.add_argument(
        "--root-password-file",
        type=Path,
        required=True,
        help="file whose first line is root's password",
    )
    parser.add_argument(
        "--passwords",
        type=Path,
        help="folder with one file per user, named after the user, that contains the password; "
        "default: the passwords of the description",
    )
    parser.add_argument(
        "--data", default="demo", help="`demo`, or a YAML or JSON file (default: %(default)s)"
    )
    return parser


def _make(options: argparse.Namespace, description: dict[str, Any]) -> None:
    def password_of(user: dict[str, Any]) -> str:
        if options.passwords is None:
            return str(user.get("password", user["name"]))
        return _first_line(options.passwords / user["name"])

    server = Server(options.host, options.port, options.wait)
    passwords = {user["name"]: password_of(user) for user in description.get("users", ())}
    with server.connected("root", _first_line(options.root_password_file)) as root:
        make_accounts(root, description, lambda user: passwords[user["name"]])
        _say(f"{len(passwords)} users and their groups are there")
        if _is_complete(root):
            _say("the data was complete before: nothing is created")
            return
        for block in description.get("data", ()):
            owner, group = block["owner"], block["group"]
            with server.connected(owner, passwords[owner], group) as me:
                made = Block(me, block)
                made.make()
            _say(f"{owner} in {group}: {made.images} images created")
        note = CommentAnnotationI()
        note.ns, note.textValue = rstring(_COMPLETE), rstring("The demo's data was made.")
        root.save(note)
    _say("the data is complete")


def _is_complete(root: Connection) -> bool:
    return bool(root.ids("select o.id from CommentAnnotation o where o.ns = :ns", ns=_COMPLETE))


def _first_line(path: Path) -> str:
    return path.read_text(encoding="utf-8").split("\n")[0]


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
