"""The program `kubectl-omero`, which kubectl runs as `kubectl omero`.

https://kubernetes.io/docs/tasks/extend-kubectl/kubectl-plugins/
"""

from __future__ import annotations

import argparse
import io
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kubectl_omero import (
    __version__,
    backup,
    bundle,
    care,
    doctor,
    logs,
    plan,
    restore,
    rotate,
    smoke,
    status,
    upgrade,
)
from kubectl_omero.errors import CANNOT, CommandError
from kubectl_omero.kubectl import Kubectl

_KUBECTL_FLAGS = ("context", "kubeconfig", "as", "request-timeout")


@dataclass(frozen=True)
class Command:
    """One command.

    Attributes:
        help: A line for the list of commands.
        add_to: Adds its arguments.
        run: Carries it out; returns the exit code.
    """

    help: str
    add_to: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace, Kubectl], int]


COMMANDS = {
    "status": Command("what a site is, what is wrong, what to do", status.add_to, status.run),
    "plan": Command("what a changed resource would change", plan.add_to, plan.run),
    "doctor": Command("run the checks inside the site's pods", doctor.add_to, doctor.run),
    "smoke": Command("ask the site for what its users ask for", smoke.add_to, smoke.run),
    "logs": Command("logs of all pods of a site", logs.add_to, logs.run),
    "bundle": Command("collect what helpers need, without secrets", bundle.add_to, bundle.run),
    "pause": Command("the operator changes nothing of the site", care.add_to, care.pause),
    "resume": Command("the operator cares for the site again", care.add_to, care.resume),
    "hibernate": Command("stop every pod; the data stays", care.add_to, care.hibernate),
    "backup": Command("make a backup now, or list those there are", backup.add_to, backup.run),
    "restore": Command("make a new site from a backup", restore.add_to, restore.run),
    "upgrade": Command("go to another release", upgrade.add_to, upgrade.run),
    "rotate": Command("new passwords between the parts of a site", rotate.add_to, rotate.run),
    "wake": Command("start the pods of a hibernated site", care.add_to, care.wake),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: Instead of those of the process.

    Returns:
        The exit code.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal without the letters of a message must not end the command.
            stream.reconfigure(errors="backslashreplace")
    options = _parser().parse_args(arguments)
    flags = [
        f"--{flag}={value}"
        for flag in _KUBECTL_FLAGS
        if (value := getattr(options, f"kubectl_{flag.replace('-', '_')}"))
    ]
    try:
        return COMMANDS[options.command].run(options, Kubectl(flags, options.namespace))
    except CommandError as error:
        sys.stderr.write(f"kubectl-omero: {error}\n")
        return CANNOT
    except BrokenPipeError:
        # As with `| head`: what was wanted is printed.
        sys.stderr.close()
        return CANNOT
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    flags = common.add_argument_group("as with kubectl")
    flags.add_argument("-n", "--namespace", default="", metavar="NAME")
    for flag in _KUBECTL_FLAGS:
        name = f"kubectl_{flag.replace('-', '_')}"
        flags.add_argument(f"--{flag}", default="", metavar="VALUE", dest=name)
    parser = argparse.ArgumentParser(
        prog="kubectl omero",
        description="Looks at and cares for OMERO sites (OmeroPlatform) on Kubernetes.",
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(
        title="commands", metavar="COMMAND", dest="command", required=True
    )
    for name, command in COMMANDS.items():
        below = commands.add_parser(
            name, parents=[common], help=command.help, description=f"{command.help.capitalize()}."
        )
        command.add_to(below)
    return parser
