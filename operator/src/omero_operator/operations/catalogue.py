"""The releases that the operator knows: which images belong together, and what may follow what.

The newest is the operator's own: its images come with its settings. Those before it come from a
file that the chart brings: a site can stay on one of them, go to it, or begin with it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

Version = Annotated[str, Field(min_length=1, max_length=64)]


# OMERO.web works with servers of its own series alone: both compare the first two numbers.
SERIES = "5.6"


# What every release names. Images of components that came later are the operator's own in a release
# from before them.
_ALWAYS = frozenset({"server", "web", "maintenance", "postgres", "redis"})


class CatalogueError(ValueError):
    """The file cannot be used; the message says why."""


class _Entry(BaseModel):
    """What the file says of one release."""

    model_config = ConfigDict(
        alias_generator=to_camel, validate_by_name=True, extra="forbid", frozen=True
    )

    images: dict[str, str] = {}
    may_follow: tuple[Version, ...] | None = None
    omero_series: str = SERIES


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    releases: dict[Version, _Entry] = {}


@dataclass(frozen=True)
class Release:
    """A release.

    Attributes:
        version: Its name.
        images: Image reference by name, see `Images`.
        may_follow: Releases that can be upgraded to it; None for all.
        omero_series: OMERO.server's first two numbers that its OMERO.web can work with.
    """

    version: str
    images: Mapping[str, str]
    may_follow: tuple[str, ...] | None = None
    omero_series: str = SERIES


@dataclass(frozen=True)
class Catalogue:
    """All releases.

    Attributes:
        current: The operator's own.
        others: Those before it, by version.
    """

    current: Release
    others: Mapping[str, Release] = field(default_factory=dict)

    def find(self, version: str) -> Release | None:
        """A release by its name, or None."""
        return self.current if version == self.current.version else self.others.get(version)

    @property
    def versions(self) -> list[str]:
        """Their names, the newest last."""
        return [*self.others, self.current.version]


def read(file: str, version: str, images: Mapping[str, str]) -> Catalogue:
    """Read the catalogue.

    Args:
        file: Path of a YAML file: `releases`, by version; each with `images`, `mayFollow`
            and `omeroSeries`. Empty: the operator's own release alone.
        version: Name of the operator's own release. An entry of this name has no images.
        images: Its images.

    Raises:
        CatalogueError: The file cannot be read, or has what no catalogue has.
    """
    entries = _entries(file) if file else {}
    later = {name: image for name, image in images.items() if name not in _ALWAYS}
    of_all = {
        name: Release(
            name,
            images if name == version else {**later, **entry.images},
            entry.may_follow,
            entry.omero_series,
        )
        for name, entry in entries.items()
    }
    for name, release in of_all.items():
        if missing := sorted(images.keys() - release.images.keys()):
            raise CatalogueError(f"{file}: release {name} has no image {', '.join(missing)}")
    current = of_all.pop(version, Release(version, images))
    return Catalogue(current, of_all)


def _entries(file: str) -> Mapping[str, _Entry]:
    try:
        content = yaml.safe_load(Path(file).read_text(encoding="utf-8")) or {}
        return _File.model_validate(content).releases
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise CatalogueError(f"{file} cannot be read: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise CatalogueError(f"{file}: {place}: {first['msg']}") from error
