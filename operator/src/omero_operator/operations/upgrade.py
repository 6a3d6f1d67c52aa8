"""The upgrade: from one release to the next, in an order in which nothing is lost.

What can be found out while the site runs comes first: whether the images can be pulled, whether the
server's is the version that was asked for, what schema the database has, whether there is a backup.
Then web and workers stop, the databases, OMERO.server and all else follow, and each is ready before
the next begins.
"""

import datetime
import re
from collections.abc import Callable, Iterator, Sequence

from omero_operator.api.v1alpha1.release import Operation
from omero_operator.desired import connections, parts, plan, run_once, web_client
from omero_operator.desired.bootstrap import BOOTSTRAP
from omero_operator.desired.component import BOOTSTRAP_HELPER, READER, RUN_PLUGINS, Component
from omero_operator.desired.context import Context, Images
from omero_operator.desired.maintenance import MAINTENANCE
from omero_operator.desired.server import schema_template
from omero_operator.identity.kinds import Manifest
from omero_operator.identity.labels import HELD, pod_labels
from omero_operator.operations import major
from omero_operator.operations.major import moved
from omero_operator.operations.operation import Progress, Step
from omero_operator.operations.pairs import version_of
from omero_operator.state import pods, rollout
from omero_operator.state.observed import Observed

_USERS = (*RUN_PLUGINS, READER, MAINTENANCE.name)
_DATABASES = ("database", "plugin-database", "redis")
_WEB = ("web", "uploads", "exports")
# Images that OMERO.server's pod is made of, and those that its data needs.
_OF_SERVER = ("server", "maintenance")
# With their exporters, which are containers of the same pods.
_OF_DATABASES = tuple(n for n in Images.users() if n not in (*_OF_SERVER, "web"))
# Those of exporters have no shell, and no site depends on them.
_CHECKED = ("server", "web", "maintenance", "postgres", "redis")
_OMERO = "/opt/omero/server/venv3/bin/omero"
_COMPONENTS = {component.name: component for component in plan.COMPONENTS}


# --- what the site looks like ---------------------------------------------------------------------


def _changes(ctx: Context, record: Operation, names: Sequence[str]) -> bool:
    return moved(ctx, record, names) != ctx.images


def _site(
    stopped: Sequence[str], names: Sequence[str] = ()
) -> Callable[[Context, Operation], Context]:
    """An overlay: components without pods, and images of the new release."""

    def overlay(ctx: Context, record: Operation) -> Context:
        still = set(stopped)
        restarts = {*_DATABASES, "server"} & set(record.restarts)
        if not restarts and not _changes(ctx, record, (*_OF_DATABASES, *_OF_SERVER)):
            # What does not change need not stop: the server's sessions go on.
            still.discard("server")
        later = {name for name, each in _COMPONENTS.items() if each.image not in names}
        copied = major.copies(ctx, record) if "postgres" in names else {}
        return ctx.having(
            images=moved(ctx, record, names),
            stopped=frozenset(still),
            held=ctx.held & later,
            claims={**ctx.claims, **copied},
        )

    return overlay


_STOPPED = _site((*_USERS, "server"))


def _copying(ctx: Context, record: Operation) -> Context:
    """The old databases run, and the new claims are there."""
    return _STOPPED(ctx, record).having(copies=major.copies(ctx, record))


# --- Jobs -----------------------------------------------------------------------------------------


def _name(ctx: Context, record: Operation, what: str) -> str:
    return f"{ctx.name}-{what}-{record.id}"


def _check(ctx: Context, record: Operation) -> Iterator[Manifest]:
    """A pod with every image that changes, in which OMERO.server's says its version."""
    target = moved(ctx, record, list(record.images))
    changed = [n for n in _CHECKED if target.references[n] != ctx.images.references[n]]
    containers = []
    for name in changed:
        say = f"{_OMERO} version" if name == "server" else "echo pulled"
        containers.append(
            parts.container(
                ctx,
                name,
                target.references[name],
                command=["sh", "-c", f"{say} >/dev/termination-log 2>&1"],
                resources=BOOTSTRAP_HELPER.resources(ctx.spec.helpers.resources),
                env=parts.env(OMERO_TMPDIR=parts.TMP, OMERO_USERDIR=parts.TMP, HOME=parts.TMP),
                volumeMounts=[parts.mount("tmp", parts.TMP)],
            )
        )
    # The server's comes last: its words are those that count.
    containers.sort(key=lambda container: container["name"] == "server")
    if not containers:
        return
    template = parts.pod_template(
        ctx,
        MAINTENANCE,
        containers=containers[-1:],
        initContainers=containers[:-1],
        volumes=[parts.empty_dir("tmp")],
        runs_as=changed[0] if "server" not in changed else "server",
        restartPolicy="Never",
    )
    yield run_once.job(ctx, _name(ctx, record, "check"), MAINTENANCE.name, template)


def _schema(ctx: Context, record: Operation, what: str) -> Manifest:
    """What schema OMERO's database has."""
    env, volume, mount = connections.client("OMERO_DB", "omero-db", connections.omero_database(ctx))
    reader = parts.container(
        ctx,
        "schema",
        moved(ctx, record, ["maintenance"]).maintenance,
        command=["omero-schema"],
        env=env,
        resources=MAINTENANCE.resources(ctx.spec),
        volumeMounts=[mount, parts.mount("tmp", parts.TMP)],
        terminationMessagePolicy="FallbackToLogsOnError",
    )
    template = parts.pod_template(
        ctx,
        MAINTENANCE,
        containers=[reader],
        volumes=[volume, parts.empty_dir("tmp")],
        restartPolicy="Never",
    )
    return run_once.job(ctx, _name(ctx, record, what), MAINTENANCE.name, template)


def _migrate(ctx: Context, record: Operation) -> Iterator[Manifest]:
    """The new server's own upgrade of the schema; when it fails, a person has to look."""
    if "server" not in ctx.stopped:
        # It is the same server, which holds its volume.
        return
    ctx = ctx.having(images=moved(ctx, record, _OF_SERVER))
    template = schema_template(ctx, pod_labels(ctx.name, MAINTENANCE.name))
    job = _name(ctx, record, "migrate")
    yield run_once.job(ctx, job, MAINTENANCE.name, template, retries=0)


def _smoke(ctx: Context, record: Operation) -> Manifest:
    """A login to the new server with the new client, and a question."""
    ctx = ctx.having(images=moved(ctx, record, ["web"]))
    template = web_client.template(ctx, BOOTSTRAP, "smoke")
    return run_once.job(ctx, _name(ctx, record, "smoke"), BOOTSTRAP.name, template)


def _job_progress(ctx: Context, job: str, component: Component, observed: Observed) -> Progress:
    outcome = run_once.outcome(observed, job, component.name)
    if outcome.state == "failed":
        return Progress(failed=f"Job {job} failed: {run_once.plain(outcome.words)}")
    if outcome.state == "done":
        return Progress(done=True)
    words = run_once.plain(outcome.words)
    last = f", whose last attempt ended with: {words}" if words else ""
    why = _fault(run_once.pods(observed, job, component.name), observed)
    return Progress(waits_for=f"Job {job}{last}{why}")


def _fault(found: Sequence[Manifest], observed: Observed) -> str:
    """What keeps pods from running, where that is more than time."""
    value = pods.explain(found, observed)
    return f": {value.message.rstrip('.')}" if value and value.reason != "Progressing" else ""


# --- how far it is --------------------------------------------------------------------------------


def _checked(ctx: Context, record: Operation, observed: Observed) -> Progress:
    if wrong := major.too_small(ctx, record, observed):
        return Progress(failed=wrong)
    image = moved(ctx, record, ["server"]).server
    if jobs := list(_check(ctx, record)):
        job = jobs[0]["metadata"]["name"]
        progress = _job_progress(ctx, job, MAINTENANCE, observed)
        if not progress.done:
            return progress
        said = run_once.outcome(observed, job, MAINTENANCE.name).words
        wrong = _wrong_version(image, said) if image != ctx.images.server else ""
        if wrong:
            return Progress(failed=wrong)
    job = _name(ctx, record, "schema")
    progress = _job_progress(ctx, job, MAINTENANCE, observed)
    if not progress.done:
        return progress
    return Progress(done=True, schema=_found_schema(observed, job))


def _wrong_version(image: str, said: str) -> str:
    """That an image has another OMERO.server than its tag says; a tag has pointed to others."""
    asked = version_of(image)
    found = re.findall(r"\d+\.\d+\.\d+", said)
    if not found or asked.count(".") != 2 or asked in found:
        return ""
    return (
        f"image {image} has OMERO.server {found[-1]} and not {asked}: its tag points to another "
        "image. Name the image by its digest"
    )


def _found_schema(observed: Observed, job: str) -> str:
    return run_once.outcome(observed, job, MAINTENANCE.name).words[:64]


def _backed_up(ctx: Context, record: Operation, observed: Observed) -> Progress:
    """A fresh verified backup, where something changes that holds data."""
    settings = ctx.spec.upgrade
    if settings.backup == "Skip" or not _changes(ctx, record, ("server", "postgres")):
        return Progress(done=True)
    last = (observed.status.get("backup") or {}).get("lastVerified", "")
    limit = datetime.timedelta(hours=settings.max_backup_age_hours)
    if last and observed.now - datetime.datetime.fromisoformat(last) <= limit:
        return Progress(done=True)
    found = f"the last one is of {last}" if last else "there is none"
    return Progress(
        waits_for=f"a verified backup that is at most {settings.max_backup_age_hours} hours old; "
        f"{found}. Make one, or set spec.upgrade.backup to Skip"
    )


def _all_stopped(ctx: Context, _: Operation, observed: Observed) -> Progress:
    for name in sorted(ctx.stopped - {MAINTENANCE.name}):
        component = _COMPONENTS[name]
        if not component.enabled(ctx.spec):
            continue
        workload = observed.child(*component.workload_of(ctx))
        ended = workload is None or (rollout.wanted(workload) == 0 and rollout.complete(workload))
        if not ended or any(_alive(pod) for pod in observed.pods_of(name)):
            return Progress(waits_for=f"the end of the pods of {component.title}")
    return Progress(done=True)


def _copied(ctx: Context, record: Operation, observed: Observed) -> Progress:
    for job, _ in major.jobs(ctx, record):
        progress = _job_progress(ctx, job, MAINTENANCE, observed)
        if not progress.done:
            return progress
        if not major.ended(observed, job):
            return Progress(waits_for=f"the end of the pod of Job {job}, which holds the volume")
    return Progress(done=True)


def _alive(pod: Manifest) -> bool:
    return pod["status"].get("phase") not in ("Succeeded", "Failed")


def _ready(*names: str) -> Callable[[Context, Operation, Observed], Progress]:
    """Whether components run the images of the context and are ready."""

    def look(ctx: Context, _: Operation, observed: Observed) -> Progress:
        for name in names:
            component = _COMPONENTS[name]
            if component.enabled(ctx.spec) and not _runs(ctx, component, observed):
                why = _fault(list(observed.pods_of(name)), observed)
                return Progress(waits_for=f"{component.title} to be ready{why}")
        return Progress(done=True)

    return look


def _runs(ctx: Context, component: Component, observed: Observed) -> bool:
    workload = observed.child(*component.workload_of(ctx))
    if workload is None or not rollout.complete(workload):
        return False
    if component.name not in ctx.held and HELD in workload["metadata"].get("annotations", {}):
        # Its image may be the same, and its pods are those of before.
        return False
    if not rollout.wanted(workload):
        return getattr(component.settings(ctx.spec), "replicas", None) == 0
    image = "maintenance" if component.external(ctx.spec) else component.image
    running = workload["spec"]["template"]["spec"]["containers"][0]["image"]
    return bool(running == getattr(ctx.images, image))


def _migrated(ctx: Context, record: Operation, observed: Observed) -> Progress:
    if "server" not in ctx.stopped:
        return Progress(done=True)
    return _job_progress(ctx, _name(ctx, record, "migrate"), MAINTENANCE, observed)


def _same_schema(ctx: Context, record: Operation, observed: Observed) -> Progress:
    return _job_progress(ctx, _name(ctx, record, "schema2"), MAINTENANCE, observed)


def _bootstrapped(ctx: Context, _: Operation, observed: Observed) -> Progress:
    _kind, job = BOOTSTRAP.workload_of(ctx)
    return _job_progress(ctx, job, BOOTSTRAP, observed)


def _smoked(ctx: Context, record: Operation, observed: Observed) -> Progress:
    return _job_progress(ctx, _name(ctx, record, "smoke"), BOOTSTRAP, observed)


def _safe(ctx: Context, record: Operation, observed: Observed) -> Progress:
    """Whether the database still has the schema of the release before."""
    if major.was_switched(ctx, record):
        return Progress(
            failed="OMERO.server has run on the new volumes of PostgreSQL, and what was written "
            "there is not on those of before"
        )
    stopped = _all_stopped(ctx, record, observed)
    if not stopped.done:
        return stopped
    migrating = run_once.pods(observed, _name(ctx, record, "migrate"), MAINTENANCE.name)
    if any(map(_alive, migrating)):
        return Progress(waits_for="the end of the pod that upgrades the database")
    job = _name(ctx, record, "schema3")
    progress = _job_progress(ctx, job, MAINTENANCE, observed)
    if not progress.done:
        return progress
    now = _found_schema(observed, job)
    if not record.schema_before or now != record.schema_before:
        before = record.schema_before or "unknown"
        return Progress(failed=f"the schema of OMERO's database was {before} and is {now}")
    return progress


# --- the steps ------------------------------------------------------------------------------------

_ALL = tuple(Images.users())
_BEFORE_WEB = (*_OF_DATABASES, *_OF_SERVER)

STEPS: tuple[Step, ...] = (
    Step(
        "check",
        "checking the new images and the database while the site runs",
        _checked,
        jobs=lambda ctx, record: [*_check(ctx, record), _schema(ctx, record, "schema")],
    ),
    Step("backup", "waiting for a backup while the site runs", _backed_up, patient=True),
    Step("stop", "stopping OMERO.web and the workers", _all_stopped, _STOPPED),
    Step(
        "copy",
        "copying the databases to new volumes, for another major version of PostgreSQL",
        _copied,
        _copying,
        lambda ctx, record: [job for _, job in major.jobs(ctx, record)],
        passing=True,
    ),
    Step(
        "databases",
        "starting the databases and Redis",
        _ready(*_DATABASES),
        _site((*_USERS, "server"), _OF_DATABASES),
    ),
    Step(
        "migrate",
        "upgrading the schema of OMERO's database",
        _migrated,
        _site((*_USERS, "server"), _BEFORE_WEB),
        lambda ctx, record: list(_migrate(ctx, record)),
        revocable=True,
    ),
    Step("server", "starting OMERO.server", _ready("server"), _site(_USERS, _BEFORE_WEB)),
    Step(
        "schema",
        "looking at the database",
        _same_schema,
        _site(_USERS, _BEFORE_WEB),
        lambda ctx, record: [_schema(ctx, record, "schema2")],
    ),
    Step("bootstrap", "bootstrapping OMERO", _bootstrapped, _site(_USERS, _ALL)),
    Step(
        "smoke",
        "logging in to try the new server",
        _smoked,
        _site(_USERS, _ALL),
        lambda ctx, record: [_smoke(ctx, record)],
    ),
    Step(
        "web",
        "starting OMERO.web",
        _ready(*_WEB),
        _site([name for name in _USERS if name not in _WEB], _ALL),
    ),
    Step(
        "worker", "starting the workers", _ready("worker", "export-worker", READER), _site((), _ALL)
    ),
)

# From here on the new server may have changed the schema.
SCHEMA_CHANGES = "migrate"
# From here on users may have changed the data.
SERVER_STARTED = "server"
FIRST_STOP = "stop"

RETREAT: tuple[Step, ...] = (
    Step(
        "look",
        "stopping the new server and looking whether it changed the database",
        _safe,
        _site((*_USERS, "server"), _BEFORE_WEB),
        lambda ctx, record: [_schema(ctx, record, "schema3")],
    ),
    Step(
        "return",
        "starting the images from before",
        _ready(*_DATABASES, "server", "web", "worker"),
        patient=True,
    ),
)
