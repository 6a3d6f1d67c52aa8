"""Which sets of pairs the plugin takes for its own."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omeroweb_omp_plugin.planning import Existing, Keys, origins, signed
from omeroweb_omp_plugin.planning.acquisition import FILE_KEY
from omeroweb_omp_plugin.planning.existing import CLIENT_NAMESPACE, Kind
from omeroweb_omp_plugin.planning.origin import Origin
from omeroweb_omp_plugin.planning.ownership import PREFIX, Signed
from omeroweb_omp_plugin.planning.pairs import HASH_KEY, MARK_KEY, Pairs

KEYS = Keys(("a secret",))
HIDDEN = Keys(("a secret",), "description")
PLACES = pytest.mark.parametrize("keys", [KEYS, HIDDEN], ids=["pair", "description"])
PAIRS = (("Cell line", "HeLa"), ("Dose", "0.1µM"))
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)


def origin(
    one: Signed | Pairs,
    keys: Keys = KEYS,
    note: str | None = None,
    namespace: str = CLIENT_NAMESPACE,
) -> Origin:
    """Of a set on image 7; one that was signed has the description that it was written with."""
    pairs, wrote = (one.pairs, one.description) if isinstance(one, Signed) else (one, "")
    wrote = wrote if note is None else note
    there = Existing(1, 101, namespace, wrote, pairs, 5, removable=True, deletable=True)
    return origins(7, [there], keys)[1]


def mark_as_pair(pairs: Pairs, image: int) -> Signed:
    """As versions before this one signed."""
    note = f"Image:{image} names"
    marked = (*pairs, ("omp_image", note))
    return Signed((*marked, ("omp_hash", KEYS.sign(marked))), note)


def earlier(pairs: Pairs) -> Pairs:
    """As the Docker edition signed: written out, so that the format cannot drift."""
    inner = ",".join(f'"{name}":"{value}"' for name, value in sorted(pairs))
    payload = f'{{"data":{{{inner}}},"plugin":"omeroweb_omp_plugin","version":"1"}}'
    digest = hmac.new(b"a secret", payload.encode(), hashlib.sha256).hexdigest()
    return (*pairs, ("omp_hash", f"omphash_v1:{digest}"))


def test_the_hash_is_the_one_of_existing_sites() -> None:
    assert (*PAIRS, ("omp_hash", KEYS.sign(PAIRS))) == earlier(PAIRS)


def test_a_set_of_an_earlier_edition_is_the_plugins_own() -> None:
    assert origin(earlier(PAIRS)) == "names"
    for name in ("acquisition_date", "objective_id", "channel_1", "detector_1", "BF_gain"):
        assert origin(earlier((("a", "1"), (name, "2")))) == "acquisition"


@PLACES
def test_a_set_is_the_plugins_own_on_its_image_only(keys: Keys) -> None:
    assert origin(signed(PAIRS, 7, "names", keys)) == "names"
    assert origin(signed(PAIRS, 7, "acquisition", keys)) == "acquisition"
    assert origin(signed(PAIRS, 8, "names", keys)) == "copied"
    assert origin(signed(PAIRS, 77, "names", keys)) == "copied"


@PLACES
def test_a_site_that_changes_the_place_finds_what_it_wrote(keys: Keys) -> None:
    for wrote in (KEYS, HIDDEN):
        assert origin(signed(PAIRS, 7, "names", wrote), keys=keys) == "names"


def test_a_set_that_names_its_image_in_a_pair_is_the_plugins_own() -> None:
    assert origin(mark_as_pair(PAIRS, 7)) == "names"
    assert origin(mark_as_pair(PAIRS, 8)) == "copied"
    assert origin(mark_as_pair(PAIRS, 7), note="") == "copied"
    without = tuple(pair for pair in mark_as_pair(PAIRS, 7).pairs if pair[0] != "omp_image")
    assert origin(without) == "copied"
    assert origin((*without[:-1], ("Dose", "2"), without[-1])) == "edited"


def test_a_copy_without_its_description_is_not_taken_for_an_earlier_editions() -> None:
    assert origin(signed(PAIRS, 8, "names", KEYS).pairs) == "edited"


def test_a_set_that_was_pasted_to_the_same_image_is_a_copy() -> None:
    mine = signed(PAIRS, 7, "names", KEYS)
    assert origin(mine, note="") == "copied"
    assert origin(mine, note="a description of somebody's") == "copied"
    # Nothing of the plugin is left of it.
    assert origin(signed(PAIRS, 7, "names", HIDDEN), note="") == "foreign"


def test_a_mark_that_somebody_typed_is_no_signature() -> None:
    assert origin(PAIRS, note="Image:7 names") == "foreign"
    assert origin(PAIRS, note="Image:7 names omphash_v1:00") == "edited"
    assert origin(PAIRS, note=f"Image:7 names {KEYS.sign(PAIRS)}") == "edited"
    assert origin(signed(PAIRS, 7, "acquisition", KEYS), note="Image:7 names") == "copied"


def test_typed_and_foreign_sets_are_others() -> None:
    assert origin(PAIRS) == "foreign"
    assert origin(()) == "foreign"
    assert origin(signed(PAIRS, 7, "names", KEYS), namespace="somebody.else") == "foreign"
    assert origin((*PAIRS, ("omp_hash", "omphash_v1:"))) == "edited"
    assert origin((*PAIRS, ("omp_hash", "half a character \ud800"))) == "edited"


@given(
    st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=5, unique_by=lambda pair: pair[0]),
    st.data(),
)
def test_any_edit_makes_a_set_somebody_elses(
    pairs: list[tuple[str, str]], data: st.DataObject
) -> None:
    wrote = signed(tuple(pairs), 7, "names", KEYS)
    mine = wrote.pairs
    kept = [pair for pair in pairs if pair[0] not in ("omp_hash", "omp_image")]
    assert origin(wrote) == "names"
    at = data.draw(st.integers(0, len(mine) - 1))
    name, value = mine[at]
    changed = data.draw(
        st.sampled_from([
            (*mine[:at], (name, value + "x"), *mine[at + 1 :]),
            (*mine[:at], (name + "x", value), *mine[at + 1 :]),
            (*mine[:at], *mine[at + 1 :]),
            (*mine, ("another", "pair")),
            # An earlier pair of the same name, which a mapping would hide.
            ((name, value + "x"), *mine),
        ])
    )  # fmt: skip
    assert origin(changed, note=wrote.description) in ("edited", "foreign")
    assert len(mine) == len(kept) + 1


def test_order_is_no_edit() -> None:
    mine = signed(PAIRS, 7, "names", KEYS)
    assert origin(tuple(reversed(mine.pairs)), note=mine.description) == "names"


def test_earlier_secrets_still_verify_and_the_newest_signs() -> None:
    old, new = Keys(("old",)), Keys(("new", "old"))
    assert origin(signed(PAIRS, 7, "names", old), keys=new) == "names"
    assert origin(signed(PAIRS, 7, "names", new), keys=Keys(("new",))) == "names"
    assert origin(signed(PAIRS, 7, "names", new), keys=old) == "edited"


def test_secrets_are_needed_and_not_shown() -> None:
    assert "old" not in repr(Keys(("old",)))
    for secrets in ((), ("",), ("new", "")):
        with pytest.raises(ValueError) as refused:
            Keys(secrets)
        assert str(refused.value) == "a site needs a secret to sign what it writes"


def test_the_description_says_for_which_image_a_set_is_and_from_what() -> None:
    mine = signed(PAIRS, 7, "acquisition", KEYS)
    assert [name for name, _ in mine.pairs] == ["Cell line", "Dose", "omp_hash"]
    assert mine.description == "Image:7 acquisition"


def test_a_site_may_have_the_hash_in_the_description() -> None:
    mine = signed(PAIRS, 7, "names", HIDDEN)
    assert mine.pairs == PAIRS
    digest = dict(signed(PAIRS, 7, "names", KEYS).pairs)["omp_hash"]
    assert mine.description == f"Image:7 names {digest}"


def test_what_is_stored_in_omero_keeps_its_name() -> None:
    """Sets that earlier versions wrote are found by these words."""
    assert (HASH_KEY, MARK_KEY, PREFIX) == ("omp_hash", "omp_image", "omphash_v1:")
    assert FILE_KEY == "Original metadata file"
    assert CLIENT_NAMESPACE == "openmicroscopy.org/omero/client/mapAnnotation"


def test_half_a_character_and_a_missing_value_can_be_signed() -> None:
    assert origin(signed((("a", "\ud800"),), 7, "names", KEYS)) == "names"
    assert ("omp_hash", KEYS.sign([("a", None)])) == earlier((("a", ""),))[-1]
    assert KEYS.verify([("a", None), ("omp_hash", KEYS.sign([("a", "")]))])
    assert not KEYS.verify([("a", "1"), ("omp_hash", None)])


def test_signing_again_replaces_the_signature() -> None:
    once = signed(PAIRS, 7, "names", KEYS)
    assert signed(once.pairs, 7, "names", KEYS) == once
    assert signed(mark_as_pair(PAIRS, 7).pairs, 7, "names", KEYS) == once


def test_a_set_in_a_namespace_that_the_user_chose_is_known_there_alone() -> None:
    for keys in (KEYS, Keys(KEYS.secrets, place="description")):
        chosen = signed(PAIRS, 7, "names", keys, "lab.example.org/screen")
        assert origin(chosen, namespace="lab.example.org/screen") == "names"
        assert origin(chosen, namespace="lab.example.org/other") == "foreign"
        assert origin(chosen) == "edited"
        elsewhere = signed(PAIRS, 8, "names", keys, "lab.example.org/screen")
        assert origin(elsewhere, namespace="lab.example.org/screen") == "copied"
        edited = ((*chosen.pairs[:1], ("Dose", "9")), chosen.description)
        assert origin(Signed(*edited), namespace="lab.example.org/screen") == "foreign"


@PLACES
def test_a_set_is_known_on_the_kind_of_object_that_it_was_written_to(keys: Keys) -> None:
    kinds: tuple[Kind, ...] = ("Image", "Well", "Plate")
    for kind in kinds:
        wrote = signed(PAIRS, 7, "names", keys, kind=kind)
        there = Existing(
            1, 101, CLIENT_NAMESPACE, wrote.description, wrote.pairs, 5,
            removable=True, deletable=True,
        )  # fmt: skip
        for other in kinds:
            expected = "names" if other == kind else "copied"
            assert origins(7, [there], keys, other) == {1: expected}
        assert origins(8, [there], keys, kind) == {1: "copied"}
