"""Amounts as Kubernetes writes them: `250m`, `1.5`, `512Mi`, `1e3`, `12345678n`.

https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
"""

from __future__ import annotations

import math
import re
from typing import Any, Final

_QUANTITY: Final = re.compile(r"([+-]?[0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]{1,3})?)([numkKMGTPE]i?|)")
_FACTORS: Final = {
    "": 1.0,
    **{sign: 1000.0**power for power, sign in enumerate("kMGTPE", 1)},
    **{sign: 1000.0**-power for power, sign in enumerate("mun", 1)},
    **{f"{sign}i": 1024.0**power for power, sign in enumerate("KMGTPE", 1)},
}


def amount(text: Any) -> float | None:
    """The number; nothing for what is none.

    Args:
        text: what an object says.
    """
    found = _QUANTITY.fullmatch(str(text).strip())
    if found is None or found[2] not in _FACTORS:
        return None
    number = float(found[1]) * _FACTORS[found[2]]
    return number if math.isfinite(number) else None


def total(texts: list[Any]) -> float | None:
    """The sum of amounts; nothing where one of them is missing: then there is no limit."""
    numbers = [amount(each) for each in texts]
    known = [each for each in numbers if each is not None]
    return sum(known) if known and len(known) == len(numbers) else None
