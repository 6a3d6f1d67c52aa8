"""Acquisition metadata as pairs."""

from __future__ import annotations

from omeroweb_omp_plugin.planning.acquisition import (
    LONGEST_VALUE,
    MOST_ORIGINAL,
    Acquired,
    Channel,
    pairs_of,
)


def test_each_channel_has_its_own_pairs() -> None:
    channels = (
        Channel("DAPI", "405 nm", "461 nm", "#0000ff", detector={"gain": "2"}),
        Channel("GFP", "488 nm", fluor="EGFP", mode="Spinning disk"),
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
        ("Channel 2 fluorophore", "EGFP"),
        ("Channel 2 acquisition mode", "Spinning disk"),
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


def test_an_image_has_at_most_100_pairs_with_names_and_values_of_up_to_250_characters() -> None:
    original = {f"key {at:03}": str(at) for at in range(100)}
    pairs, rest = pairs_of(Acquired(7, {}, (), original))
    assert (len(pairs), rest) == (100, "")
    pairs, rest = pairs_of(Acquired(7, {"Objective": "63x"}, (), original))
    assert (len(pairs), rest) == (100, "key 099 = 99\n")
    longest = "x" * 250
    assert pairs_of(Acquired(7, {}, (), {longest: longest})) == (
        (("Original: " + longest, longest),),
        "",
    )
    for name, value in (("a", longest + "x"), (longest + "x", "1")):
        assert pairs_of(Acquired(7, {}, (), {name: value})) == ((), f"{name} = {value}\n")


def test_what_a_format_calls_like_the_plugins_own_pairs_goes_into_the_file() -> None:
    original = {"omp_hash": "1", "omp_image": "2", "gain": "3"}
    found = pairs_of(Acquired(7, {}, (), original))
    assert found == ((("Original: gain", "3"),), "omp_hash = 1\nomp_image = 2\n")


def test_the_file_has_a_bound_and_says_so() -> None:
    # With " = " and the end of the line each is a million bytes, so there is room for ten.
    names = [f"key_{at:02}" for at in range(12)]
    original = {name: "x" * (1_000_000 - len(name) - 4) for name in names}
    _, rest = pairs_of(Acquired(7, {}, (), original))
    lines = rest.splitlines()
    assert [line[:9] for line in lines[:-1]] == [f"key_{at:02} = " for at in range(10)]
    assert lines[-1] == "(the rest is left out: the file would be larger than 10 MB)"


def test_the_bound_counts_bytes_and_half_a_character_is_no_error() -> None:
    _, rest = pairs_of(Acquired(7, {}, (), {"a": "µ" * 5_000_000, "b": "x" * 300}))
    assert rest == "(the rest is left out: the file would be larger than 10 MB)\n"
    _, rest = pairs_of(Acquired(7, {}, (), {"a": "\ud800" * 300}))
    assert rest == "a = " + "\ud800" * 300 + "\n"
