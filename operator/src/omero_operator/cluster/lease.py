"""The operator's own Lease: several replicas may run, one writes.

The holder renews it every `RENEW` seconds, each time with one request, and stops writing when the
last confirmed renewal is older than `DEADLINE`; another replica takes over when it is older than
`DURATION`. The gap between the two covers clock drift and a request on its way. Time is measured on
the monotonic clock from the moment a renewal was sent, so a process that was stopped and continued
finds its permission expired.

A replica that lost the Lease ends its passes and is a candidate again: an API server that is away
for ten minutes is no reason to end a process, which Kubernetes would start again minutes later.

It is renewed in a thread with an event loop of its own: on a busy node, passes of many platforms
keep theirs for longer than the permission lasts. Whether the loop of the passes still turns is what
the liveness probe asks.
"""

import asyncio
import contextlib
import datetime
import logging
import time
from collections.abc import Awaitable, Callable

from omero_operator import metrics
from omero_operator.cluster.client import Api
from omero_operator.cluster.errors import AlreadyExistsError, ApiError, NotFoundError
from omero_operator.identity.kinds import LEASE, Manifest

logger = logging.getLogger(__name__)

DURATION = 15
DEADLINE = 10
RENEW = 4
RETRY = 2
# A request about the Lease counts as not answered after this: another is tried before the deadline.
PATIENCE = DEADLINE / 2


async def _nobody() -> None:
    """Nobody has to be told."""


class Lease:
    """Holds, renews and gives back one Lease object.

    Attributes:
        acquired: Set while this replica is the active one.
        lost: Awaited when this replica is the active one no more, before it can be it again: what
            was begun under the old permission must not go on under a new one.
    """

    def __init__(self, api: Api, namespace: str, name: str, identity: str) -> None:
        self._api = api
        self._namespace = namespace
        self._name = name
        self._identity = identity
        self._confirmed = float("-inf")
        self._seen: tuple[str, float] = ("", 0.0)
        # As this replica last wrote it.
        self._mine: Manifest | None = None
        self._answered = True
        self._active = False
        self._main: asyncio.AbstractEventLoop | None = None
        self.acquired = asyncio.Event()
        self.lost: Callable[[], Awaitable[None]] = _nobody

    def held(self) -> bool:
        """Whether a write may still be sent."""
        return time.monotonic() - self._confirmed < DEADLINE

    async def keep_in_thread(self, connect: Callable[[], Awaitable[Api]]) -> None:
        """`keep` in a thread of its own, until this is cancelled.

        Args:
            connect: Makes a connection; it belongs to the event loop in which it was made.
        """
        self._main = asyncio.get_running_loop()
        loop = asyncio.new_event_loop()

        async def work() -> None:
            api = await connect()
            try:
                await self.keep(api)
            finally:
                await api.close()

        task = loop.create_task(work())

        def run() -> None:
            try:
                loop.run_until_complete(task)
            finally:
                loop.close()

        thread = self._main.run_in_executor(None, run)
        try:
            await asyncio.shield(thread)
        finally:
            # A loop that is closed already has ended its work.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(task.cancel)
            with contextlib.suppress(asyncio.CancelledError):
                await thread

    async def keep(self, api: Api | None = None) -> None:
        """Acquire the Lease and renew it; a candidate again when it is lost. Never returns.

        Args:
            api: Connection of the event loop in which this runs; the Lease's own if not given.
        """
        api = api or self._api
        while True:
            sent = await self._asked(api)
            if self._active and not self.held():
                self._active = False
                logger.warning("lease %s is lost; this replica is a candidate again", self._name)
                await self._lose_in_main()
            if sent is not None:
                self._confirmed = sent
                if self.held() and not self._active:
                    self._active = True
                    logger.info("this replica is active (lease %s)", self._name)
                    self._win_in_main()
            await asyncio.sleep(RETRY if sent is None else sent + RENEW - time.monotonic())

    def _win_in_main(self) -> None:
        """Let passes begin, in their event loop; renewals do not wait until it has a moment."""
        if self._main is None:
            self._win()
        else:
            self._main.call_soon_threadsafe(self._win)

    async def _lose_in_main(self) -> None:
        """End the passes, in their event loop, before this replica can be active again."""
        if self._main is None:
            await self._lose()
        else:
            await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._lose(), self._main))

    async def _asked(self, api: Api) -> float | None:
        """`_try`, with a word when the API server begins or ceases to refuse."""
        try:
            sent = await self._try(api)
        except ApiError as error:
            level = logging.WARNING if self._answered else logging.DEBUG
            logger.log(level, "lease %s cannot be acquired, trying again: %s", self._name, error)
            self._answered = False
            return None
        if not self._answered:
            logger.warning("lease %s: the API server answers again", self._name)
        self._answered = True
        return sent

    async def _lose(self) -> None:
        self.acquired.clear()
        metrics.LEADER.set(0)
        await self.lost()

    def _win(self) -> None:
        self.acquired.set()
        metrics.LEADER.set(1)

    async def give_back(self) -> None:
        """Let another replica take over at once. Called after the last write."""
        if not self.held():
            return
        self._confirmed, self._active, self._mine = float("-inf"), False, None
        self.acquired.clear()
        metrics.LEADER.set(0)
        try:
            lease = await self._api.get(LEASE, self._namespace, self._name)
            if lease is None or lease["spec"].get("holderIdentity") != self._identity:
                return
            await self._write(self._api, lease, "", 1)
            logger.info("lease %s released", self._name)
        except ApiError as error:
            logger.warning("lease %s not released: %s", self._name, error)

    async def _try(self, api: Api) -> float | None:
        """When the write was sent that makes it ours; None while another has it.

        Others count from the moment they see that write, so what the read before it took is ours.
        A renewal reads nothing: it is written if the Lease is as it was left.
        """
        mine, self._mine = self._mine, None
        if mine is not None:
            sent = time.monotonic()
            # If it is not, another had it, or the answer to a write of ours was lost.
            with contextlib.suppress(AlreadyExistsError, NotFoundError):
                self._mine = await self._write(api, mine, self._identity, DURATION)
                return sent
        lease = await api.get(LEASE, self._namespace, self._name)
        sent = time.monotonic()
        try:
            if lease is None:
                self._mine = await self._create(api)
                return sent
            holder = lease["spec"].get("holderIdentity") or ""
            if holder not in ("", self._identity) and not self._expired(lease):
                return None
            self._mine = await self._write(api, lease, self._identity, DURATION)
        except AlreadyExistsError:
            # Another replica was quicker; the resource version guards the decision.
            return None
        return sent

    def _expired(self, lease: Manifest) -> bool:
        """Whether the holder's renewals stopped, by our clock alone: clocks of nodes differ."""
        version = lease["metadata"]["resourceVersion"]
        if self._seen[0] != version:
            self._seen = (version, time.monotonic())
        duration = float(lease["spec"].get("leaseDurationSeconds", DURATION))
        return time.monotonic() - self._seen[1] > duration

    async def _create(self, api: Api) -> Manifest:
        metadata = {"name": self._name, "namespace": self._namespace}
        body = {
            "apiVersion": LEASE.api_version,
            "kind": LEASE.name,
            "metadata": metadata,
            "spec": self._spec(self._identity, DURATION),
        }
        return await api.create(LEASE, body)

    async def _write(self, api: Api, lease: Manifest, holder: str, duration: int) -> Manifest:
        version = {"resourceVersion": lease["metadata"]["resourceVersion"]}
        patch = {"metadata": version, "spec": self._spec(holder, duration)}
        return await api.merge(LEASE, self._namespace, self._name, patch)

    @staticmethod
    def _spec(holder: str, duration: int) -> Manifest:
        now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        return {"holderIdentity": holder, "leaseDurationSeconds": duration, "renewTime": now}
