"""A stand-in as a process of its own, as tests want one: started, filled, watched and ended.

The pytest plugin is made from this; programs that are no tests may use it, too:

    with started() as server, server.connect() as gateway:
        print(gateway.getUser().getName())
"""

from __future__ import annotations

import itertools
import json
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.error import HTTPError

START_SECONDS: Final = 60
END_SECONDS: Final = 10
# The control port is this machine's own; a proxy in the environment must not be asked for it.
_DIRECT: Final = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class CannotStart(Exception):
    """The process ended, or took too long; the message has the end of its log."""


@dataclass(frozen=True)
class Group:
    """A group of the server."""

    id: int
    name: str


@dataclass(frozen=True)
class User:
    """An account of the server; `group` is its default group."""

    id: int
    name: str
    password: str = field(repr=False)
    group: Group


@dataclass(frozen=True)
class OmeroServer:
    """A running stand-in.

    Attributes:
        host: address that it listens on.
        port: TLS port.
        insecure_port: port without TLS.
        root_password: password of the account `root`.
        log: file with what the server says.
        control: address of its control port: counts of calls and faults.
    """

    host: str
    port: int
    insecure_port: int
    root_password: str = field(repr=False)
    log: Path
    control: str
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1), repr=False)

    def connect(
        self, user: str = "root", password: str = "", group: str = "", *, secure: bool = True
    ) -> Any:
        """A connected BlitzGateway, which the caller closes (it may stand in a `with`).

        Args:
            user: name of the account.
            password: its password; root's need not be given.
            group: name of the group to work in, instead of the account's default group.
            secure: with TLS also after the login.

        Raises:
            ConnectionError: the server refused the login; the message says why.
        """
        _import_omero()
        from omero.gateway import BlitzGateway

        gateway = BlitzGateway(
            user,
            password or (self.root_password if user == "root" else ""),
            group=group or None,
            host=self.host,
            port=self.port,
            secure=secure,
        )
        if not gateway.connect():
            reason = gateway.getLastError()
            gateway.close()
            raise ConnectionError(f"{user} could not log in: {reason}")
        return gateway

    def new_group(self, permissions: str = "rwra--", name: str = "") -> Group:
        """Make a group.

        Args:
            permissions: `rw----` (private), `rwr---`, `rwra--` or `rwrw--`.
            name: of the group; one that nobody has is made up without it.
        """
        _import_omero()
        from omero.model import ExperimenterGroupI, PermissionsI
        from omero.rtypes import rbool, rstring

        chosen = name or f"group-{next(self._numbers)}"
        group = ExperimenterGroupI()
        group.name, group.ldap = rstring(chosen), rbool(False)
        group.details.permissions = PermissionsI(permissions)
        with self.connect() as root:
            return Group(int(root.getAdminService().createGroup(group)), chosen)

    def new_user(self, *groups: Group, name: str = "", password: str = "") -> User:
        """Make an account.

        Args:
            groups: those that it is a member of; the first is its default group. A new one is made
                when none is given.
            name: of the account; one that nobody has is made up without it.
            password: of the account; made up without it.
        """
        _import_omero()
        from omero.model import ExperimenterGroupI, ExperimenterI
        from omero.rtypes import rbool, rstring

        first, *others = groups or (self.new_group(),)
        chosen = name or f"user-{next(self._numbers)}"
        secret = password or secrets.token_hex(8)
        person = ExperimenterI()
        person.omeName, person.ldap = rstring(chosen), rbool(False)
        person.firstName, person.lastName = rstring("Test"), rstring(chosen)
        with self.connect() as root:
            admin = root.getAdminService()
            # Everybody who may log in is a member of `user`, too.
            members = [*others, Group(admin.getSecurityRoles().userGroupId, "user")]
            number = admin.createExperimenterWithPassword(
                person,
                rstring(secret),
                ExperimenterGroupI(first.id, False),
                [ExperimenterGroupI(each.id, False) for each in members],
            )
        return User(int(number), chosen, secret, first)

    def counts(self) -> dict[str, int]:
        """Calls so far, by `Interface.operation`; a command is a `ServiceFactory.submit`."""
        found: dict[str, int] = self._asked("GET", "counts")
        return found

    def forget_counts(self) -> None:
        """Count anew."""
        self._asked("DELETE", "counts")

    def order_fault(self, call: str, kind: str, **details: str | float) -> None:
        """The next calls that match meet a fault.

        Args:
            call: `Interface.operation`, with `*` for any part of it; a command is called
                `Command.Delete2`, and so on.
            kind: `slow`, `refused`, or `lost` (the session ends).
            details: `times` (1), `seconds` (for `slow`), `error` and `message` (for `refused`),
                `session` (a session's uuid or a user's id; everybody's without it).

        Raises:
            ValueError: the server does not know such a fault; the message says what is wrong.
        """
        self._asked("POST", "faults", {"call": call, "kind": kind, **details})

    def faults(self) -> list[dict[str, Any]]:
        """The faults that no call has met yet."""
        found: list[dict[str, Any]] = self._asked("GET", "faults")
        return found

    def cancel_faults(self) -> None:
        """No faults any more."""
        self._asked("DELETE", "faults")

    def _asked(self, method: str, page: str, body: dict[str, Any] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310 - always http to the loopback address
            f"{self.control}/{page}", data, method=method
        )
        try:
            with _DIRECT.open(request, timeout=START_SECONDS) as answer:
                return json.load(answer)
        except HTTPError as error:
            with error:
                raise ValueError(json.load(error)["error"]) from None


def _import_omero() -> None:
    """Import OMERO's modules in the order that works.

    Their code is of 2020 and deprecated by Python in places; that is no error of a test, whatever a
    project does with warnings.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        from omero_standin import generated  # noqa: F401 - before Ice
        import omero.gateway  # noqa: F401 # isort: skip


@contextmanager
def started(*arguments: str, folder: Path | None = None) -> Iterator[OmeroServer]:
    """Start a stand-in on free ports of the loopback address; it ends with the block.

    Args:
        arguments: further ones of the command `omero-standin`, such as `--data`, `demo`.
        folder: an empty folder for its log and its files; a temporary one without it.

    Raises:
        CannotStart: it ended before it accepted logins, or did not within a minute.
    """
    own = Path(tempfile.mkdtemp(prefix="omero-standin-")) if folder is None else folder
    log, password_file, files = own / "standin.log", own / "root-password", own / "files"
    password, port, insecure = secrets.token_hex(16), *_free_ports()
    password_file.touch(mode=0o600)
    password_file.write_text(password)
    files.mkdir()
    command = [sys.executable, "-W", "ignore", "-m", "omero_standin"]
    command += ["--port", str(port), "--insecure-port", str(insecure), "--control-port", "0"]
    command += ["--root-password-file", str(password_file), "--data-folder", str(files), *arguments]
    try:
        with log.open("wb") as output, _ending(command, output) as process:
            control = _wait_until_ready(process, log)
            yield OmeroServer("127.0.0.1", port, insecure, password, log, control)
    finally:
        if folder is None:
            shutil.rmtree(own, ignore_errors=True)


@contextmanager
def _ending(command: Sequence[str], output: Any) -> Iterator[subprocess.Popen[bytes]]:
    """A process that gets SIGTERM at the end of the block, and SIGKILL if that is not enough."""
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(process: subprocess.Popen[bytes], log: Path) -> str:
    """Wait until the server says that it accepts logins; the address of its control port."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        ended = process.poll() is not None
        said = log.read_text(encoding="utf-8", errors="replace")
        for line in said.splitlines():
            # Its last word is not complete before the line break is there.
            if line.startswith("ready ") and said.partition(line)[2].startswith("\n"):
                return f"http://127.0.0.1:{line.partition('control-port=')[2].split()[0]}"
        if ended:
            raise CannotStart(f"omero-standin ended with {process.returncode}:\n{said[-4000:]}")
        time.sleep(0.02)
    raise CannotStart(f"omero-standin is not ready after {START_SECONDS} s:\n{said[-4000:]}")


def _free_ports() -> tuple[int, int]:
    """Two ports of the loopback address on which nobody listens."""
    with socket.socket() as one, socket.socket() as other:
        for each in (one, other):
            each.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]
