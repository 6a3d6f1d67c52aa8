"""Reading values off names: patience with providers, smaller batches, and an end to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ai_servers import KEY, AiServer, running
from ai_servers.formats import INPUT, OUTPUT
from ai_servers.models import names_in, reads
from ai_servers.server import Fault
from omeroweb_omp_plugin.ai.errors import AiError, Away, Busy, Cut, KeyRefused, Malformed
from omeroweb_omp_plugin.ai.models import Usage
from omeroweb_omp_plugin.providers.client import AiClient
from omeroweb_omp_plugin.providers.formats import FORMATS
from omeroweb_omp_plugin.services.extract_values import Reader

NAMES = [f"A{n:02}_DAPI_{n}.tif" for n in range(1, 17)]


class GivenUp(Exception):
    pass


@pytest.fixture
def server() -> Iterator[AiServer]:
    with running("anthropic") as one:
        one.reply = reads()
        yield one


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def reader(server: AiServer, waits: list[float]) -> Reader:
    client = AiClient("Claude", FORMATS["anthropic"], server.base, KEY)
    return Reader(client, "small-1", ["Well", "Stain"], watch=lambda: None, wait=waits.append)


def test_each_name_gets_its_values_and_tokens_are_counted(server: AiServer, reader: Reader) -> None:
    rows = reader.read(NAMES)
    assert [row.name for row in rows] == NAMES
    assert rows[2].values == {"Well": "A03", "Stain": "DAPI"}
    reader.read(NAMES[:1])
    assert reader.usage == Usage(2 * INPUT, 2 * OUTPUT)
    assert [len(names_in(asked)) for asked in server.asked()] == [16, 1]


def test_a_busy_provider_gets_the_time_that_it_asks_for(
    server: AiServer, reader: Reader, waits: list[float]
) -> None:
    server.faults += [Fault(429, {"Retry-After": "7"}), Fault(529), Fault(500)]
    assert len(reader.read(NAMES)) == 16
    assert waits == [7, 10, 20]


@pytest.mark.parametrize(
    ("fault", "error", "requests"),
    [
        (Fault(503), Away, 5),
        (Fault(429), Busy, 5),
        (Fault(429, {"Retry-After": "3600"}), Busy, 1),
        (Fault(401), KeyRefused, 1),
    ],
)
def test_patience_ends(
    server: AiServer,
    reader: Reader,
    waits: list[float],
    fault: Fault,
    error: type[AiError],
    requests: int,
) -> None:
    server.faults += [fault] * 9
    with pytest.raises(error):
        reader.read(NAMES)
    assert len(server.requests) == requests
    assert len(waits) == requests - 1


def test_a_cut_answer_is_asked_for_in_halves(server: AiServer, reader: Reader) -> None:
    server.end = lambda asked: "cut" if len(names_in(asked)) > 4 else "complete"
    rows = reader.read(NAMES)
    assert [row.name for row in rows] == NAMES
    assert [len(names_in(asked)) for asked in server.asked()] == [16, 8, 4, 4, 8, 4, 4]
    assert reader.usage == Usage(7 * INPUT, 7 * OUTPUT)


def test_a_model_that_is_always_cut_off_costs_three_questions(
    server: AiServer, reader: Reader
) -> None:
    server.end = lambda _asked: "cut"
    with pytest.raises(Cut, match="can return longer answers"):
        reader.read(NAMES)
    assert len(server.requests) == 3


def test_an_unusable_answer_is_asked_for_once_more(server: AiServer, reader: Reader) -> None:
    good, answers = reads(), ["Sure! Here you go:", ""]
    server.reply = lambda asked: answers.pop(0) or good(asked) if answers else good(asked)
    assert len(reader.read(NAMES)) == 16
    assert len(server.requests) == 2


def test_a_model_that_cannot_do_it_is_asked_twice(server: AiServer, reader: Reader) -> None:
    server.reply = lambda _asked: '{"rows": []}'
    with pytest.raises(Malformed, match="has 0 rows for 16 names, twice: choose another model"):
        reader.read(NAMES)
    assert len(server.requests) == 2


def test_whoever_gives_up_while_waiting_is_heard(server: AiServer) -> None:
    def wait(_seconds: float) -> None:
        raise GivenUp

    server.faults.append(Fault(429))
    client = AiClient("Claude", FORMATS["anthropic"], server.base, KEY)
    reader = Reader(client, "small-1", ["Well"], watch=lambda: None, wait=wait)
    with pytest.raises(GivenUp):
        reader.read(NAMES)
    assert len(server.requests) == 1
