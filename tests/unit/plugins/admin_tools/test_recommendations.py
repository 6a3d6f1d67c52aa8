"""What an administrator is told of growth."""

from __future__ import annotations

from omeroweb_admin_tools.planning.recommendations import (
    Growing,
    Recommendation,
    recommendations,
)

GB = 2**30


def told(*groups: Growing, free: int = 100_000 * GB) -> list[Recommendation]:
    known = [group.per_day for group in groups if group.per_day is not None]
    return recommendations(groups, free, sum(known) if known else None)


def test_nothing_is_said_without_growth() -> None:
    still = [Growing("Liver", 5 * GB, 6 * GB, 0.0), Growing("Kidney", 5 * GB, None, -3.0 * GB)]
    assert told() == told(*still) == told(Growing("New", 5 * GB, 6 * GB, None)) == []


def test_which_groups_grow_fastest_and_when_they_reach_their_quota() -> None:
    found = told(
        Growing("Liver", 10 * GB, 310 * GB, 3.0 * GB),
        Growing("Kidney", 10 * GB, None, 1.0 * GB),
        # Less than a tenth of all growth, and one that shrinks.
        Growing("Small", 10 * GB, None, 0.1 * GB),
        Growing("Spleen", 10 * GB, 11 * GB, -5.0 * GB),
    )
    assert [(each.urgent, each.words) for each in found] == [
        (
            False,
            "Liver grows by 3.0 GiB a day, 73 % of all growth; its quota of 310.0 GiB is used in "
            "about 3 months.",
        ),
        (False, "Kidney grows by 1.0 GiB a day, 24 % of all growth; it has no quota."),
    ]


def test_a_group_that_reaches_its_quota_soon() -> None:
    first, second, *_ = told(
        Growing("Kidney", 80 * GB, 100 * GB, 1.0 * GB),
        Growing("Liver", 99 * GB, 100 * GB, 2.0 * GB),
    )
    assert first == Recommendation(
        True,
        "Liver reaches its quota of 100.0 GiB today, at 2.0 GiB a day.",
        "Tell its members, or raise it: 460 GB last for 180 days more.",
    )
    assert second.words == "Kidney reaches its quota of 100.0 GiB in 20 days, at 1.0 GiB a day."
    # In a month and later it is not urgent.
    (later,) = told(Growing("Kidney", 0, 31 * GB, 1.0 * GB))
    assert not later.urgent


def test_a_group_without_quota_that_would_fill_the_volume() -> None:
    group = Growing("Liver", 20 * GB, None, 1.0 * GB)
    found = told(group, free=120 * GB)
    assert found[0] == Recommendation(
        False,
        "Liver has no quota, and would alone use all that is free in about 4 months, at 1.0 GiB a "
        "day.",
        "Give it one: 200 GB last for 180 days.",
    )
    assert [each.urgent for each in told(group, free=80 * GB)] == [True, True, False]
    assert not any(each.advice for each in told(group))
    # OMERO's own groups have no quotas.
    own = Growing("system", 20 * GB, None, 1.0 * GB, may_have_limit=False)
    assert not any("Give it one" in each.advice for each in told(own, free=80 * GB))


def test_a_volume_that_is_full_soon() -> None:
    group = Growing("Liver", 20 * GB, 9_000 * GB, 2.0 * GB)
    first, *_ = told(group, free=60 * GB)
    assert first.words == (
        "What is free where OMERO stores files is used in 30 days, at 2.0 GiB a day as in the last "
        "30 days."
    )
    assert "Enlarge the volume" in first.advice
    assert not any("What is free" in each.words for each in told(group, free=200 * GB))


def test_five_of_a_kind_at_most() -> None:
    groups = [Growing(f"g{number}", 99 * GB, 100 * GB, 1.0 * GB) for number in range(30)]
    assert len(told(*groups)) == 5
