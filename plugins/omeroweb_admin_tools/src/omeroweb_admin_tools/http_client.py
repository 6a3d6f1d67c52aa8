"""Requests to servers of the site: bounded in time and size, without redirects and cookies."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import cache
from typing import Final, Generic, NamedTuple, TypeVar

import httpx

MOST_BYTES: Final = 64_000_000
_COMPLAINT_LENGTH: Final = 300
# More questions than this wait for each other.
_MOST_AT_ONCE: Final = 16
Answer = TypeVar("Answer")


class Failure(Exception):
    """There is no answer that can be used; the message says why."""


class Deadline:
    """One end for all questions of a request.

    Args:
        seconds: from now.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds that are left, at least none."""
        return max(0.0, self._end - time.monotonic())

    def check(self) -> float:
        """Seconds that are left.

        Raises:
            Failure: none.
        """
        left = self.left()
        if not left:
            raise Failure(self.passed())
        return left

    def passed(self) -> str:
        """What to say when it has passed."""
        return f"no complete answer within {self.seconds:g} seconds"


class Answers(NamedTuple, Generic[Answer]):
    """What came back by the name of each question, and why something did not."""

    found: dict[str, Answer]
    failed: dict[str, str]


def at_once(
    seconds: float, questions: Mapping[str, Callable[[Deadline], Answer]]
) -> Answers[Answer]:
    """Ask several questions at the same time; one that fails does not concern the others.

    Args:
        seconds: for all of them together.
        questions: by a name for each.
    """
    deadline = Deadline(seconds)
    answers: Answers[Answer] = Answers({}, {})
    if not questions:
        return answers
    pool = ThreadPoolExecutor(min(len(questions), _MOST_AT_ONCE), thread_name_prefix="questions")
    try:
        asked = {name: pool.submit(each, deadline) for name, each in questions.items()}
        wait(asked.values(), timeout=deadline.left())
    finally:
        # Who is late ends by itself: each wait of a request is bounded, too.
        pool.shutdown(wait=False, cancel_futures=True)
    for name, future in asked.items():
        _take(answers, name, future, deadline)
    return answers


def fetch(
    url: str,
    deadline: Deadline,
    *,
    form: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    authorities: ssl.SSLContext | None = None,
    complaint: Callable[[bytes], str] = lambda body: body.decode(errors="replace"),
) -> bytes:
    """The body of the answer.

    Args:
        url: what is asked.
        deadline: for all of the answer, however slowly it drips in.
        form: is sent by POST, since a question can be longer than an address may; a GET without it.
        headers: besides those that every request has.
        authorities: whose certificates are trusted; the usual ones unless given.
        complaint: what an answer that is no success says, for people.

    Raises:
        Failure: the server cannot be reached, is slow, or does not accept the request.
    """
    timeout = httpx.Timeout(deadline.check())
    try:
        with (
            # `trust_env`: neither a proxy nor a password from the surroundings.
            httpx.Client(
                timeout=timeout,
                follow_redirects=False,
                trust_env=False,
                verify=authorities or _usual_authorities(),
            ) as client,
            client.stream(
                "GET" if form is None else "POST",
                url,
                data=form,
                # A compressed answer could grow a thousandfold while it is unpacked.
                headers={"Accept-Encoding": "identity", **(headers or {})},
            ) as response,
        ):
            body = _read(response, deadline)
    except httpx.TimeoutException:
        raise Failure(deadline.passed()) from None
    except (httpx.TransportError, httpx.InvalidURL) as error:
        raise Failure(f"it cannot be reached ({type(error).__name__})") from None
    if response.status_code != httpx.codes.OK:
        said = complaint(body)[:_COMPLAINT_LENGTH].strip()
        raise Failure(f"it answered {response.status_code}" + (f": {said}" if said else ""))
    return body


@cache
def _usual_authorities() -> ssl.SSLContext:
    """The public ones. Reading them takes 30 ms, and a page has thirty questions."""
    return httpx.create_ssl_context(trust_env=False)


def _read(response: httpx.Response, deadline: Deadline) -> bytes:
    body = bytearray()
    for chunk in response.iter_raw():
        body += chunk
        if len(body) > MOST_BYTES:
            raise Failure(
                f"its answer is larger than {MOST_BYTES // 1_000_000} MB: choose a shorter time"
            )
        deadline.check()
    return bytes(body)


def _take(answers: Answers[Answer], name: str, future: Future[Answer], deadline: Deadline) -> None:
    if not future.done() or future.cancelled():
        answers.failed[name] = deadline.passed()
        return
    try:
        answers.found[name] = future.result()
    except Failure as failure:
        answers.failed[name] = str(failure)
