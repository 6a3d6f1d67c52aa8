"""Which values of an image its user typed, where models found others."""

from __future__ import annotations

import pytest

from omeroweb_omp_plugin.services.extract_values import typed_values

FOUND = {"Well": {"A01", "A1"}, "Stain": {"DAPI"}}


@pytest.mark.parametrize(
    ("given", "typed"),
    [
        ({}, {}),
        # What a model found is not what the user typed, whichever model it was.
        ({"Well": "A01", "Stain": "DAPI"}, {}),
        ({"Well": "A1", "Stain": "GFP"}, {"Stain": "GFP"}),
        # Empty beside a model's values: of the model, unless it had found something.
        ({"Well": "A01", "Var2": ""}, {}),
        ({"Well": "A01", "Stain": ""}, {"Stain": ""}),
        # Without a model's values everything is the user's.
        ({"Well": "B02", "Var2": ""}, {"Well": "B02", "Var2": ""}),
        ({"Dose": "A01"}, {"Dose": "A01"}),
    ],
)
def test_what_the_user_typed(given: dict[str, str], typed: dict[str, str]) -> None:
    assert typed_values(given, FOUND) == typed
