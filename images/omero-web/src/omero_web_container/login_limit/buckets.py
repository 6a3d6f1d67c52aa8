"""Buckets of tries, in Redis for all processes of a site, or in one process while Redis is away.

`omero_plugin_common.rate_limit` beside this bounds what a user does, by another rule: one action
too many blocks its user, and only its user, for a minute, and is no danger if Redis forgets it. A
login has no user yet. Here nothing blocks, since that would lock others out; a try is taken from
several buckets at once and may be given back; and nothing is forgotten when Redis is full, since
whoever fills it would have tries without end. So these are two.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from importlib import resources
from typing import Any, Final, Literal, NamedTuple, Protocol

import redis

_MICROSECONDS: Final = 1_000_000
_SCRIPT: Final = resources.files(__package__).joinpath("buckets.lua").read_text(encoding="utf-8")
# Sorted sets without an expiry: of a full Redis with a policy `volatile-…`, such keys stay.
TRIES: Final = "login:tries"
KNOWN: Final = "login:known"
# Far more than a process sees in the minutes that a bucket takes to become whole.
_MOST: Final = 10_000
# The same for all of a site; each costs Redis some 150 bytes.
_MOST_SHARED: Final = 100_000

Move = Literal["look", "take", "spend", "give"]


class Bucket(NamedTuple):
    """Room for some tries; one comes back every so many seconds.

    Attributes:
        key: its name.
        size: tries of a whole bucket.
        seconds: until one try is back.
    """

    key: str
    size: int
    seconds: float


class Wait(NamedTuple):
    """How long to wait, and for which bucket.

    Attributes:
        seconds: 0 where no bucket is empty.
        number: place of the bucket in the list, from 0.
    """

    seconds: float
    number: int


class Buckets(Protocol):
    """What counts."""

    def move(self, what: Move, buckets: Sequence[Bucket], *, now: float | None = None) -> Wait:
        """Look into all of the buckets, or change all of them, at once; see `buckets.lua`.

        Args:
            what: `look`, `take`, `spend` or `give`.
            buckets: different ones.
            now: seconds since 1970 instead of the clock, for tests.
        """
        ...

    def empty_out(self, key: str) -> None:
        """Forget a bucket: it is whole."""
        ...

    def remember(self, key: str, seconds: int) -> None:
        """Remember something for a time."""
        ...

    def remembers(self, key: str) -> bool:
        """Whether something was remembered less than its time ago."""
        ...


class RedisBuckets:
    """In Redis, in two keys that are never evicted and do not grow without end.

    Methods raise `redis.RedisError` when it is away, or so full that it takes no writes.
    """

    def __init__(self, client: Callable[[], redis.Redis]) -> None:
        self._client = client

    def move(self, what: Move, buckets: Sequence[Bucket], *, now: float | None = None) -> Wait:
        """As in `Buckets`."""
        present = "" if now is None else round(now * _MICROSECONDS)
        arguments: list[Any] = [what, present, _MOST_SHARED]
        for bucket in buckets:
            arguments += [bucket.key, bucket.size, round(bucket.seconds * _MICROSECONDS)]
        microseconds, number = self._client().eval(_SCRIPT, 1, TRIES, *arguments)
        return Wait(int(microseconds) / _MICROSECONDS, max(0, int(number) - 1))

    def empty_out(self, key: str) -> None:
        """As in `Buckets`."""
        self._client().zrem(TRIES, key)

    def remember(self, key: str, seconds: int) -> None:
        """As in `Buckets`."""
        now = time.time()
        with self._client().pipeline() as together:
            together.zadd(KNOWN, {key: now + seconds})
            together.zremrangebyscore(KNOWN, "-inf", now)
            together.zremrangebyrank(KNOWN, 0, -_MOST_SHARED - 1)
            together.execute()

    def remembers(self, key: str) -> bool:
        """As in `Buckets`."""
        return float(self._client().zscore(KNOWN, key) or 0) > time.time()


class LocalBuckets:
    """In this process alone. It remembers nothing else: that would not hold for other processes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._whole: dict[str, int] = {}

    def move(self, what: Move, buckets: Sequence[Bucket], *, now: float | None = None) -> Wait:
        """As in `Buckets`."""
        present = round((time.time() if now is None else now) * _MICROSECONDS)
        with self._lock:
            self._make_room(present)
            wait = self._wait(buckets, present)
            if what == "look" or (what == "take" and wait.seconds > 0):
                return wait
            for bucket in buckets:
                interval = round(bucket.seconds * _MICROSECONDS)
                whole = max(present, self._whole.pop(bucket.key, 0))
                if what == "give":
                    whole -= interval
                else:
                    whole = min(whole + interval, present + bucket.size * interval)
                if whole > present:
                    self._whole[bucket.key] = whole
        return Wait(0, 0)

    def empty_out(self, key: str) -> None:
        """As in `Buckets`."""
        with self._lock:
            self._whole.pop(key, None)

    def remember(self, key: str, seconds: int) -> None:
        """Do nothing."""

    def remembers(self, key: str) -> bool:
        """Never."""
        return False

    def _wait(self, buckets: Sequence[Bucket], present: int) -> Wait:
        longest = Wait(0, 0)
        for number, bucket in enumerate(buckets):
            interval = round(bucket.seconds * _MICROSECONDS)
            whole = max(present, self._whole.get(bucket.key, 0))
            missing = whole + interval - present - bucket.size * interval
            if missing / _MICROSECONDS > longest.seconds:
                longest = Wait(missing / _MICROSECONDS, number)
        return longest

    def _make_room(self, present: int) -> None:
        if len(self._whole) < _MOST:
            return
        running = sorted((whole, key) for key, whole in self._whole.items() if whole > present)
        # Those that would be whole first are forgotten first.
        self._whole = {key: whole for whole, key in running[-_MOST // 2 :]}
