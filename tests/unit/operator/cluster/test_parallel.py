"""Several requests at once: bounded, in order, and the first error is the one that is seen."""

from __future__ import annotations

import asyncio

import pytest

from omero_operator.cluster.parallel import in_parallel


def test_results_come_in_the_order_of_the_items() -> None:
    async def later(delay: int) -> int:
        for _ in range(delay):
            await asyncio.sleep(0)
        return delay

    assert asyncio.run(in_parallel(later, [5, 1, 3], 3)) == [5, 1, 3]


def test_no_more_than_allowed_are_under_way() -> None:
    under_way = most = 0

    async def count(_: int) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0)
        under_way -= 1

    asyncio.run(in_parallel(count, range(20), 4))
    assert most == 4


def test_the_first_error_is_raised_as_itself_and_the_rest_is_not_begun() -> None:
    begun = []

    async def fail(number: int) -> None:
        begun.append(number)
        await asyncio.sleep(0)
        raise LookupError(number)

    with pytest.raises(LookupError, match="0"):
        asyncio.run(in_parallel(fail, range(20), 2))
    assert len(begun) < 20
