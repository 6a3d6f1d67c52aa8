"""The life of the process: start, stop, liveness."""

import asyncio
import logging
import os
import signal
from dataclasses import dataclass
from typing import Any

import kopf
from prometheus_client import start_http_server

from omero_operator.cluster.client import Api, connect
from omero_operator.cluster.lease import Lease
from omero_operator.handlers.no_diffs import NoDiffs
from omero_operator.identity import labels
from omero_operator.identity.kinds import CHILD_KINDS, JOB, POD
from omero_operator.liveness import PASS_LIMIT, WatchAudit
from omero_operator.reconcile import Reconciler
from omero_operator.settings import Settings
from omero_operator.work_queue import WorkQueue

logger = logging.getLogger(__name__)


@dataclass
class Parts:
    """What the running process consists of."""

    api: Api
    lease_api: Api
    lease: Lease
    keeper: asyncio.Task[None]
    audit: WatchAudit
    queue: WorkQueue


@kopf.on.startup()
async def start(settings: kopf.OperatorSettings, memo: kopf.Memo, **_: Any) -> None:
    """Configure Kopf, connect, take part in the election, open the metrics port."""
    own: Settings = memo.settings
    # All effects are our own: no Kopf events, no annotations, no finalizers (`on.event` sets none).
    settings.posting.enabled = False
    settings.persistence.diffbase_storage = NoDiffs()
    settings.scanning.disabled = bool(own.watch_namespaces)
    settings.watching.server_timeout = 300
    settings.watching.client_timeout = 330
    settings.watching.chunk_size = 500
    settings.networking.request_timeout = 30
    settings.process.ultimate_exiting_timeout = 20
    for kind in CHILD_KINDS:
        selector = labels.PODS if kind == JOB else labels.ALL_CHILDREN
        settings.watching.label_selectors[kind.group, kind.plural] = selector
    settings.watching.label_selectors[POD.group, POD.plural] = labels.PODS

    if own.metrics_port:
        start_http_server(own.metrics_port, own.health_host)
    memo.parts = await _parts(own)


async def _parts(own: Settings) -> Parts:
    api, lease_api = await connect(), await connect()
    lease = Lease(lease_api, own.namespace, own.lease_name, own.identity)
    api.may_write = lease.held
    keeper = asyncio.create_task(lease.keep(), name="lease")
    keeper.add_done_callback(_end_without_lease)
    audit = WatchAudit()
    reconciler = Reconciler(api, own.images, own.watch_namespaces, audit)
    queue = WorkQueue(reconciler.run, lease.acquired.wait, own.full_pass, _end)
    return Parts(api, lease_api, lease, keeper, audit, queue)


@kopf.on.cleanup()
async def stop(memo: kopf.Memo, **_: Any) -> None:
    """End the passes first, then give the lease back."""
    parts: Parts | None = memo.get("parts")
    if parts is None:
        return
    await parts.queue.stop()
    parts.keeper.cancel()
    await parts.lease.give_back()
    await parts.api.close()
    await parts.lease_api.close()


@kopf.on.probe(id="watches")
async def watches(memo: kopf.Memo, **_: Any) -> str:
    """Fail when a watch is dead or a pass hangs; Kubernetes then restarts the pod."""
    parts: Parts = memo.parts
    if dead := parts.audit.dead():
        raise kopf.PermanentError(f"the watch of {', '.join(dead)} reports nothing any more")
    if parts.queue.longest_pass() > PASS_LIMIT:
        raise kopf.PermanentError(f"a pass has been running for more than {PASS_LIMIT:g} s")
    return "alive"


def _end_without_lease(keeper: asyncio.Task[None]) -> None:
    if not keeper.cancelled():
        _end(keeper.exception() or RuntimeError("the lease is lost"))


def _end(error: BaseException) -> None:
    """End this process the ordinary way; Kubernetes starts it anew, as a candidate."""
    logger.error("ending: %s", error)
    os.kill(os.getpid(), signal.SIGTERM)
