"""Words that name the value after them, as `ec` and `sa` in `ec-01-sa-02`."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from typing import Final

from omeroweb_omp_plugin.parsing.alignment import is_strict
from omeroweb_omp_plugin.parsing.columns import Column
from omeroweb_omp_plugin.parsing.rules import TEXT, Rules

_SHORT: Final = re.compile(r"[a-z]{1,4}|[A-Z]{1,2}")
_NEARLY_ALL: Final = 0.95


def label_columns(columns: Sequence[Column], rules: Rules) -> list[int]:
    """The columns that hold labels.

    A label is the same word in all names, a known one or a short one in small letters, and what
    follows it is a number without a type. An unknown word has to be one of two at least:
    `cont_0000` may be the control.

    Args:
        columns: of the names that follow one pattern.
        rules: the nomenclature.

    Returns:
        Their indexes.
    """
    found: list[int] = []
    for n, (here, after) in enumerate(itertools.pairwise(columns)):
        is_free = not found or found[-1] != n - 1
        word = here.constant
        # What a value with a type is, its type says better: `D0.vsi_20x`.
        is_short = _SHORT.fullmatch(word) and not is_strict(after.kind)
        is_word = here.kind == TEXT and (is_short or word.lower() in rules.labels)
        # `Well A01` and `Channel DAPI` say the same twice.
        names_it = after.follows >= _NEARLY_ALL or after.kind == word.lower()
        if is_free and word and is_word and names_it:
            found.append(n)
    known = [n for n in found if columns[n].constant.lower() in rules.labels]
    return found if len(found) > 1 else known
