"""Which sets of pairs the plugin takes for its own."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omeroweb_omp_plugin.planning import Existing, Keys, origins, signed
from omeroweb_omp_plugin.planning.acquisition import FILE_KEY
from omeroweb_omp_plugin.planning.existing import CLIENT_NAMESPACE
from omeroweb_omp_plugin.planning.origin import Origin
from omeroweb_omp_plugin.planning.ownership import PREFIX
from omeroweb_omp_plugin.planning.pairs import HASH_KEY, MARK_KEY, Pairs

KEYS = Keys(("a secret",))
PAIRS = (("Cell line", "HeLa"), ("Dose", "0.1µM"))
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)


def origin(
    pairs: Pairs, keys: Keys = KEYS, note: str | None = None, namespace: str = CLIENT_NAMESPACE
) -> Origin:
    """Of a set on image 7, with the description that it was written with."""
    note = dict(pairs).get("omp_image", "") if note is None else note
    one = Existing(1, 101, namespace, note, pairs, 5, removable=True, deletable=True)
    return origins(7, [one], keys)[1]


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


def test_a_set_is_the_plugins_own_on_its_image_only() -> None:
    assert origin(signed(PAIRS, 7, "names", KEYS)) == "names"
    assert origin(signed(PAIRS, 7, "acquisition", KEYS)) == "acquisition"
    assert origin(signed(PAIRS, 8, "names", KEYS)) == "copied"


def test_without_its_mark_a_copy_is_not_taken_for_an_earlier_editions() -> None:
    pairs = tuple(p for p in signed(PAIRS, 8, "names", KEYS) if p[0] != "omp_image")
    assert origin(pairs) == "edited"


def test_a_set_that_was_pasted_to_the_same_image_is_a_copy() -> None:
    pairs = signed(PAIRS, 7, "names", KEYS)
    assert origin(pairs, note="") == "copied"
    assert origin(pairs, note="a description of somebody's") == "copied"


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
    mine = signed(tuple(pairs), 7, "names", KEYS)
    kept = [pair for pair in pairs if pair[0] not in ("omp_hash", "omp_image")]
    assert origin(mine) == "names"
    at = data.draw(st.integers(0, len(mine) - 1))
    name, value = mine[at]
    note = dict(mine)["omp_image"]
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
    assert origin(changed, note=note) in ("edited", "foreign")
    assert len(mine) == len(kept) + 2


def test_order_is_no_edit() -> None:
    assert origin(tuple(reversed(signed(PAIRS, 7, "names", KEYS)))) == "names"


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


def test_what_is_written_says_for_which_image_it_is_and_from_what() -> None:
    pairs = signed(PAIRS, 7, "acquisition", KEYS)
    assert [name for name, _ in pairs] == ["Cell line", "Dose", "omp_image", "omp_hash"]
    assert dict(pairs)["omp_image"] == "Image:7 acquisition"


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
    assert signed(once, 7, "names", KEYS) == once
