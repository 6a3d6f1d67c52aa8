"""Where a catalogue is run, and as whom; connections with an end to each wait for an answer."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

# First: imported after Glacier2 it would define its exceptions a second time.
import omero.clients  # isort: skip
import Glacier2
import Ice

HOST, PORT, USER, PASSWORD = "OMERO_HOST", "OMERO_PORT", "OMERO_USER", "OMERO_PASSWORD"
SECOND_USER, SECOND_PASSWORD = "OMERO_SECOND_USER", "OMERO_SECOND_PASSWORD"
_DEFAULT_PORT: Final = "4064"
_HIGHEST_PORT: Final = 65535


class CannotRun(Exception):
    """Why a catalogue cannot be run, and what to do."""


@dataclass(frozen=True)
class Account:
    """A name and its password."""

    name: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class Server:
    """An OMERO.server, and for how many seconds each of its answers is waited for."""

    host: str
    port: int
    seconds: float

    def client(self) -> Any:
        """A client that is not logged in."""
        milliseconds = str(int(self.seconds * 1000))
        made = omero.client(
            host=self.host, port=self.port, pmap={"Ice.Default.InvocationTimeout": milliseconds}
        )
        made.setAgent("omero-standin record")
        return made

    def logged_in(self, account: Account) -> Any:
        """A client in a new session.

        Raises:
            CannotRun: the server does not answer, or refuses the account.
        """
        where = f"OMERO.server on {self.host}:{self.port}"
        client = None
        try:
            client = self.client()
            client.createSession(account.name, account.password)
        except (Glacier2.PermissionDeniedException, Glacier2.CannotCreateSessionException) as error:
            close(client)
            raise CannotRun(
                f"{where} refused the user {account.name}: check {USER} and {PASSWORD}"
            ) from error
        except (Ice.Exception, omero.ClientError) as error:
            close(client)
            raise CannotRun(
                f"{where} does not answer ({type(error).__name__}): check {HOST} and {PORT}"
            ) from error
        return client

    def refuses(self, account: Account) -> bool:
        """Whether an account cannot log in."""
        client = self.client()
        try:
            client.createSession(account.name, account.password)
        except Glacier2.PermissionDeniedException:
            return True
        else:
            return False
        finally:
            close(client)


def close(client: Any) -> None:
    """End a client and its session, also when the server has ended one of them."""
    if client is not None:
        client.__del__()


def server_of(environment: Mapping[str, str], seconds: float) -> Server:
    """The server that the environment names; a person at a terminal is asked for what is missing.

    Raises:
        CannotRun: something is missing and nobody can be asked, or the port is no number.
    """
    host = environment.get(HOST, "") or _ask("Host of OMERO.server", HOST)
    return Server(host, port_of(environment.get(PORT, "") or _DEFAULT_PORT, PORT), seconds)


def port_of(text: str, where: str) -> int:
    """The number of a port.

    Raises:
        CannotRun: it is none.
    """
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= _HIGHEST_PORT:
        raise CannotRun(f"{where} must be a number from 1 to {_HIGHEST_PORT}, not {text!r}")
    return int(text)


def accounts_of(environment: Mapping[str, str]) -> tuple[Account, Account | None]:
    """The account that runs the catalogue, and the second one when there is one.

    Raises:
        CannotRun: a name or password is missing and nobody can be asked.
    """
    name = environment.get(USER, "") or _ask("User of OMERO", USER)
    first = Account(name, environment.get(PASSWORD, "") or _ask_secret(f"Password of {name}"))
    second = environment.get(SECOND_USER, "")
    if not second:
        return first, None
    if second == name:
        raise CannotRun(f"{SECOND_USER} must name another user than {USER}")
    password = environment.get(SECOND_PASSWORD, "")
    return first, Account(second, password or _ask_secret(f"Password of {second}", SECOND_PASSWORD))


def _ask(what: str, variable: str) -> str:
    if not sys.stdin.isatty():
        raise CannotRun(f"set the environment variable {variable}, or run this in a terminal")
    sys.stderr.write(f"{what}: ")
    sys.stderr.flush()
    answer = sys.stdin.readline().strip()
    if not answer:
        raise CannotRun(f"{what} is needed: nothing was given")
    return answer


def _ask_secret(what: str, variable: str = PASSWORD) -> str:
    if not sys.stdin.isatty():
        raise CannotRun(f"set the environment variable {variable}, or run this in a terminal")
    return getpass.getpass(f"{what}: ", stream=sys.stderr)


def environment() -> Mapping[str, str]:
    """The variables of this process."""
    return os.environ
