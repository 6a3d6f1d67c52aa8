"""The program `omero-operator`, also `python -m omero_operator`."""

import argparse
import sys

from omero_operator import __version__, settings
from omero_operator.commands import plan, release_finalizers
from omero_operator.commands.run import run

# Modules with a command: each adds its parser, whose `command` is called with the arguments and
# returns the exit code.
COMMANDS = (plan, release_finalizers)


def main() -> None:
    """Run the operator, or the command that the arguments name."""
    parser = argparse.ArgumentParser(
        prog="omero-operator",
        description=(
            "Runs OMERO sites as their OmeroPlatform resources describe them. "
            "Without a command: runs the operator until it receives a signal."
        ),
        epilog="settings of the operator, from the environment (default):\n"
        + "\n".join(settings.describe()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for module in COMMANDS:
        module.add_to(commands)
    arguments = parser.parse_args()
    if "command" not in arguments:
        run()
        return
    sys.exit(arguments.command(arguments))


if __name__ == "__main__":
    main()
