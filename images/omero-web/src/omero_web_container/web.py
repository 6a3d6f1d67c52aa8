"""OMERO.web under gunicorn."""

from __future__ import annotations

import argparse
import logging.config
import os
import shlex
import socket
import sys
from pathlib import Path
from typing import Final, NoReturn

from omero_plugin_common import env_utils, redis_client
from omero_web_container import front, staging
from omero_web_container.catalogue import chosen_apps, set_environment
from omero_web_container.config_files import CannotStart, held, prepare
from omero_web_container.extra_plugins import add_to_path, extra_plugins
from omero_web_container.json_logs import configuration
from omero_web_container.public_address import public_address
from omero_web_container.sessions import forget_if_reachable

# Longer than ingress controllers keep an unused connection (Traefik 90 s, nginx 60 s), so that it
# is they who close it and no request goes into a connection that is being closed.
KEEP_ALIVE_SECONDS: Final = 95
OMERODIR: Final = Path("/opt/omero/web/var")
# Of the pods that receive or send files: threads for requests without one, such as those for
# progress, and connections to the plugin database, of which PostgreSQL has a hundred for the whole
# site.
FREE_THREADS: Final = 8
FILES_CONNECTIONS: Final = 16
DROP_INS: Final = Path("/opt/omero/web/config")


def run(*, files: staging.Folder | None = None) -> int:
    """Prepare the configuration and be gunicorn, in this process.

    Args:
        files: be the one that receives or sends the files of one plugin, in this folder.
    """
    omerodir = Path(os.environ.setdefault("OMERODIR", str(OMERODIR)))
    check_environment()
    logging.config.dictConfig(configuration(os.environ.get("LOG_LEVEL", "INFO")))
    # Where OMERO.web's code looks for temporary files; its default is below the user's home.
    os.environ.setdefault("OMERO_TMPDIR", "/tmp")  # noqa: S108 - the pod's own /tmp
    set_environment(chosen_apps())
    add_to_path(extra_plugins())
    if files:
        files.prepare()
    if not _prepare_apart(omerodir):
        return 1
    forget_if_reachable()
    os.environ["DJANGO_SETTINGS_MODULE"] = "omero_web_container.django_settings"
    config = held(omerodir)
    command = files_command(config) if files else gunicorn_command(config)
    # One for each thread, and one more for a thread that needs a second; a thread with a file needs
    # one now and then.
    connections = FILES_CONNECTIONS if files else threads_of(config) + 1
    os.environ.setdefault("OMP_DATA_CONNECTIONS", str(connections))
    sys.stdout.flush()
    if os.environ.get("OMERO_WEB_DEVELOPMENT"):
        # What is imported by now would not be read again when somebody changes it.
        os.execv(command[0], command)  # noqa: S606 - a fixed program, no shell
    from gunicorn.app import wsgiapp

    sys.argv = command[2:]
    wsgiapp.run()
    return 0


def _prepare_apart(omerodir: Path) -> bool:
    """Write the configuration in a fork; whether it could.

    OMERO's command loads OMERO.web's settings as they are before; the server has to load them as
    they are then. What takes longest to import is the same for both.
    """
    import omero.clients  # noqa: F401

    fork = os.fork()
    if fork == 0:
        # A problem ends the fork as it would end the program: with its message, and not with 0.
        prepare(omerodir, Path(os.environ.get("OMERO_WEB_CONFIG_FOLDER", DROP_INS)))
        sys.stdout.flush()
        os._exit(0)
    return os.waitpid(fork, 0)[1] == 0


def check_environment() -> None:
    """Read what the settings need: a missing one is one clear message, not a worker's trace."""
    env_utils.get_env("OMERO_HOST")
    env_utils.get_secret_env("OMERO_WEB_SECRET_KEY_FILE")
    redis_client.check_environment()
    public_address()


def _every_address() -> str:
    """Where a pod listens: to both families, where its machine has IPv6."""
    return "[::]" if socket.has_dualstack_ipv6() else "0.0.0.0"  # noqa: S104 - a pod's own network


def _bind() -> str:
    """Where gunicorn listens: for the front, or for everybody where there is none."""
    if shared := front.shared_folder():
        return f"unix:{front.socket_in(shared)}"
    port = env_utils.get_int_env("OMERO_WEB_LISTEN_PORT", front.PORT, low=1, high=65535)
    return f"{env_utils.get_env('OMERO_WEB_LISTEN_HOST', _every_address())}:{port}"


# gunicorn's settings that a site may set by `omero.web.wsgi_args`. The others decide where it
# listens, what it loads, who it is and how it logs: without those the pod would not work.
_OF_THE_SITE: Final = (
    "backlog", "graceful_timeout", "keepalive", "limit_request_field_size", "limit_request_fields",
    "limit_request_line", "max_requests", "max_requests_jitter", "statsd_host", "statsd_prefix",
    "threads", "timeout", "worker_connections", "workers",
)  # fmt: skip


class _Parser(argparse.ArgumentParser):
    """One that does not end the program."""

    def error(self, message: str) -> NoReturn:
        """Say so."""
        raise ValueError(message)


def site_arguments(text: str) -> list[str]:
    """The arguments for gunicorn that a site adds.

    Args:
        text: the property `omero.web.wsgi_args`.

    Raises:
        CannotStart: one of them is unknown to gunicorn, or the platform's to set.
    """
    from gunicorn.config import KNOWN_SETTINGS

    parser = _Parser(add_help=False)
    options = {setting.name: setting for setting in KNOWN_SETTINGS if setting.cli}
    for setting in options.values():
        setting().add_option(parser)
    try:
        words = shlex.split(text)
        given = vars(parser.parse_args(words))
    except ValueError as error:
        raise CannotStart(f"omero.web.wsgi_args: {error}") from error
    for name, value in given.items():
        if value is not None and name not in _OF_THE_SITE:
            allowed = ", ".join(options[each].cli[-1] for each in _OF_THE_SITE)
            raise CannotStart(
                f"omero.web.wsgi_args: {options[name].cli[-1]} cannot be set; allowed are {allowed}"
            )
    return words


def threads_of(config: dict[str, str]) -> int:
    """Threads of each of gunicorn's processes.

    A proxy opens connections that it may need; with one thread each would block its process.
    """
    return env_utils.get_int_env("omero.web.wsgi_threads", 8, low=1, high=64, source=config)


def files_command(config: dict[str, str]) -> list[str]:
    """The command line of the server for files: one process, with a thread for each of them.

    What a site sets for OMERO.web's processes and threads says nothing about it.
    """
    threads = front.streams() + FREE_THREADS
    return _command(config, workers=1, threads=threads, requests=0)


def gunicorn_command(config: dict[str, str]) -> list[str]:
    """The server's command line; no secret is in it."""
    default = env_utils.get_int_env("WEB_WORKERS", 2, low=1, high=64)
    workers = env_utils.get_int_env(
        "omero.web.wsgi_workers", default, low=1, high=64, source=config
    )
    requests = env_utils.get_int_env(
        "omero.web.application_server.max_requests", 0, low=0, high=10**9, source=config
    )
    return [
        *_command(config, workers=workers, threads=threads_of(config), requests=requests),
        # Last: of two equal ones, gunicorn takes the later.
        *site_arguments(config.get("omero.web.wsgi_args", "")),
    ]


def _command(config: dict[str, str], *, workers: int, threads: int, requests: int) -> list[str]:
    timeout = env_utils.get_int_env("omero.web.wsgi_timeout", 60, low=1, high=3600, source=config)
    return [
        sys.executable, "-m", "gunicorn", "omero_web_container.wsgi:application",
        "--bind", _bind(),
        "--workers", str(workers),
        "--threads", str(threads),
        "--keep-alive", "0" if front.shared_folder() else str(KEEP_ALIVE_SECONDS),
        "--timeout", str(timeout),
        "--max-requests", str(requests),
        # The root file system is read-only.
        "--worker-tmp-dir", "/tmp",  # noqa: S108 - the pod's own /tmp
        "--no-control-socket",
        "--config", "python:omero_web_container.gunicorn_settings",
        # OMERO.web is imported once, before the workers are forked; while somebody works on it,
        # anew by each worker.
        "--reload" if os.environ.get("OMERO_WEB_DEVELOPMENT") else "--preload",
    ]  # fmt: skip
