"""What the operator sets on pods of OMERO.web and workers, for processes of this machine."""

from __future__ import annotations

from pathlib import Path


def web(
    folder: Path,
    *,
    listen: int,
    server: int,
    redis: int,
    secret_key_file: Path,
    redis_password_file: Path,
) -> dict[str, str]:
    """Variables of OMERO.web, which listens on the loopback address.

    Args:
        folder: with `config` for drop-ins, `static` for collected files, and `var`.
        listen: its port.
        server: OMERO.server's port that speaks TLS.
        redis: the port of Redis.
        secret_key_file: Django's key.
        redis_password_file: the password of Redis.
    """
    return {
        "OMERODIR": str(folder / "var"),
        "OMERO_HOST": "127.0.0.1",
        "OMERO_PORT": str(server),
        "OMERO_WEB_LISTEN_HOST": "127.0.0.1",
        "OMERO_WEB_LISTEN_PORT": str(listen),
        "OMERO_WEB_CONFIG_FOLDER": str(folder / "config"),
        "OMERO_WEB_SECRET_KEY_FILE": str(secret_key_file),
        "OMERO_WEB_STATIC_ROOT": str(folder / "static"),
        **redis_client(redis, redis_password_file),
    }


def redis_client(port: int, password_file: Path) -> dict[str, str]:
    """Where Redis is."""
    return {
        "REDIS_HOST": "127.0.0.1",
        "REDIS_PORT": str(port),
        "REDIS_PASSWORD_FILE": str(password_file),
    }


def plugin_database(port: int, database: str, user: str, password_file: Path) -> dict[str, str]:
    """Where the plugin database is."""
    return {
        "OMP_DATA_HOST": "127.0.0.1",
        "OMP_DATA_PORT": str(port),
        "OMP_DATA_DB": database,
        "OMP_DATA_USER": user,
        "OMP_DATA_PASS_FILE": str(password_file),
    }


def job_service(password_file: Path) -> dict[str, str]:
    """The account as which jobs act for users."""
    return {"JOB_SERVICE_USER": "job-service", "JOB_SERVICE_PASSWORD_FILE": str(password_file)}


def monitoring(password_file: Path) -> dict[str, str]:
    """The account as which the exporter logs in."""
    return {"MONITORING_USER": "omero-monitoring", "MONITORING_PASSWORD_FILE": str(password_file)}


def counting(folder: Path, port: int) -> dict[str, str]:
    """What lets the processes of a container count for Prometheus, and a worker answer it."""
    return {"PROMETHEUS_MULTIPROC_DIR": str(folder / "metrics"), "METRICS_PORT": str(port)}


def bootstrap(folder: Path, root_password_file: Path) -> dict[str, str]:
    """What the bootstrap of a site gets besides.

    Args:
        folder: has `bootstrap.json`, the groups to make.
        root_password_file: root's password.
    """
    return {
        "OMERO_ROOT_USER": "root",
        "OMERO_ROOT_PASSWORD_FILE": str(root_password_file),
        "BOOTSTRAP_FILE": str(folder / "bootstrap.json"),
        "TERMINATION_LOG": str(folder / "termination-log"),
    }
