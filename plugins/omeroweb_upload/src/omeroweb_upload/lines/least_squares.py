"""Least squares with amounts that are not below nothing (Lawson and Hanson 1974)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]


def nonnegative(model: Values, measured: Values) -> tuple[Values, float]:
    """How much of each column is in what was measured.

    Args:
        model: a column for each part, in units of the noise.
        measured: in units of the noise.

    Returns:
        The amounts, and the sum of the squares of what is left.
    """
    gram, right = model.T @ model, model.T @ measured
    count = len(right)
    amounts, inside = np.zeros(count), np.zeros(count, dtype=bool)
    small = 1e-9 * max(float(np.abs(right).max(initial=0.0)), 1e-300)
    for _ in range(3 * count + 3):
        gain = right - gram @ amounts
        gain[inside] = -np.inf
        if not count or gain.max() <= small:
            break
        inside[int(np.argmax(gain))] = True
        while True:
            used = np.flatnonzero(inside)
            wanted = np.linalg.lstsq(gram[np.ix_(used, used)], right[used], rcond=None)[0]
            if (wanted > 0).all():
                amounts[:] = 0.0
                amounts[used] = wanted
                break
            # Go as far as the first amount reaches nothing, and leave that one out.
            old = amounts[used]
            falling = wanted <= 0
            step = float(np.min(old[falling] / np.maximum(old[falling] - wanted[falling], 1e-300)))
            amounts[used] = old + step * (wanted - old)
            gone = used[falling & (amounts[used] <= small)]
            gone = gone if len(gone) else used[falling][:1]
            amounts[gone], inside[gone] = 0.0, False
    left = measured - model @ amounts
    return amounts, float(left @ left)
