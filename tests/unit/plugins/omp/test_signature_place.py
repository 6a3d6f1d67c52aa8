"""Where a site has the signature of a set."""

from __future__ import annotations

import pytest

from omero_plugin_common.env_utils import InvalidValue
from omeroweb_omp_plugin.configuration import SIGNATURE, signature_place


@pytest.mark.parametrize(
    ("text", "place"), [("", "pair"), ("pair", "pair"), ("description", "description")]
)
def test_the_hash_is_a_pair_unless_the_site_says_otherwise(
    monkeypatch: pytest.MonkeyPatch, text: str, place: str
) -> None:
    monkeypatch.setenv(SIGNATURE, text)
    assert signature_place() == place


def test_another_word_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SIGNATURE, "nowhere")
    with pytest.raises(InvalidValue) as refused:
        signature_place()
    assert str(refused.value) == (
        "OMP_SIGNATURE='nowhere' is not pair or description: "
        "it comes from spec.web.plugins.omp.signature"
    )
