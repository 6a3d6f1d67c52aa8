"""What programs of a site write, and how many entries it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Written:
    """Some lines of one writer.

    Attributes:
        writer: whose they are.
        entries: the entries, each of one line or more.
        levels: of each entry; empty for one that says none.
    """

    writer: str
    entries: tuple[str, ...]
    levels: tuple[str, ...]

    @property
    def lines(self) -> list[str]:
        """All lines, as the writer wrote them."""
        return [line for entry in self.entries for line in entry.split("\n")]


_CELERY: Final = """\
[2026-11-30 10:00:00,123: ERROR/MainProcess] Task omero.export[5f1c] raised unexpected: Failed('x')
Traceback (most recent call last):
  File "site-packages/celery/app/trace.py", line 453, in trace_task
    R = retval = fun(*args, **kwargs)
                 ^^^^^^^^^^^^^^^^^^^^
omero.SecurityViolation: exception ::omero::SecurityViolation
{
    serverStackTrace = ome.conditions.SecurityViolation: Cannot read
}

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "omeroweb_imaris_connector/jobs.py", line 12, in run
    raise Failed("x") from None
subprocess.TimeoutExpired: Command 'ims' timed out after 30 seconds"""
_JAVA: Final = """\
2026-11-30 10:00:00 ERROR ome.services.blitz - cannot start
java.lang.IllegalStateException: repository is locked
\tat ome.services.blitz.repo.Repository.lock(Repository.java:120)
\tat java.base/java.lang.Thread.run(Thread.java:840)
Caused by: java.io.IOException: No space left on device
\tat java.base/java.io.FileOutputStream.write(FileOutputStream.java:367)
\t... 12 more
\tSuppressed: java.lang.Exception: closing
Caused by: java.nio.file.FileSystemException: /OMERO/.omero: full
\t... 14 more"""
_STATEMENT: Final = """\
2026-11-30 10:00:00.123 UTC [77] ERROR:  relation "x" does not exist at character 15
2026-11-30 10:00:00.123 UTC [77] STATEMENT:  select *
\tfrom x
\twhere id = 1"""
# What pods print.
OUTPUT: Final = (
    Written(
        "worker",
        ("[2026-11-30 10:00:00,001: INFO/MainProcess] ready.", _CELERY, "shutting down"),
        ("info", "error", ""),
    ),
    Written(
        "server",
        ("INFO starting", _JAVA, "WARNING: An illegal reflective access has occurred"),
        ("info", "error", "warn"),
    ),
    Written(
        "web",
        (
            '{"level": "warning", "message": "no error here", "trace": "Traceback\\n  File"}',
            '10.0.0.7 - - [30/Nov/2026:10:00:00 +0000] "GET /error HTTP/1.1" 200 12',
            '{"time": "2026-11-30T10:00:00Z", "level": "CRITICAL", "message": "x"}',
            "omero.web is starting: wait",
        ),
        ("warn", "", "fatal", ""),
    ),
    Written(
        "database",
        (*_STATEMENT.split("\n", 1), "2026-11-30 10:00:01.000 UTC [77] LOG:  done"),
        ("error", "", ""),
    ),
)
# OMERO's log files, which begin each entry with a moment.
FILES: Final = (
    Written(
        "Blitz-0.log",
        (
            "2026-11-30 10:00:00,001 INFO  [        o.s.blitz.fire.Ring] (main) Ring created",
            """\
2026-11-30 10:00:00,002 ERROR [    ome.services.util.Handler] (l.Server-1) Method failed
java.lang.RuntimeException: first

 Rsp: a line of its own
Caused by: org.postgresql.util.PSQLException: ERROR: deadlock detected
  Detail: Process 1 waits
\tat org.postgresql.core.v3.QueryExecutorImpl.receive(QueryExecutorImpl.java:2725)""",
            "2026-11-30 10:00:00,003 WARN  [ome.security] (x) again",
        ),
        ("info", "error", "warn"),
    ),
    Written(
        "OMEROweb.log",
        (
            """\
2026-11-30 10:00:00,004 ERROR [omeroweb.webclient] (proc.00012) handler() failed
Traceback (most recent call last):
  File "views.py", line 3, in handler
KeyError: 'no colon after a moment'""",
            "2026-11-30 10:00:00,005 DEBUG [omeroweb.connector] (proc.00012) ok",
        ),
        ("error", "debug"),
    ),
)
