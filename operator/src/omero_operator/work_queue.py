"""Wake-ups in, passes out: one pass at a time per platform, the newest state each time.

Wake-ups of the same platform melt into one. A failed pass is tried again after a growing, jittered
delay that a new wake-up does not shorten below its first step. Every platform gets a full pass
now and then, in case a wake-up was lost. A platform that is gone is forgotten, whoever notices it:
its event, or a pass when the event was lost.
"""

import asyncio
import logging
import math
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from omero_operator import metrics
from omero_operator.cluster.errors import (
    ApiError,
    ForbiddenError,
    LeadershipLostError,
    TemporaryError,
)
from omero_operator.reconcile import Key, PlatformGoneError

logger = logging.getLogger(__name__)

# Events come in bursts; waiting a moment makes one pass of a burst.
GATHER = 0.1
FIRST_DELAY = 1.0
LONGEST_DELAY = 300.0
PARALLEL = 8
# Refusals in a row after which a lack of rights is an error. Before, it may be a namespace that
# ends: the operator's role in it can go before the platform does.
LASTING = 5


@dataclass
class _Entry:
    """The state of one platform in the queue.

    Attributes:
        over: Whether its worker shall end. Its cancellation may be lost on the way: Python before
            3.13 drops one that comes together with an error in a group of tasks, or with what
            `asyncio.wait_for` waits for.
    """

    over: bool = False
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    failures: int = 0
    task: asyncio.Task[None] | None = None
    started: float | None = None


class WorkQueue:
    """Runs passes, one worker per platform.

    Args:
        run: Makes a pass; returns after how many seconds to look again, or None. Raises
            `PlatformGoneError` where there is nothing to look after.
        may_start: Awaited before each pass; a replica that is not active waits here.
        full_pass: Seconds between two passes of a settled platform.
    """

    def __init__(
        self,
        run: Callable[[Key], Awaitable[float | None]],
        may_start: Callable[[], Awaitable[object]],
        full_pass: float,
    ) -> None:
        self._run = run
        self._may_start = may_start
        self._full_pass = full_pass
        self._entries: dict[Key, _Entry] = {}
        self._slots = asyncio.Semaphore(PARALLEL)

    def __contains__(self, key: Key) -> bool:
        """Whether a platform is looked after."""
        return key in self._entries

    def __len__(self) -> int:
        """How many platforms are looked after."""
        return len(self._entries)

    def add(self, key: Key) -> None:
        """Look after a platform, and make a pass of it soon."""
        entry = self._entries.get(key)
        if entry is None:
            entry = self._entries[key] = _Entry()
            entry.task = asyncio.create_task(self._work(key, entry), name=f"platform {key}")
        entry.wake.set()
        self._publish_depth()

    def wake(self, key: Key) -> None:
        """Ask for a pass of a platform that is looked after.

        Children outlive their platform by seconds or, when they hold data, for ever; what happens
        to them then is nobody's business.
        """
        if key in self._entries:
            self.add(key)

    def forget(self, key: Key) -> None:
        """Stop looking after a platform that is gone."""
        if entry := self._entries.get(key):
            _end(entry)
        self._drop(key)

    def _drop(self, key: Key) -> None:
        self._entries.pop(key, None)
        metrics.forget(key.namespace, key.name)
        self._publish_depth()

    def longest_pass(self) -> float:
        """Seconds that the oldest pass under way has taken."""
        now = time.monotonic()
        started = [e.started for e in self._entries.values() if e.started is not None]
        return max((now - begin for begin in started), default=0.0)

    def _publish_depth(self) -> None:
        metrics.QUEUE_DEPTH.set(sum(e.wake.is_set() for e in self._entries.values()))

    async def stop(self) -> None:
        """End all workers and wait for them; no metric speaks of platforms any more."""
        entries = dict(self._entries)
        self._entries.clear()
        tasks = [entry.task for entry in entries.values() if entry.task is not None]
        for entry in entries.values():
            _end(entry)
        await asyncio.gather(*tasks, return_exceptions=True)
        for key in entries:
            metrics.forget(key.namespace, key.name)
        self._publish_depth()

    async def begin_anew(self) -> None:
        """End all passes and wait for them; then every platform is due, whatever went before."""
        keys = list(self._entries)
        await self.stop()
        for key in keys:
            self.add(key)

    async def _work(self, key: Key, entry: _Entry) -> None:
        while not entry.over:
            await entry.wake.wait()
            await asyncio.sleep(GATHER)
            await self._may_start()
            async with self._slots:
                entry.wake.clear()
                self._publish_depth()
                entry.started = time.monotonic()
                try:
                    delay = await self._attempt(key, entry)
                except PlatformGoneError:
                    # Unless one of its name came meanwhile.
                    if not entry.wake.is_set():
                        self._drop(key)
                        return
                    continue
                finally:
                    entry.started = None
            if not entry.over:
                await self._rest(key, entry, delay)

    async def _attempt(self, key: Key, entry: _Entry) -> float:
        """Make one pass and say how long to rest."""
        # What remains of it when it is cancelled.
        result = "interrupted"
        try:
            with metrics.PASS_SECONDS.time():
                again = await self._run(key)
        except PlatformGoneError:
            result = "gone"
            raise
        except LeadershipLostError as error:
            # Whoever lost the lease begins anew with all platforms.
            logger.info("pass of %s ended: %s", key, error)
            return FIRST_DELAY
        except TemporaryError as error:
            result = "temporary"
            logger.warning("pass of %s failed: %s", key, error)
            return self._back_off(entry, error.retry_after)
        except ApiError as error:
            result = "error"
            passes_by = isinstance(error, ForbiddenError) and entry.failures < LASTING
            level = logging.WARNING if passes_by else logging.ERROR
            logger.log(level, "pass of %s failed: %s", key, error)
            return self._back_off(entry)
        except Exception:
            result = "error"
            # One platform's trouble must not stop the others; the log names the place.
            logger.exception("pass of %s failed by a defect of the operator", key)
            return self._back_off(entry)
        else:
            result = "done"
            entry.failures = 0
            success = metrics.LAST_SUCCESS.labels(namespace=key.namespace, platform=key.name)
            success.set_to_current_time()
            # A full pass comes in any case.
            return min(_jittered(self._full_pass, 0.1), math.inf if again is None else again)
        finally:
            metrics.PASSES.labels(result=result).inc()

    @staticmethod
    def _back_off(entry: _Entry, at_least: float = 0.0) -> float:
        entry.failures += 1
        delay = min(FIRST_DELAY * 2.0 ** (entry.failures - 1), LONGEST_DELAY)
        return max(_jittered(delay, 0.2), at_least)

    async def _rest(self, key: Key, entry: _Entry, delay: float) -> None:
        """Sleep until a wake-up or the end of the delay; a failed pass rests in any case."""
        waiting = metrics.NEXT_ATTEMPT.labels(namespace=key.namespace, platform=key.name)
        waiting.set(delay if entry.failures else 0)
        if entry.failures:
            await asyncio.sleep(min(delay, FIRST_DELAY * entry.failures))
            delay = max(delay - FIRST_DELAY * entry.failures, 0)
        try:
            await asyncio.wait_for(entry.wake.wait(), timeout=delay)
        except TimeoutError:
            entry.wake.set()


def _end(entry: _Entry) -> None:
    """Let a worker end soon; nothing waits for it here."""
    entry.over = True
    if entry.task is not None:
        entry.task.cancel()


def _jittered(seconds: float, share: float) -> float:
    """Spread what would otherwise happen at the same moment for many platforms."""
    return seconds * random.uniform(1 - share, 1 + share)  # noqa: S311 - no secret
