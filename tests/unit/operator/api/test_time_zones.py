"""Names of time zones: what is passed on, and what is refused."""

from __future__ import annotations

import zoneinfo

import pytest

from omero_operator.api import time_zones
from omero_operator.desired.plan import desired
from operator_builders import context, leaves, spec


@pytest.mark.parametrize(
    ("given", "canonical"),
    [
        ("US/Pacific", "America/Los_Angeles"),
        ("Europe/Kiev", "Europe/Kyiv"),
        ("Asia/Calcutta", "Asia/Kolkata"),
        ("GMT+0", "Etc/GMT"),
        ("GB", "Europe/London"),
        ("EST", "America/Panama"),
        ("Zulu", "Etc/UTC"),
        ("UTC", "UTC"),
        ("Etc/UTC", "Etc/UTC"),
        ("Etc/GMT+5", "Etc/GMT+5"),
        ("EST5EDT", "EST5EDT"),
        ("Europe/Zurich", "Europe/Zurich"),
        # Links to a zone with the same clock, and no old names.
        ("Europe/Amsterdam", "Europe/Amsterdam"),
        ("Africa/Bamako", "Africa/Bamako"),
    ],
)
def test_old_names_are_what_they_stand_for(given: str, canonical: str) -> None:
    assert time_zones.canonical(given) == canonical


@pytest.mark.parametrize(
    "given",
    [
        "Local",
        "localtime",
        "Factory",
        "posixrules",
        "posix/Europe/Zurich",
        "right/UTC",
        "europe/zurich",
        "EUROPE/ZURICH",
        "utc",
        "Europe",
        "Europe/Bern",
        "../UTC",
        "UTC+1",
        "CEST-1",
        "America/Argentina",
        "",
    ],
)
def test_what_only_some_parts_know_is_refused(given: str) -> None:
    with pytest.raises(ValueError, match="is not an IANA time zone; write one such as UTC"):
        time_zones.canonical(given)


def test_every_name_of_the_data_is_accepted_but_one() -> None:
    """The package's own list of names is made apart from the table that is read here."""
    names = set(zoneinfo.available_timezones())
    given = {name for name in names if _accepted(name)}
    assert names - given == {"Factory", *_of_the_machine(names)}
    assert all(_accepted(time_zones.canonical(name)) for name in given)


def _accepted(name: str) -> bool:
    try:
        return time_zones.canonical(name) != ""
    except ValueError:
        return False


def _of_the_machine(names: set[str]) -> set[str]:
    """Debian has these beside the zones."""
    return {name for name in names if name == "localtime" or name.startswith(("posix/", "right/"))}


def test_no_part_of_a_site_is_told_an_old_name() -> None:
    told = [leaf for _, leaf in leaves(desired(context(spec(timeZone="US/Pacific"))))]
    assert "US/Pacific" not in " ".join(map(str, told))
    assert sum("America/Los_Angeles" in str(leaf) for leaf in told) >= 5
