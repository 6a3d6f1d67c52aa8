"""Python of a test, as a program: see `local_services.python`."""

import sys

exec(compile(sys.argv[1], "program of a test", "exec"), {"__name__": "__main__"})  # noqa: S102 - ours
