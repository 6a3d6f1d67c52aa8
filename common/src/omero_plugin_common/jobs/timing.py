"""How long things of a job last, all in seconds unless named otherwise."""

from __future__ import annotations

from dataclasses import dataclass

from omero_plugin_common.env_utils import get_float_env, get_int_env


@dataclass(frozen=True, slots=True)
class Timing:
    """The times of the job model.

    Args:
        lease: a running job belongs to its worker this long after the last heartbeat.
        heartbeat: between two heartbeats.
        resend: a queued job's message is sent again after this time.
        reap: between two looks for jobs without a worker.
        retry: before the second attempt after a failure that may pass; doubled for each further.
        turn: a job that other jobs wait for goes on this long before it lets them go first.
        called: a job whose turn it is holds up others this long until a worker takes it.
        retention_days: finished jobs are kept this many days.
        log_lines: lines of a job's log that are kept.
    """

    lease: float = 60.0
    heartbeat: float = 10.0
    resend: float = 60.0
    reap: float = 15.0
    retry: float = 5.0
    turn: float = 20.0
    called: float = 10.0
    retention_days: int = 30
    log_lines: int = 2000

    @classmethod
    def from_environment(cls) -> Timing:
        """With JOB_LEASE_SECONDS (2 to 3600), which scales the others, and JOB_RETENTION_DAYS.

        Raises:
            InvalidValue: one of them cannot be used.
        """
        lease = get_float_env("JOB_LEASE_SECONDS", cls().lease, low=2, high=3600)
        days = get_int_env("JOB_RETENTION_DAYS", cls().retention_days, low=1, high=3650)
        return cls(
            lease=lease,
            heartbeat=lease / 6,
            resend=lease,
            reap=lease / 4,
            retry=lease / 12,
            turn=lease / 3,
            called=lease / 6,
            retention_days=days,
        )
