"""Which images of a preview are written: those whose names fit, unless the user decides."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence

Ticks = dict[int, bool]


def skipped(images: Sequence[int], misfits: Iterable[int], ticks: Mapping[int, bool]) -> list[int]:
    """The images that are not written.

    Args:
        images: ids.
        misfits: places of those whose names do not fit.
        ticks: what the user decided, by id.

    Returns:
        Their places, in order.
    """
    odd = set(misfits)
    if not ticks:
        return sorted(odd)
    return [at for at, image in enumerate(images) if not ticks.get(image, at not in odd)]


def with_ticks(
    ticks: Mapping[int, bool], wanted: Mapping[int, bool], misfits: Container[int]
) -> Ticks:
    """The user's decisions with newer ones.

    What is so without a decision is not stored: when another pattern makes a name fit, its image
    is written.

    Args:
        ticks: the decisions so far, by id.
        wanted: the newer ones.
        misfits: ids of the images whose names do not fit.
    """
    merged = {**ticks, **wanted}
    return {image: ticked for image, ticked in merged.items() if ticked == (image in misfits)}
