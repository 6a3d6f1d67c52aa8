"""Who may write to a staged file: a row with a token, for a short time, renewed by its holder.

A lock of the file system would hold on one machine only. With the row, the next request can be
answered by any process on any machine: it marks the lease as wanted, the holder sees that when it
renews and gives way. The lease of a holder that was killed ends by itself. All times are those of
the database's clock, except that a holder counts its own from the moment before it asked.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID, uuid4

from omero_plugin_common import database

SECONDS: Final = 3.5
# What a request waits for a holder that gives way, or that was killed.
PATIENCE_SECONDS: Final = 5.0
_ASK_AGAIN_SECONDS: Final = 0.1

Renewed = Literal["held", "wanted", "lost"]


@dataclass(slots=True)
class Lease:
    """The right to write to one file.

    Attributes:
        job: the upload.
        number: of the file.
        token: of this holder.
        unverified_from: what is in the file behind this place was never verified; nothing when all
            of it counts.
        deadline: on the monotonic clock of this process, when it ends unless it is renewed.
        over: it was given back, or is another's.
    """

    job: UUID
    number: int
    token: UUID
    unverified_from: int | None
    deadline: float
    over: bool = False

    def renew(self, received: int) -> Renewed:
        """Renew it.

        A database that does not answer at this moment may do so the next time.

        Args:
            received: bytes of the file that are durable.

        Returns:
            Whether it still holds, and whether somebody waits for it.
        """
        asked = time.monotonic()
        try:
            with database.default().transaction() as cursor:
                cursor.execute(
                    "update upload_files f set received = %s, "
                    "lease_until = clock_timestamp() + %s * interval '1 second' "
                    "from upload_jobs j where j.id = f.job and j.state = 'uploading' "
                    "and f.state = 'pending' and f.job = %s and f.number = %s "
                    "and f.lease_token = %s returning f.lease_wanted",
                    (received, SECONDS, self.job, self.number, self.token),
                )
                row = cursor.fetchone()
        except database.AWAY:
            return "held" if time.monotonic() < self.deadline else "lost"
        if row is None:
            self.over = True
            return "lost"
        self.deadline = asked + SECONDS
        return "wanted" if row["lease_wanted"] else "held"

    def mark_unverified(self, offset: int) -> None:
        """What is written behind this place counts only when the lease is given back."""
        with database.default().transaction() as cursor:
            cursor.execute(
                "update upload_files set unverified_from = %s "
                "where job = %s and number = %s and lease_token = %s",
                (offset, self.job, self.number, self.token),
            )

    def give_back(self, received: int, *, complete: bool) -> bool:
        """End it.

        Args:
            received: bytes of the file, all of them durable.
            complete: whether that is all of it.

        Returns:
            Whether it was still held, and the file is as it was said.
        """
        with database.default().transaction() as cursor:
            cursor.execute(
                "update upload_files set received = %s, unverified_from = null, "
                "state = case when %s then 'uploaded' else state end, "
                "lease_token = null, lease_until = null, lease_wanted = false "
                "where job = %s and number = %s and lease_token = %s and state = 'pending'",
                (received, complete, self.job, self.number, self.token),
            )
            held, self.over = bool(cursor.rowcount), True
            if held:
                # Not by each request: they would wait for one another at this one row.
                cursor.execute(
                    "update upload_jobs set touched = now() "
                    "where id = %s and touched < now() - interval '10 seconds'",
                    (self.job,),
                )
            return held

    def end(self) -> None:
        """End it after a failure: how far the file is will be found out by the next holder."""
        if self.over:
            return
        with suppress(*database.AWAY), database.default().transaction() as cursor:
            cursor.execute(
                "update upload_files set lease_token = null, lease_until = null, "
                "lease_wanted = false where job = %s and number = %s and lease_token = %s",
                (self.job, self.number, self.token),
            )


def take(job: UUID, number: int, patience: float = PATIENCE_SECONDS) -> Lease | None:
    """Take the lease of a file, from its holder if there is one.

    Args:
        job: the upload.
        number: of the file.
        patience: seconds to wait for the holder.

    Returns:
        The lease; nothing when the holder did not give way, or the file is not expected any more.
    """
    token = uuid4()
    give_up = time.monotonic() + patience
    while True:
        asked = time.monotonic()
        with database.default().transaction() as cursor:
            cursor.execute(
                "update upload_files f set lease_token = %s, "
                "lease_until = clock_timestamp() + %s * interval '1 second', "
                "lease_wanted = false from upload_jobs j where j.id = f.job "
                "and j.state = 'uploading' and f.state = 'pending' "
                "and f.job = %s and f.number = %s "
                "and (f.lease_token is null or f.lease_until < clock_timestamp()) "
                "returning f.unverified_from",
                (token, SECONDS, job, number),
            )
            row = cursor.fetchone()
            if row is not None:
                return Lease(job, number, token, row["unverified_from"], asked + SECONDS)
            cursor.execute(
                "update upload_files set lease_wanted = true "
                "where job = %s and number = %s and state = 'pending'",
                (job, number),
            )
            expected = bool(cursor.rowcount)
        if not expected or time.monotonic() >= give_up:
            return None
        time.sleep(_ASK_AGAIN_SECONDS)
