"""Several requests at once, and the first error as itself."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


async def in_parallel(
    do: Callable[[Item], Awaitable[Result]], items: Iterable[Item], at_once: int
) -> Sequence[Result]:
    """Call and await a function for every item, a few at a time.

    Args:
        do: The function.
        items: What it is called with.
        at_once: How many calls may be under way together.

    Returns:
        The results, in the order of the items.

    Raises:
        Exception: What the first failing call raised; the others are cancelled.
    """
    turn = asyncio.Semaphore(at_once)

    async def one(item: Item) -> Result:
        async with turn:
            return await do(item)

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(item)) for item in items]
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from errors
    return [task.result() for task in tasks]
