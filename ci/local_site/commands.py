"""The commands of a local site's servers. No secret is among their arguments."""

from __future__ import annotations

from pathlib import Path

from local_site.programs import postgres_programs, program


def initdb(data: Path, user: str, *, password_file: Path | None = None) -> list[str]:
    """The command that makes PostgreSQL's files.

    Args:
        data: the folder for them.
        user: the superuser.
        password_file: its password; without one it is set later, over the socket.
    """
    command = [str(postgres_programs() / "initdb"), "-D", str(data), "-U", user, "--no-sync"]
    command += ["--auth-local=trust", "--auth-host=scram-sha-256"]
    return command + ([f"--pwfile={password_file}"] if password_file else [])


def postgres(data: Path, port: int, *, sockets: Path | None = None) -> list[str]:
    """PostgreSQL on the loopback address, without the safety that only matters in a power cut.

    Args:
        data: its files.
        port: where it listens.
        sockets: a folder for its Unix socket, which asks for no password; none without one.
    """
    settings = ("listen_addresses=127.0.0.1", f"unix_socket_directories={sockets or ''}")
    options = [part for each in (*settings, "fsync=off") for part in ("-c", each)]
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
