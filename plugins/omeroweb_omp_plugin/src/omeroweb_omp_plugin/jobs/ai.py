"""Jobs that ask models. They go on when the page is closed, and can be cancelled at any time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

from omero_plugin_common.jobs import JobContext, JobFailed, job
from omero_plugin_common.jobs.registry import NETWORK
from omeroweb_omp_plugin.ai.answers import Row
from omeroweb_omp_plugin.ai.errors import AiError
from omeroweb_omp_plugin.ai.models import Usage
from omeroweb_omp_plugin.services import extract_values, suggest_pattern
from omeroweb_omp_plugin.services.ai_question import PATTERN, VALUES, Question, names_of
from omeroweb_omp_plugin.services.credentials import client_of
from omeroweb_omp_plugin.store import ai_values as store

_LOOK_SECONDS: Final = 0.5


@job(PATTERN, parameters=Question, unit="names", queue=NETWORK, title="Asking for a pattern")
def ai_pattern(context: JobContext) -> dict[str, Any]:
    """Ask for a pattern, once."""
    question, user = context.parsed(Question), context.job.user_id
    prepared = suggest_pattern.prepare(question, user)
    names = names_of(question, user)
    context.progress(0, len(names), f"Asking {prepared.provider.name}")
    client = client_of(user, prepared.provider)
    [prompt] = prepared.prompts
    suggestion = suggest_pattern.suggest(
        client, question.model, prompt, names, lambda: context.progress(0)
    )
    context.progress(len(names), message=f"Fits {suggestion['matched']} of {len(names)} names")
    return suggestion


@job(VALUES, parameters=Question, unit="names", queue=NETWORK, title="Asking for values")
def ai_values(context: JobContext) -> dict[str, Any]:
    """Ask for values, batch by batch; those that an earlier attempt got are kept."""
    question, user = context.parsed(Question), context.job.user_id
    # Once: what earlier jobs found may be deleted before another attempt.
    known = store.known(context.job.id)
    if known is None:
        known = extract_values.known_rows(question, user)
        store.save(context.job.id, store.TAKEN_OVER, known, Usage())
    prepared = extract_values.prepare(question, user, known)
    everything = prepared.known + prepared.names
    stored, before = store.done(context.job.id)
    finished = prepared.known
    finished += sum(len(names) for n, names in enumerate(prepared.batches) if n in stored)

    def watch() -> None:
        # Learns within a second that the user cancels, which `check` does at the next heartbeat.
        context.progress(finished)

    reader = extract_values.Reader(
        client_of(user, prepared.provider),
        question.model,
        question.variables,
        watch=watch,
        wait=_waiting(context, watch),
    )
    context.progress(finished, everything, f"Asking {prepared.provider.name}")
    for number, names in enumerate(prepared.batches):
        if number in stored:
            continue
        context.check()
        spent = reader.usage
        try:
            rows = reader.read(names)
        except AiError as error:
            kept = f". {finished} of {everything} names are read: you can show them, and asking "
            kept += "again asks only for the others."
            raise JobFailed(error.message + (kept if finished else ""), code=error.code) from None
        cost = reader.usage - spent
        store.save(context.job.id, number, rows, cost)
        finished += len(names)
        _log_problems(context, rows)
        total = before + reader.usage
        message = f"{total.input + total.output} tokens so far"
        context.progress(finished, message=message, checkpoint=number + 1)
    page = extract_values.rows_page(context.job.id, user, 0, 0)
    return {"names": finished, "refused": page["refused"], "usage": page["usage"]}


def _log_problems(context: JobContext, rows: list[Row]) -> None:
    for row in rows:
        if row.problem:
            context.log(f"{row.name}: {row.problem}", "warning")


def _waiting(context: JobContext, watch: Callable[[], None]) -> Callable[[float], None]:
    """Wait for a provider without missing that the user cancels."""

    def wait(seconds: float) -> None:
        context.log(f"The provider asks to wait: {seconds:.0f} seconds", "warning")
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            watch()
            time.sleep(min(left, _LOOK_SECONDS))

    return wait
