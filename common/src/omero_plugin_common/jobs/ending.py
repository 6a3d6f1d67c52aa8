"""What a job works on ends with the job: no record stays in a state that nobody works on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Literal

from omero_plugin_common import database
from omero_plugin_common.errors import ApiError, Unavailable
from omero_plugin_common.jobs.context import JobCancelled, JobContext, JobWaits, LeaseLost
from omero_plugin_common.omero_errors import is_transient, omero_error

Ending = Literal["cancelled", "failed"]


@contextmanager
def ended_with_its_job(context: JobContext, end: Callable[[Ending, str], object]) -> Iterator[None]:
    """Say so when the block ends for good without success.

    It does not when another worker has the job, or when the job is begun again: after waiting for
    others, and after an error that passes, as long as the job has attempts left.

    Args:
        context: of the job.
        end: is told how it ends, with words for the user where it failed; it writes that down.
    """
    try:
        yield
    except (LeaseLost, JobWaits):
        raise
    except JobCancelled:
        _say(end, "cancelled", "")
        raise
    except Exception as error:
        if not _is_tried_again(context, error):
            _say(end, "failed", _words(context, error))
        raise


def _say(end: Callable[[Ending, str], object], how: Ending, words: str) -> None:
    # While the database is away, whoever looks at the record later finds that its job has ended.
    with suppress(*database.AWAY):
        end(how, words)


def _is_tried_again(context: JobContext, error: Exception) -> bool:
    if context.attempt >= context.job.max_attempts:
        return False
    return isinstance(error, (Unavailable, *database.AWAY)) or is_transient(error)


def _words(context: JobContext, error: Exception) -> str:
    known = error if isinstance(error, ApiError) else omero_error(error)
    if known is not None:
        return known.message
    return f"It failed unexpectedly. The log has the details under reference {context.job.id}"
