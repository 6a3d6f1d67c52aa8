"""The commands of a local site's servers. No secret is among their arguments."""

from __future__ import annotations

from pathlib import Path

from local_site.programs import postgres_programs, program


def postgres(
    data: Path, port: int, sockets: Path | None = None, settings: Path | None = None
) -> list[str]:
    """PostgreSQL on the loopback address, without the safety that only matters in a power cut.

    Args:
        data: its files, of `postgres_data.make`.
        port: where it listens.
        sockets: the folder of its Unix socket; without one there is no socket.
        settings: its configuration; without one, that of `initdb`.
    """
    socket = f"unix_socket_directories={sockets or ''}"
    given = ["listen_addresses=127.0.0.1", socket, "fsync=off"]
    if settings is not None:
        given.append(f"config_file={settings}")
    options = [part for each in given for part in ("-c", each)]
    return [str(postgres_programs() / "postgres"), "-D", str(data), "-p", str(port), *options]


def redis(settings: Path, folder: Path) -> list[str]:
    """Redis with a file of settings and a folder of its own."""
    return [program("redis-server"), str(settings), "--dir", str(folder)]


def redis_settings(port: int, password: str, certificate: Path | None = None) -> str:
    """The file for Redis on the loopback address, with a password and without persistence.

    Args:
        port: where it listens.
        password: for all databases.
        certificate: a PEM file with certificate and key; with it Redis speaks TLS alone.
    """
    lines = ["bind 127.0.0.1", f"requirepass {password}", "save ''", "appendonly no"]
    if certificate:
        lines += ["port 0", f"tls-port {port}", "tls-auth-clients no"]
        lines += [f"tls-cert-file {certificate}", f"tls-key-file {certificate}"]
    else:
        lines.append(f"port {port}")
    return "".join(f"{line}\n" for line in lines)


def standin(port: int, insecure_port: int, password_file: Path, *more: str) -> list[str]:
    """The arguments of the OMERO stand-in.

    Args:
        port: where it speaks TLS.
        insecure_port: where it does not.
        password_file: with root's password.
        *more: further arguments, such as `--data demo`.
    """
    words = ["--port", str(port), "--insecure-port", str(insecure_port)]
    return [*words, "--root-password-file", str(password_file), *more]
