"""Every public function of ezomero."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

import pytest

from outside_clients import tried


class Trying(Protocol):
    def __call__(self, client: str, what: str) -> AbstractContextManager[None]: ...


@pytest.mark.parametrize("name", tried.ezomero_functions())
def test_function(name: str, ezomero_results: dict[str, str | None], trying: Trying) -> None:
    with trying("ezomero", f"`{name}`"):
        assert ezomero_results[name] is None, ezomero_results[name]


def test_no_public_function_is_left_out(ezomero_results: dict[str, str | None]) -> None:
    assert sorted(ezomero_results) == sorted(tried.ezomero_functions())
