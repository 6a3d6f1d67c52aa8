"""The limit on wrong passwords: what an attacker gets, and that nobody else pays for it."""

from __future__ import annotations

import logging
from typing import Any

import pytest
import redis
from hypothesis import given
from hypothesis import strategies as st
from omero_web_container.json_logs import EXTRA
from omero_web_container.login_limit import buckets
from omero_web_container.login_limit.buckets import Bucket, LocalBuckets
from omero_web_container.login_limit.limiter import (
    LoginLimit,
    TooManyLogins,
    Tries,
    account_key,
)

START = 1_800_000_000.0
OFFICE, HOTEL = "192.0.2.10", "203.0.113.20"


class Memory(LocalBuckets):
    """Counts as Redis does, which remembers as well."""

    def __init__(self) -> None:
        super().__init__()
        self.known: set[str] = set()

    def remember(self, key: str, seconds: int) -> None:
        assert seconds > 24 * 3600
        self.known.add(key)

    def remembers(self, key: str) -> bool:
        return key in self.known


class Clock:
    def __init__(self) -> None:
        self.now = START

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(buckets, "time", made)
    return made


@pytest.fixture
def limit(clock: Clock) -> LoginLimit:
    return LoginLimit(Tries(), Memory(), LocalBuckets())


def wrong(limit: LoginLimit, name: str, address: str, browser: str | None = None) -> str:
    """One wrong password; which limit refused it, or `tried`."""
    try:
        attempt = limit.begin(name, address, browser)
    except TooManyLogins as error:
        return error.limit
    attempt.wrong()
    return "tried"


def right(limit: LoginLimit, name: str, address: str, browser: str | None = None) -> str:
    try:
        attempt = limit.begin(name, address, browser)
    except TooManyLogins as error:
        return error.limit
    attempt.right()
    return "in"


def bots(count: int) -> list[str]:
    return [f"198.51.{number // 200}.{number % 200 + 1}" for number in range(count)]


# --- one bucket ------------------------------------------------------------------------------


@given(
    size=st.integers(1, 12),
    seconds=st.floats(0.5, 120),
    gaps=st.lists(st.floats(0, 300), max_size=60),
)
def test_no_time_span_has_more_than_a_bucket_and_what_came_back(
    size: int, seconds: float, gaps: list[float]
) -> None:
    store, bucket, now = LocalBuckets(), Bucket("x", size, seconds), START
    taken: list[float] = []
    for gap in gaps:
        now += gap
        if store.move("take", [bucket], now=now).seconds == 0:
            taken.append(now)
    for first, begin in enumerate(taken):
        for last in range(first, len(taken)):
            assert last - first + 1 <= size + (taken[last] - begin) / seconds + 1e-3


@given(size=st.integers(1, 12), refused=st.integers(1, 30))
def test_who_is_refused_does_not_wait_longer_for_it(size: int, refused: int) -> None:
    store, bucket = LocalBuckets(), Bucket("x", size, 60)
    for _ in range(size):
        assert store.move("take", [bucket], now=START).seconds == 0
    waits = {store.move("take", [bucket], now=START).seconds for _ in range(refused)}
    assert waits == {60}
    assert store.move("take", [bucket], now=START + 59.9).seconds == pytest.approx(0.1, abs=1e-5)
    assert store.move("take", [bucket], now=START + 60).seconds == 0


def test_an_attempt_takes_from_all_buckets_or_from_none() -> None:
    store = LocalBuckets()
    small, large = Bucket("small", 1, 60), Bucket("large", 2, 60)
    assert store.move("take", [large, small], now=START) == (0, 0)
    for _ in range(5):
        assert store.move("take", [large, small], now=START) == (60, 1)
    assert store.move("take", [large], now=START) == (0, 0)
    assert store.move("take", [large], now=START) == (60, 0)
    store.move("give", [large], now=START)
    assert store.move("look", [large], now=START) == (0, 0)


def test_memory_without_redis_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buckets, "_MOST", 100)
    store = LocalBuckets()
    for number in range(1000):
        store.move("take", [Bucket(str(number), 1, 60)], now=START + number / 1000)
        assert len(store._whole) <= 100
    assert store.move("take", [Bucket("999", 1, 60)], now=START + 1).seconds > 0


# --- who is stopped, and who is not ----------------------------------------------------------


def test_an_attacker_locks_nobody_out(limit: LoginLimit) -> None:
    tried = [wrong(limit, "ada", HOTEL) for _ in range(1000)]
    assert tried.count("tried") == 10
    assert set(tried[10:]) == {"account and address"}
    assert right(limit, "ada", OFFICE) == "in"
    assert right(limit, "ada", HOTEL) == "account and address"


def test_a_wait_ends(limit: LoginLimit, clock: Clock) -> None:
    for _ in range(50):
        wrong(limit, "ada", HOTEL)
    with pytest.raises(TooManyLogins, match=r"Try again in 60 seconds\.$") as refused:
        limit.begin("ada", HOTEL)
    assert refused.value.headers() == {"Retry-After": "60"}
    clock.now += 60
    assert right(limit, "ada", HOTEL) == "in"
    assert [wrong(limit, "ada", HOTEL) for _ in range(10)] == ["tried"] * 10


def test_guesses_of_many_computers_for_one_account(limit: LoginLimit, clock: Clock) -> None:
    assert right(limit, "ada", OFFICE) == "in"
    results = [wrong(limit, "ada", address) for address in bots(500)]
    assert results == ["tried"] * 30 + ["account"] * 470
    assert right(limit, "ada", HOTEL, browser="laptop") == "in"
    assert right(limit, "ada", OFFICE) == "in"
    assert right(limit, "ben", HOTEL) == "in"
    # A new browser at a new address: a short wait, which attackers cannot make longer.
    with pytest.raises(TooManyLogins, match="a browser in which you have logged in") as refused:
        limit.begin("ada", "203.0.113.77")
    assert 0 < (refused.value.retry_after or 0) <= 30
    clock.now += 30
    assert right(limit, "ada", "203.0.113.77") == "in"


def test_one_password_for_many_accounts_from_one_address(limit: LoginLimit, clock: Clock) -> None:
    def spray(accounts: int) -> int:
        names = (f"user-{number}-{clock.now}" for number in range(accounts))
        return [wrong(limit, name, HOTEL) for name in names].count("tried")

    assert spray(500) == 60
    clock.now += 3600
    assert spray(500) == 60
    tried = 0
    for _ in range(360):
        clock.now += 10
        tried += spray(5)
    assert tried == 360
    assert right(limit, "ada", HOTEL) == "address"
    assert right(limit, "ada", HOTEL, browser="laptop") == "in"
    assert right(limit, "ada", OFFICE) == "in"


def test_an_own_account_gives_nothing_back_to_an_attacker(limit: LoginLimit) -> None:
    tried = 0
    for number in range(300):
        tried += wrong(limit, f"user-{number}", HOTEL) == "tried"
        right(limit, "mallory", HOTEL)
    assert tried == 60
    tried = 0
    for _ in range(100):
        tried += wrong(limit, "ada", OFFICE) == "tried"
        right(limit, "mallory", OFFICE)
    assert tried == 10


def test_a_stolen_browser_has_no_more_tries(limit: LoginLimit) -> None:
    tried = [wrong(limit, "ada", address, browser="laptop") for address in bots(100)]
    assert tried.count("tried") == 10


def test_a_person_who_mistypes_starts_anew_after_a_login(limit: LoginLimit) -> None:
    for _ in range(5):
        assert [wrong(limit, "ada", OFFICE) for _ in range(9)] == ["tried"] * 9
        assert right(limit, "ada", OFFICE) == "in"


def test_guesses_at_the_same_moment_are_no_more_than_one_after_the_other(
    limit: LoginLimit,
) -> None:
    under_way = []
    for _ in range(100):
        try:
            under_way.append(limit.begin("ada", HOTEL))
        except TooManyLogins:
            continue
    assert len(under_way) == 10
    for attempt in under_way:
        attempt.wrong()
    assert wrong(limit, "ada", HOTEL) == "account and address"


def test_many_scripts_of_one_person_at_the_same_moment(limit: LoginLimit) -> None:
    assert right(limit, "ada", OFFICE) == "in"
    attempts = [limit.begin("ada", OFFICE) for _ in range(200)]
    for attempt in attempts:
        attempt.right()
    assert wrong(limit, "ada", OFFICE) == "tried"


def test_right_passwords_and_a_silent_server_cost_nothing(limit: LoginLimit) -> None:
    for _ in range(200):
        limit.begin("ada", HOTEL).undecided()
    for number in range(200):
        assert right(limit, f"user-{number}", HOTEL) == "in"
    assert [wrong(limit, "ada", HOTEL) for _ in range(11)].count("tried") == 10


def test_without_redis_tries_have_a_bound_and_nobody_is_locked_out(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    class Away(LocalBuckets):
        asked = 0

        def move(self, *_arguments: Any, **_more: Any) -> Any:
            self.asked += 1
            raise redis.ConnectionError("away")

        def empty_out(self, key: str) -> None:
            self.move(key)

        def remembers(self, key: str) -> bool:
            return bool(self.move(key))

    shared = Away()
    limit = LoginLimit(Tries(), shared, LocalBuckets())
    assert right(limit, "ada", OFFICE) == "in"
    assert [wrong(limit, "ada", HOTEL) for _ in range(50)].count("tried") == 10
    assert right(limit, "ada", OFFICE) == "in"
    # One question found it out; a login does not wait for one time-out after the other.
    assert shared.asked == 1
    assert caplog.text.count("Redis is unavailable (ConnectionError)") == 1


@pytest.mark.parametrize("other", ["ADA", " ada ", "\uff41da", "Ada\n"])
def test_a_name_in_another_form_is_the_same_account(limit: LoginLimit, other: str) -> None:
    assert account_key(other) == account_key("ada")
    tried = [wrong(limit, name, HOTEL) for name in ("ada", other) * 20]
    assert tried.count("tried") == 10


@pytest.mark.parametrize("name", ["", "x" * 100_000, "\ud800", "a:b", "login:both:*"])
def test_any_name_makes_a_short_key(name: str) -> None:
    assert len(account_key(name)) == 24


def test_a_network_of_ipv6_is_one_client(limit: LoginLimit) -> None:
    tried = [wrong(limit, "ada", f"2001:db8:1:2::{number:x}") for number in range(1, 50)]
    assert tried.count("tried") == 10
    assert wrong(limit, "ada", "2001:db8:1:3::1") == "tried"


def test_a_line_names_account_and_address(
    limit: LoginLimit, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(11):
        wrong(limit, "ada" + "x" * 500, HOTEL)
    fields = [getattr(record, EXTRA) for record in caplog.records]
    assert {record.levelno for record in caplog.records} == {logging.WARNING}
    assert [field["event"] for field in fields] == ["login.failed"] * 10 + ["login.refused"]
    assert {field["client"] for field in fields} == {HOTEL}
    assert {field["account"] for field in fields} == {"ada" + "x" * 97}
    assert fields[-1]["limit"] == "account and address"


def test_a_number_that_cannot_be_is_refused_with_its_field(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert Tries.from_environment() == Tries(10, 60, 30)
    monkeypatch.setenv("LOGIN_TRIES_PER_ADDRESS", "500")
    assert Tries.from_environment() == Tries(10, 500, 30)
    monkeypatch.setenv("LOGIN_TRIES_PER_ACCOUNT", "0")
    with pytest.raises(Exception, match=r"spec\.web\.logins\.triesPerAccount"):
        Tries.from_environment()
