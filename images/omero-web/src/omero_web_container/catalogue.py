"""Which applications the image has, and what each needs; the table is `catalogue.toml`."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from omero_plugin_common.env_utils import EnvironmentProblem

TABLE: Final = Path(__file__).with_suffix(".toml")
# Properties by which an application puts something into OMERO.web's own pages.
_PLACES: Final = frozenset(
    {"omero.web.ui.center_plugins", "omero.web.ui.right_plugins", "omero.web.viewer.view"}
)


@dataclass(frozen=True, slots=True)
class App:
    """One application.

    Attributes:
        name: what `WEB_APPS` calls it.
        app: its Django application.
        append: lists of OMERO.web properties, with what it adds to each.
        set: properties it needs.
        environment: variables it needs.
        jobs: whether it has jobs for the worker.
        content_security_policy: what its pages need besides the strict policy.
    """

    name: str
    app: str
    append: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    set: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    jobs: bool = False
    content_security_policy: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def is_part_of_omero_web(self) -> bool:
        """Whether OMERO.web's own pages show it: as a panel, or as the viewer of images."""
        return bool(_PLACES & (self.append.keys() | self.set.keys()))


def all_apps() -> dict[str, App]:
    """Every application of the image, by name."""
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    return {name: App(name, **row) for name, row in table.items()}


def chosen_apps() -> list[App]:
    """The applications that WEB_APPS names, in its order; none when it is empty.

    Raises:
        EnvironmentProblem: a name that the image does not know.
    """
    known = all_apps()
    names = [name.strip() for name in os.environ.get("WEB_APPS", "").split(",") if name.strip()]
    if unknown := [name for name in names if name not in known]:
        raise EnvironmentProblem(
            f"WEB_APPS (spec.web.apps, spec.web.plugins) names {', '.join(unknown)}, which this "
            f"image does not have; it has {', '.join(known)}"
        )
    return [known[name] for name in dict.fromkeys(names)]


def set_environment(apps: Iterable[App]) -> None:
    """Set the variables that the applications need, where nobody else has."""
    for app in apps:
        for name, value in app.environment.items():
            os.environ.setdefault(name, value)
