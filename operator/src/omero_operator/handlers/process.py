"""The life of the process: start, stop, liveness."""

import asyncio
import functools
import logging
from dataclasses import dataclass, field
from typing import Any

import kopf
from aiohttp import web

from omero_operator import metrics
from omero_operator.cluster import lease as leases
from omero_operator.cluster.additions import Additions
from omero_operator.cluster.client import Api, connect
from omero_operator.cluster.discovery import Discovery
from omero_operator.cluster.errors import ApiError, ForbiddenError
from omero_operator.cluster.lease import Lease
from omero_operator.cluster.repairs import Repairs
from omero_operator.handlers import healthz, kopf_settings
from omero_operator.identity.kinds import PLATFORM
from omero_operator.liveness import PASS_LIMIT, WatchAudit
from omero_operator.reconcile import Reconciler
from omero_operator.relist import relist
from omero_operator.settings import Settings
from omero_operator.work_queue import WorkQueue

logger = logging.getLogger(__name__)

# Seconds between two looks whether the definition of platforms has come.
LOOK_FOR_DEFINITION = 5.0


@dataclass
class Parts:
    """What the running process consists of.

    Attributes:
        api: Connection whose writes pass the fence.
        lease_api: Connection for the Lease, without the fence.
        lease: Whether this replica is the active one.
        audit: Compares lists with what the watches reported.
        queue: Makes passes.
        discovery: Knows which optional kinds the cluster lacks.
        tasks: What runs beside the passes.
        healthz: Answers the kubelet.
        specs: Digest of the specification by uid, of children whose status changes all the time.
    """

    api: Api
    lease_api: Api
    lease: Lease
    audit: WatchAudit
    queue: WorkQueue
    discovery: Discovery
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    healthz: web.AppRunner | None = None
    specs: dict[str, str] = field(default_factory=dict)


@kopf.on.startup()
async def start(settings: kopf.OperatorSettings, memo: kopf.Memo, **_: Any) -> None:
    """Configure Kopf, connect, take part in the election, answer the kubelet."""
    own: Settings = memo.settings
    kopf_settings.configure(settings, own.watch_namespaces)
    loop = asyncio.get_running_loop()
    # A thread of its own serves the metrics.
    metrics.TASKS.set_function(lambda: len(asyncio.all_tasks(loop)))
    parts = await assemble(own)
    check = functools.partial(watches, parts)
    try:
        parts.healthz = await healthz.serve(own.health_host, own.health_port, check)
    except OSError as error:
        where = f"{own.health_host} port {own.health_port}"
        raise kopf.PermanentError(f"cannot answer the kubelet on {where}: {error}") from error
    again: asyncio.Event = memo.again
    lease, queue = parts.lease, parts.queue
    parts.tasks += [
        _lasting("lease", lease.keep_in_thread(lambda: connect(leases.PATIENCE)), again),
        _lasting(
            "relist",
            relist(parts.api, own.watch_namespaces, queue, lease.acquired.wait, own.full_pass),
            again,
        ),
    ]
    if own.watch_namespaces:
        # Without the right to watch definitions, Kopf does not notice that a kind has come.
        parts.discovery.appeared = again.set
    # Kopf looks for kinds after this, and only once.
    if not await _served(parts.api):
        parts.tasks.append(asyncio.create_task(_await_definition(parts.api, again)))
    memo.parts = parts


async def assemble(own: Settings) -> Parts:
    """Connect and put the parts together; nothing runs yet."""
    api, lease_api = await connect(), await connect(leases.PATIENCE)
    lease = Lease(lease_api, own.namespace, own.lease_name, own.identity)
    api.may_write = lease.held
    audit = WatchAudit()
    additions, repairs = Additions(api, own.full_pass), Repairs(own.full_pass)
    discovery = Discovery()
    reconciler = Reconciler(
        api, own.images, own.watch_namespaces, audit, additions, repairs, own.catalogue, discovery
    )
    queue = WorkQueue(reconciler.run, lease.acquired.wait, own.full_pass)

    async def begin_anew() -> None:
        await queue.begin_anew()
        audit.begin_anew()

    lease.lost = begin_anew
    return Parts(api, lease_api, lease, audit, queue, discovery)


@kopf.on.cleanup()
async def stop(memo: kopf.Memo, **_: Any) -> None:
    """End the passes first, then give the lease back."""
    parts: Parts | None = memo.get("parts")
    if parts is None:
        return
    for task in parts.tasks:
        task.cancel()
    await asyncio.gather(*parts.tasks, return_exceptions=True)
    await parts.queue.stop()
    await parts.lease.give_back()
    await parts.api.close()
    await parts.lease_api.close()
    if parts.healthz is not None:
        await parts.healthz.cleanup()


async def watches(parts: Parts) -> str:
    """Fail when a watch is dead or a pass hangs; Kubernetes then restarts the pod.

    Raises:
        kopf.PermanentError: Says which watch, or how long the pass takes.
    """
    if dead := parts.audit.dead():
        raise kopf.PermanentError(f"the watch of {', '.join(dead)} no longer reports events")
    if parts.queue.longest_pass() > PASS_LIMIT:
        raise kopf.PermanentError(f"a pass has been running for more than {PASS_LIMIT:g} s")
    return "alive"


def _lasting(name: str, coroutine: Any, again: asyncio.Event) -> asyncio.Task[None]:
    """A task that never ends by itself; if it does, by a defect, everything begins anew."""
    task: asyncio.Task[None] = asyncio.create_task(coroutine, name=name)

    def ended(task: asyncio.Task[None]) -> None:
        if not task.cancelled():
            error = task.exception()
            logger.error("%s stopped unexpectedly, everything restarts", name, exc_info=error)
            again.set()

    task.add_done_callback(ended)
    return task


async def _served(api: Api) -> bool:
    """Whether the API server is known to serve platforms."""
    try:
        return await api.served(PLATFORM)
    except ForbiddenError:
        # Then Kopf cannot ask either, and says so.
        return True
    except ApiError as error:
        logger.warning("the API server does not answer yet: %s", error)
        return False


async def _await_definition(api: Api, again: asyncio.Event) -> None:
    """Wait until platforms are served; Kopf looks again then."""
    definition = f"{PLATFORM.plural}.{PLATFORM.group}"
    logger.warning("waiting for the CustomResourceDefinition %s", definition)
    while not await _served(api):  # noqa: ASYNC110 - the cluster is asked; it has no event
        await asyncio.sleep(LOOK_FOR_DEFINITION)
    logger.warning("the CustomResourceDefinition %s is installed", definition)
    again.set()
