"""The rules: who may try how many passwords.

| who tries | counted | at once | then one in |
| --- | --- | --- | --- |
| a browser that has logged in to the account before | per account and browser | 10 | 60 s |
| an address from which the account has logged in before | per account and address | 10 | 60 s |
| | per address, over all accounts | 60 | 10 s |
| anybody else | both of these, and | | |
| | per account, over all addresses | 30 | 30 s |

So wrong passwords for an account cost its owner nothing in a browser, or at an address, that the
account knows. An attempt that is refused counts for nothing: nobody can make a wait longer.

An attempt of an unknown client takes its try before the password is looked at and gets it back if
the password was right: many attempts at the same moment are no more than one after the other. A
known client's is counted when the password was wrong, so that a hundred scripts of one person may
log in at the same moment.

While Redis is away each process counts alone, by the same rules: nobody is locked out, and tries
are still bounded. After a restart of Redis, which keeps nothing, all buckets are whole.
"""

from __future__ import annotations

import hashlib
import logging
import time
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeVar

import redis

from omero_plugin_common import env_utils
from omero_plugin_common.errors import RateLimited
from omero_plugin_common.rate_limit.limiter import spoken
from omero_web_container.client_address import network_of
from omero_web_container.json_logs import EXTRA
from omero_web_container.login_limit.buckets import Bucket, Buckets, Move, Wait

LOGGER: Final = logging.getLogger("login")
PAIR_SECONDS: Final = 60.0
ADDRESS_SECONDS: Final = 10.0
ACCOUNT_SECONDS: Final = 30.0
# How long an address stays known after the last good login from it.
KNOWN_ADDRESS_SECONDS: Final = 30 * 24 * 3600
# A Redis that did not answer is not asked again for so long: a login asks it several times, and
# would wait each time.
AWAY_SECONDS: Final = 5.0
_LOGGED_CHARACTERS: Final = 100
_MOST_TRIES: Final = 10_000

Limit = Literal["account and address", "address", "account"]
_Result = TypeVar("_Result")

_ELSEWHERE: Final = ", or use a browser in which you have logged in before"
_SENTENCES: Final[dict[Limit, str]] = {
    "account and address": "Too many wrong passwords for this account. Try again in {wait}.",
    "address": "Too many wrong passwords from your network address. Try again in {wait}"
    f"{_ELSEWHERE}.",
    "account": "Too many wrong passwords for this account, from several network addresses. "
    f"Try again in {{wait}}{_ELSEWHERE}.",
}


class TooManyLogins(RateLimited):
    """A login that was not tried, since too many have failed.

    Args:
        limit: which rule refused it.
        seconds: until the next try.
    """

    def __init__(self, limit: Limit, seconds: float) -> None:
        super().__init__(_SENTENCES[limit].format(wait=spoken(seconds)), retry_after=seconds)
        self.limit = limit


@dataclass(frozen=True, slots=True)
class Tries:
    """How many wrong passwords may be tried at once."""

    account_and_address: int = 10
    address: int = 60
    account: int = 30

    @classmethod
    def from_environment(cls) -> Tries:
        """Those of `LOGIN_TRIES_PER_…`.

        Raises:
            EnvironmentProblem: one is no whole number from 1 to 10 000.
        """
        usual = cls()
        return cls(
            _tries("LOGIN_TRIES_PER_ACCOUNT_AND_ADDRESS", usual.account_and_address),
            _tries("LOGIN_TRIES_PER_ADDRESS", usual.address),
            _tries("LOGIN_TRIES_PER_ACCOUNT", usual.account),
        )


def _tries(variable: str, default: int) -> int:
    return env_utils.get_int_env(variable, default, low=1, high=_MOST_TRIES)


def account_key(name: str) -> str:
    """An account in keys and cookies: as long for any name, and the same however it is written.

    OMERO may take `Ada` and `ada` for one account; for the limit they always are.
    """
    plain = unicodedata.normalize("NFKC", name).strip().casefold()
    return hashlib.blake2b(plain.encode("utf-8", "replace"), digest_size=12).hexdigest()


class LoginLimit:
    """Decides about logins.

    Args:
        tries: how many.
        shared: counts for all processes; may raise `redis.RedisError`.
        alone: counts in this process while the other cannot.
    """

    def __init__(self, tries: Tries, shared: Buckets, alone: Buckets) -> None:
        self._tries = tries
        self._shared = shared
        self._alone = alone
        self._away_until = 0.0

    def begin(self, name: str, address: str, browser: str | None = None) -> Attempt:
        """Let an attempt begin; the caller tells the attempt how it ended.

        Args:
            name: account, as it was typed.
            address: of the client.
            browser: id of the browser, if it has logged in to this account before.

        Raises:
            TooManyLogins: it is refused.
        """
        account, network = account_key(name), network_of(address)
        place = f"{account}:{network}"
        buckets = [
            Bucket(
                f"both:{account}:{browser or network}",
                self._tries.account_and_address,
                PAIR_SECONDS,
            )
        ]
        known = browser is not None
        if not known:
            known = self._ask(lambda store: store.remembers(place))
            buckets.append(Bucket(f"address:{network}", self._tries.address, ADDRESS_SECONDS))
            if not known:
                buckets.append(Bucket(f"account:{account}", self._tries.account, ACCOUNT_SECONDS))
        wait = self.move("look" if known else "take", buckets)
        if wait.seconds > 0:
            limits: tuple[Limit, ...] = ("account and address", "address", "account")
            raise self._refusal(limits[wait.number], wait.seconds, name, address)
        return Attempt(self, name, address, place, buckets, taken=not known)

    def move(self, what: Move, buckets: Sequence[Bucket]) -> Wait:
        """As `Buckets.move`; in this process while Redis is away."""
        return self._ask(lambda store: store.move(what, buckets))

    def welcome(self, buckets: Sequence[Bucket], known: str) -> None:
        """After a right password, forget the wrong ones of this client, and know it from now on."""

        def note(store: Buckets) -> None:
            store.empty_out(buckets[0].key)
            store.remember(known, KNOWN_ADDRESS_SECONDS)

        self._ask(note)

    def _ask(self, question: Callable[[Buckets], _Result]) -> _Result:
        if time.monotonic() >= self._away_until:
            try:
                return question(self._shared)
            except redis.RedisError as error:
                self._away_until = time.monotonic() + AWAY_SECONDS
                LOGGER.error(
                    "Redis is unavailable (%s): this process counts wrong passwords on its own",
                    type(error).__name__,
                )
        return question(self._alone)

    def _refusal(self, limit: Limit, seconds: float, name: str, address: str) -> TooManyLogins:
        error = TooManyLogins(limit, seconds)
        log("login.refused", "login refused by the limit per %s", limit, name=name, address=address)
        return error


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt. Exactly one of its methods is called when it has ended."""

    limit: LoginLimit
    name: str
    address: str
    known: str
    buckets: Sequence[Bucket]
    taken: bool

    def right(self) -> None:
        """The password was right."""
        if self.taken:
            self.limit.move("give", self.buckets[1:])
        self.limit.welcome(self.buckets, self.known)

    def wrong(self) -> None:
        """It was wrong, or the account does not exist."""
        if not self.taken:
            self.limit.move("spend", self.buckets)
        log("login.failed", "wrong name or password", name=self.name, address=self.address)

    def undecided(self) -> None:
        """Nobody has looked at the password: OMERO.server did not answer."""
        if self.taken:
            self.limit.move("give", self.buckets)


def log(event: str, message: str, *details: str, name: str, address: str) -> None:
    """One line for whoever watches the site; its `event` is what an alert counts."""
    fields = {"event": event, "account": name[:_LOGGED_CHARACTERS], "client": address}
    if details:
        fields["limit"] = details[0]
    LOGGER.warning(message, *details, extra={EXTRA: fields})
