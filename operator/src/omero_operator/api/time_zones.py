"""Names of time zones that every part of a site knows.

A name goes to PostgreSQL, to the CronJob controller, to OMERO.server's JVM and to Python, and each
has its own copy of the IANA data. Old names such as US/Pacific are missing from some: Debian, and
so the PostgreSQL image, keeps them in a package of their own. They are written as what they mean.
"""

import importlib.resources
from collections.abc import Mapping
from functools import cache

# A zone of the data in which no place is, for machines that nobody has set up.
_NO_PLACE = "Factory"


def canonical(name: str) -> str:
    """The name of a time zone that all parts know.

    Args:
        name: A name or an old name of the IANA time zone database, in its own spelling.

    Returns:
        The same name, or what it is a link to: `Europe/Kyiv` for `Europe/Kiev`.

    Raises:
        ValueError: There is no such time zone.
    """
    try:
        return _names()[name]
    except KeyError:
        raise ValueError(
            f"'{name}' is not an IANA time zone; write one such as UTC or Europe/Zurich"
        ) from None


@cache
def _names() -> Mapping[str, str]:
    """Every name with its canonical one.

    From the data itself (lines `Z name …` and `L target name`, zic(8)) and not from the machine's
    folder of zones, where `localtime`, `posix/…` and `right/…` lie beside them. A link whose name
    is in `zone.tab` is no old name: Europe/Amsterdam only has the same clock as Europe/Brussels.
    """
    data = importlib.resources.files("tzdata") / "zoneinfo"
    rows = [line.split() for line in (data / "tzdata.zi").read_text("utf-8").splitlines()]
    table = [line.split("\t") for line in (data / "zone.tab").read_text("utf-8").splitlines()]
    zones = {row[1] for row in rows if row[0] == "Z"} - {_NO_PLACE}
    current = zones | {row[2] for row in table if not row[0].startswith("#")} | {"UTC"}
    links = {row[2]: row[1] for row in rows if row[0] == "L"}
    return links | {name: name for name in current}


def canonical_names() -> set[str]:
    """Every name that `canonical` can give."""
    return set(_names().values())
