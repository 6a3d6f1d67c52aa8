"""Bio-Formats' memo files, written ahead by a Job after an upgrade of OMERO.server.

Each of the Job's shares is a pod that opens a part of the filesets. Kubernetes counts those that
are done, which is the progress, and a killed pod repeats its own share alone. The site runs
meanwhile, and nothing waits for it.
"""

from collections.abc import Iterator

from omero_operator.api.v1alpha1.release import Operation
from omero_operator.desired import parts, run_once, web_client
from omero_operator.desired.bootstrap import BOOTSTRAP
from omero_operator.desired.context import Context
from omero_operator.identity.kinds import JOB, Manifest
from omero_operator.operations.major import moved
from omero_operator.state.observed import Observed

# So that each is a step of one per cent, and the last pods do not run alone for long.
SHARES = 100
# A server that restarts ends all pods that run; each of their shares begins again.
_RETRIES = 1000


def jobs(ctx: Context, record: Operation) -> Iterator[Manifest]:
    """The Job after an upgrade that is done; it stays until the next one.

    Args:
        ctx: Build context.
        record: The last upgrade.
    """
    settings = ctx.spec.upgrade.memo_files
    before = record.server_before
    if record.outcome != "Done" or not settings.ahead or not before:
        return
    if moved(ctx, record, ["server"]).server == before:
        return
    ctx = ctx.having(images=moved(ctx, record, ["web"]))
    shares = parts.env(MEMO_SHARES=str(SHARES))
    template = web_client.template(ctx, BOOTSTRAP, "memo-files", env=shares)
    name = run_once.name(_prefix(ctx), [record.id, template])
    made = run_once.job(
        ctx, name, BOOTSTRAP.name, template, run=not ctx.spec.hibernated, retries=_RETRIES
    )
    indexed = {"completions": SHARES, "completionMode": "Indexed"}
    spec = {**made["spec"], **indexed, "parallelism": settings.parallel}
    yield {**made, "spec": spec}


def progress(ctx: Context, observed: Observed) -> str:
    """How far it is, for people; empty where there is none."""
    for name, job in observed.named(JOB).items():
        if name.startswith(f"{_prefix(ctx)}-"):
            done = job.get("status", {}).get("succeeded", 0)
            if run_once.outcome(observed, name, BOOTSTRAP.name).state == "failed":
                again = run_once.retry(name)
                return f"memo files: Job {name} failed with {done} of {SHARES} parts done; {again}"
            left = "" if done < SHARES else ", all of them"
            return f"memo files: {done} of {SHARES} parts are written{left}"
    return ""


def _prefix(ctx: Context) -> str:
    return f"{ctx.name}-memo"
