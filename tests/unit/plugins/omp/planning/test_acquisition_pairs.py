"""Acquisition metadata as pairs."""

from __future__ import annotations

from omeroweb_omp_plugin.planning.acquisition import (
    LONGEST_FILE_BYTES,
    LONGEST_VALUE,
    MOST_ORIGINAL,
    Acquired,
    Channel,
    pairs_of,
)


def test_each_channel_has_its_own_pairs() -> None:
    channels = (
        Channel("DAPI", "405 nm", "461 nm", "#0000ff", detector={"gain": "2"}),
        Channel("GFP", "488 nm"),
    )
    pairs, rest = pairs_of(Acquired(7, {"Objective": "63x", "Humidity": ""}, channels))
    assert pairs == (
        ("Objective", "63x"),
        ("Channel 1 name", "DAPI"),
        ("Channel 1 excitation", "405 nm"),
        ("Channel 1 emission", "461 nm"),
        ("Channel 1 colour", "#0000ff"),
        ("Channel 1 detector gain", "2"),
        ("Channel 2 name", "GFP"),
        ("Channel 2 excitation", "488 nm"),
    )
    assert rest == ""


def test_what_is_too_long_or_too_much_goes_into_the_file() -> None:
    original = {f"key {at:03}": str(at) for at in range(MOST_ORIGINAL + 20)}
    original |= {"key 000 long": "x" * (LONGEST_VALUE + 1), "nothing": ""}
    pairs, rest = pairs_of(Acquired(7, {"Objective": "63x"}, (), original))
    assert len(pairs) == MOST_ORIGINAL
    assert pairs[1] == ("Original: key 000", "0")
    lines = rest.splitlines()
    assert lines[0] == f"key 000 long = {'x' * (LONGEST_VALUE + 1)}"
    assert len(lines) == 1 + len(original) - 1 - MOST_ORIGINAL
    assert {name.removeprefix("Original: ") for name, _ in pairs[1:]}.isdisjoint(
        line.partition(" = ")[0] for line in lines
    )


def test_the_file_has_a_bound_and_says_so() -> None:
    original = {f"key {at}": "x" * 1_000_000 for at in range(12)}
    _, rest = pairs_of(Acquired(7, {}, (), original))
    assert len(rest) < LONGEST_FILE_BYTES + 100
    assert rest.endswith("larger than 10 MB)\n")
