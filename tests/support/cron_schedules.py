"""Cron schedules that people write, and what a site makes of them."""

from __future__ import annotations

import random
from collections.abc import Iterator

GOOD = (
    "0 3 * * 0",
    "@yearly",
    "@annually",
    "@monthly",
    "@weekly",
    "@daily",
    "@midnight",
    "@hourly",
    "*/15 0-6 1,15 * MON-FRI",
    "59 23 31 12 6",
    "0 4 1-7 * ?",
    "? ? ? ? ?",
    "05 04 08 09 00",
    "0 3 * jan-Mar,DEC Sun",
    "10/20 22-23/1 */2 1-12/3 0-6/2",
    "0,30 3 * * *",
    "0  3   *  *  *",
    "0 3 * * SUN-2",
)

# With a word of the message.
BAD = {
    "0 3 * * 7": "day of the week",
    "0 3 * * 0-7": "day of the week",
    "0 25 * * 0": "hour",
    "0 24 * * *": "hour",
    "60 3 * * *": "minute",
    "-1 3 * * *": "minute",
    "0 3 0 * *": "day of the month",
    "0 3 32 * *": "day of the month",
    "0 3 L * *": "day of the month",
    "0 3 15W * *": "day of the month",
    "0 3 * 13 *": "month",
    "0 3 * 0 *": "month",
    "0 3 * Sept *": "month",
    "0 3 * MON *": "month",
    "0 3 * * 5L": "day of the week",
    "0 3 * * 1#1": "day of the week",
    "0 3 * * Sonntag": "day of the week",
    "0 3 * * JAN": "day of the week",
    "0 3 * * FRI-MON": "low to high",
    "0 22-3 * * *": "low to high",
    "0 3 * DEC-jan *": "low to high",
    "*/0 3 * * *": "minute",
    "1-2-3 3 * * *": "minute",
    "*/2/2 3 * * *": "minute",
    "0 3 * *": "five fields",
    "0 0 3 * * 0": "five fields",
    "at night": "five fields",
    "daily": "five fields",
    "@nightly": "five fields",
    "@every 1h": "five fields",
    "@reboot": "five fields",
    "TZ=UTC 0 3 * * *": "five fields",
    "CRON_TZ=Europe/Zurich 0 3 * * 0": "five fields",
    "TZ=UTC 3 * * *": "minute",
    # Tolerated by the CronJob controller, and most likely mistakes.
    "0,, 3 * * *": "minute",
    ", 3 * * *": "minute",
    "0 3 *-5 * *": "day of the month",
    "+5 3 * * *": "minute",
    " 0 3 * * 0": "five fields",
    "0 3 * * 0 ": "five fields",
    "0\t3 * * 0 0": "minute",
}


def made_up(number: int, seed: int) -> Iterator[str]:
    """Schedules put together from right and wrong parts, the same ones for the same seed."""
    chance = random.Random(seed)
    ends = ["0", "1", "5", "6", "7", "12", "13", "23", "24", "31", "32", "59", "60", "007"]
    ends += ["mon", "FRI", "Jan", "DEC", "x", ""]

    def part() -> str:
        text = chance.choice(["*", "?", *ends, *ends])
        if chance.random() < 0.4:
            text += "-" + chance.choice(ends)
        if chance.random() < 0.3:
            text += "/" + chance.choice(["0", "1", "2", "15", "99", "100", "x"])
        return text

    def field() -> str:
        return ",".join(part() for _ in range(chance.choice([1, 1, 1, 2])))

    for _ in range(number):
        # One field at a time is put together: five of them would hardly ever be right at once.
        fields = ["0", "3", "*", "*", "*"]
        fields[chance.randrange(5)] = field()
        yield " ".join(fields)
