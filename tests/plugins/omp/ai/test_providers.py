"""Each provider's format, and each way in which it fails, against a server that speaks it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from ai_servers import FORMATS, KEY, AiServer, running
from ai_servers.formats import INPUT, MODELS, OUTPUT
from ai_servers.server import Fault
from omeroweb_omp_plugin.ai.errors import (
    AiError,
    Away,
    Busy,
    Declined,
    KeyRefused,
    Malformed,
    ModelUnknown,
    NoCredit,
    Redirected,
    Refused,
    TimedOut,
    TooLarge,
)
from omeroweb_omp_plugin.ai.models import Prompt, Usage
from omeroweb_omp_plugin.providers import formats
from omeroweb_omp_plugin.providers.client import AiClient

PROMPT = Prompt("Answer with JSON.", '{"names": ["Zelle_µ_01.tif"]}')


@pytest.fixture(params=sorted(FORMATS))
def server(request: pytest.FixtureRequest) -> Iterator[AiServer]:
    with running(request.param) as one:
        yield one


def _client(server: AiServer, key: str = KEY, seconds: float = 20) -> AiClient:
    return AiClient(
        "The lab's model", formats.FORMATS[server.kind], server.base, key, seconds=seconds
    )


def _fails(server: AiServer, fault: Fault, *, seconds: float = 20) -> AiError:
    server.faults.append(fault)
    with pytest.raises(AiError) as caught:
        _client(server, seconds=seconds).chat("small-1", PROMPT)
    assert caught.value.message.startswith(("The lab's model", "The answer of", "Your account"))
    assert KEY not in caught.value.message
    return caught.value


def test_a_question_arrives_as_it_is_and_the_answer_with_its_cost_comes_back(
    server: AiServer,
) -> None:
    server.reply = lambda asked: '{"pattern": "(?P<µ>.)"}' if asked.user == PROMPT.user else "?"
    answer = _client(server).chat("small-1", PROMPT)
    assert "".join(answer.text.removeprefix("```json\n").removesuffix("\n```")) == (
        '{"pattern": "(?P<µ>.)"}'
    )
    assert answer.end == "complete"
    assert answer.usage == Usage(INPUT, OUTPUT)
    [asked] = server.asked()
    assert (asked.model, asked.system, asked.user) == ("small-1", PROMPT.system, PROMPT.user)


def test_models_for_text_are_listed_and_others_are_not(server: AiServer) -> None:
    assert _client(server).models() == list(MODELS)


def test_the_key_is_in_a_header_and_never_in_the_address(server: AiServer) -> None:
    _client(server).chat("small-1", PROMPT)
    _client(server).models()
    assert len(server.requests) == 2
    for request in server.requests:
        assert server.format.key(request.headers) == KEY
        assert KEY not in request.path


def test_a_wrong_key(server: AiServer) -> None:
    for ask in (lambda client: client.chat("small-1", PROMPT), lambda client: client.models()):
        with pytest.raises(KeyRefused, match="save it again") as caught:
            ask(_client(server, key="sk-wrong-key"))
        # Providers repeat the key in their complaint.
        assert "sk-wrong" not in str(caught.value)
        assert caught.value.status == 409


def test_too_many_questions_with_the_time_to_wait(server: AiServer) -> None:
    error = _fails(server, Fault(429, {"Retry-After": "21"}))
    assert isinstance(error, Busy)
    assert error.retry_after == 21
    assert "21 seconds" in error.message
    then = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    waiting = _fails(server, Fault(429, {"Retry-After": then})).retry_after
    assert waiting is not None
    assert 90 <= waiting <= 100
    without = _fails(server, Fault(429))
    assert without.retry_after == (37 if server.kind == "google" else None)
    assert without.passes


@pytest.mark.parametrize("status", [500, 502, 503, 529])
def test_a_fault_of_the_provider(server: AiServer, status: int) -> None:
    error = _fails(server, Fault(status, raw=b"<html>upstream</html>"))
    assert isinstance(error, Away)
    assert str(status) in error.message
    assert error.passes


@pytest.mark.parametrize("fault", [Fault(silent=True), Fault(drips=True)])
def test_no_answer_in_time(server: AiServer, fault: Fault) -> None:
    began = time.monotonic()
    error = _fails(server, fault, seconds=0.6)
    assert isinstance(error, TimedOut)
    assert time.monotonic() - began < 30


@pytest.mark.parametrize(
    "raw",
    [b"", b"not json", b"[]", b"{}", b"null", b'{"choices": [], "content": 3, "candidates": {}}'],
)
def test_a_malformed_answer(server: AiServer, raw: bytes) -> None:
    assert isinstance(_fails(server, Fault(200, raw=raw)), Malformed)
    server.faults.append(Fault(200, raw=raw))
    with pytest.raises(Malformed):
        _client(server).models()


def test_a_truncated_answer_is_marked(server: AiServer) -> None:
    server.reply, server.end = lambda _asked: '{"rows": [', lambda _asked: "cut"
    assert _client(server).chat("small-1", PROMPT).end == "cut"


def test_an_answer_that_breaks_off_on_the_wire(server: AiServer) -> None:
    whole = Fault(200, {"Content-Length": "5000"}, raw=b'{"choices"')
    assert isinstance(_fails(server, whole), Away)


def test_a_model_that_declines(server: AiServer) -> None:
    server.end = lambda _asked: "declined"
    with pytest.raises(Declined, match="another model"):
        _client(server).chat("small-1", PROMPT)


def test_an_oversized_answer_is_not_read_to_its_end(server: AiServer) -> None:
    assert isinstance(_fails(server, Fault(endless=True)), TooLarge)


def test_a_compressed_answer_is_refused(server: AiServer) -> None:
    fault = Fault(200, {"Content-Encoding": "gzip"}, raw=b"\x1f\x8b")
    assert isinstance(_fails(server, fault), Malformed)
    assert server.requests[-1].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_refused_and_the_other_address_gets_nothing(
    server: AiServer, status: int
) -> None:
    with running(server.kind) as other:
        fault = Fault(status, {"Location": f"{other.base}/chat/completions"}, raw=b"")
        assert isinstance(_fails(server, fault), Redirected)
        assert other.requests == []


def test_an_unknown_model(server: AiServer) -> None:
    error = _fails(server, Fault(404, text="model not found"))
    assert isinstance(error, ModelUnknown)
    assert "'small-1'" in error.message


def test_another_refusal_is_told_without_the_key(server: AiServer) -> None:
    error = _fails(server, Fault(422, text=f"the question\nis too long for {KEY} {'x' * 500}"))
    assert isinstance(error, Refused)
    assert "the question is too long for … xxx" in error.message
    assert len(error.message) < 400


def test_an_account_without_credit_is_not_merely_busy() -> None:
    with running("openai") as server:
        raw = b'{"error": {"message": "You exceeded", "code": "insufficient_quota"}}'
        error = _fails(server, Fault(429, raw=raw))
    assert isinstance(error, NoCredit)
    assert not error.passes


def test_nobody_listens() -> None:
    with running("openai") as server:
        base = server.base
    with pytest.raises(Away, match="cannot be reached"):
        AiClient("X", formats.FORMATS["openai"], base, KEY).models()


def test_whoever_waits_can_give_up_in_the_middle(server: AiServer) -> None:
    class GivenUp(Exception):
        pass

    def watch() -> None:
        if server.waiting.is_set():
            raise GivenUp

    server.faults.append(Fault(silent=True))
    began = time.monotonic()
    with pytest.raises(GivenUp):
        _client(server, seconds=60).chat("small-1", PROMPT, watch)
    assert time.monotonic() - began < 40


def test_a_model_name_cannot_leave_its_place_in_the_address() -> None:
    with running("google") as server:
        _client(server).chat("../../v1/files?x=", PROMPT)
    assert server.requests[0].path == ("/v1beta/models/..%2F..%2Fv1%2Ffiles%3Fx%3D:generateContent")


def test_a_local_server_that_counts_no_tokens_is_understood() -> None:
    raw = b'{"choices": [{"message": {"role": "assistant", "content": "{}"}}], "usage": null}'
    with running("openai_compatible") as server:
        server.faults.append(Fault(200, raw=raw))
        answer = _client(server).chat("small-1", PROMPT)
    assert (answer.text, answer.end, answer.usage) == ("{}", "complete", Usage())


def test_a_local_server_that_wants_no_key_gets_none() -> None:
    with running("openai_compatible") as server:
        server.key = ""
        _client(server, key="").chat("small-1", PROMPT)
    assert "authorization" not in server.requests[0].headers


def test_the_public_providers_have_their_own_addresses() -> None:
    assert set(formats.HOSTS) == set(formats.FORMATS) - {"openai_compatible"}
    assert all(address.startswith("https://") for address in formats.HOSTS.values())
