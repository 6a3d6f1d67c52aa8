"""Kubernetes quantities as numbers.

Format: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
"""

from fractions import Fraction

_FACTORS = {
    "n": Fraction(1, 1000**3),
    "u": Fraction(1, 1000**2),
    "m": Fraction(1, 1000),
    "": Fraction(1),
    **{unit: Fraction(1000) ** power for power, unit in enumerate("kMGTPE", 1)},
    **{f"{unit}i": Fraction(1024) ** power for power, unit in enumerate("KMGTPE", 1)},
}


def amount(quantity: str) -> Fraction:
    """The exact value of a quantity.

    Args:
        quantity: For example `500m`, `2`, `1.5Gi`.

    Returns:
        Its value in base units (cores, bytes).

    Raises:
        ValueError: The text is no quantity.
    """
    number = quantity.rstrip("numkKMGTPEi")
    try:
        return Fraction(number) * _FACTORS[quantity[len(number) :]]
    except (KeyError, ValueError) as error:
        raise ValueError(
            f"'{quantity}' is not a Kubernetes quantity, for example 500m or 2Gi"
        ) from error


def mebibytes(quantity: str) -> int:
    """A memory quantity in MiB, rounded down."""
    return int(amount(quantity) / 1024**2)
