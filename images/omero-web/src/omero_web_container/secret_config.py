"""Properties whose values stand in Secrets: a folder with a file for each, named like it.

They go into OMERO's own file, which a pod has in memory, and into no argument and no log.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from omero_plugin_common.env_utils import EnvironmentProblem

_FOLDER: Final = "OMERO_WEB_SECRET_CONFIG_FOLDER"
_SHORTEST: Final = 4


def properties() -> dict[str, str]:
    r"""Names and values. One line break at the end of a file is dropped; nothing else is.

    Raises:
        EnvironmentProblem: a file cannot be read; never with its content.
    """
    return {file.name: _value(file) for file in _files()}


def _files() -> Iterator[Path]:
    """Kubernetes' own entries of a mounted folder begin with a dot."""
    folder = os.environ.get(_FOLDER)
    if folder:
        yield from sorted(Path(folder).glob("omero.*"))


def _value(file: Path) -> str:
    try:
        return re.sub(r"\r?\n\Z", "", file.read_bytes().decode())
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise EnvironmentProblem(
            f"{file.name} of spec.web.configSecretRefs cannot be read: {reason}"
        ) from None


def problem(error: BaseException) -> EnvironmentProblem | None:
    """What to say in the place of an error that has the value of a Secret in its words.

    OMERO.web quotes the values that it cannot use.

    Args:
        error: what ended the loading of the settings.

    Returns:
        An error that names the property alone; None where that one may be shown.
    """
    said = "\n".join(map(str, _chain(error)))
    given: dict[str, str] = {}
    with suppress(EnvironmentProblem):
        given = properties()
    for name, value in given.items():
        # A shorter one is in many words by chance, and no secret.
        quoted = value, repr(value)[1:-1]
        if len(value) >= _SHORTEST and any(each in said for each in quoted):
            return EnvironmentProblem(
                f"the value of {name} cannot be used; it comes from spec.web.configSecretRefs"
            )
    return None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and those that led to it, which a trace shows as well."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
