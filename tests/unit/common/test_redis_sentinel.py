"""What clients of a Redis behind Sentinels are told by their environment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from omero_plugin_common.broker import make_app
from omero_plugin_common.env_utils import EnvironmentProblem
from omero_plugin_common.redis_client import check_environment, new_client
from omero_plugin_common.redis_sentinel import Sentinels


@pytest.fixture(autouse=True)
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "password").write_text("p@ss;word\n")
    (tmp_path / "sentinel").write_text("of-sentinels\n")
    monkeypatch.setenv("REDIS_SENTINELS", "s1.example.org:26379, s2.example.org:5000")
    monkeypatch.setenv("REDIS_MASTER_NAME", "Images")
    monkeypatch.setenv("REDIS_PASSWORD_FILE", str(tmp_path / "password"))
    monkeypatch.setenv("REDIS_SENTINEL_PASSWORD_FILE", str(tmp_path / "sentinel"))


def test_nobody_is_asked_for_a_fixed_address() -> None:
    check_environment()
    found = Sentinels.from_environment()
    assert found is not None
    assert found.addresses == (("s1.example.org", 26379), ("s2.example.org", 5000))
    assert str(found) == "Images of s1.example.org:26379, s2.example.org:5000"
    assert "of-sentinels" not in repr(found)


def test_the_queue_and_its_results_know_master_and_passwords() -> None:
    conf = make_app().conf
    first, second = conf.broker_url.split(";")
    assert first == "sentinel://:p%40ss%3Bword@s1.example.org:26379/2"
    assert second.endswith("@s2.example.org:5000/2")
    assert conf.result_backend == conf.broker_url
    for options in (conf.broker_transport_options, conf.result_backend_transport_options):
        assert options["master_name"] == "Images"
        assert options["sentinel_kwargs"]["password"] == "of-sentinels"
    # Those of the transport stay.
    assert conf.broker_transport_options["visibility_timeout"] >= 3600


def test_a_sentinel_that_is_lost_costs_one_attempt() -> None:
    pool: Any = new_client(1, socket_connect_timeout=1.5).connection_pool
    for sentinel in pool.sentinel_manager.sentinels:
        settings = sentinel.connection_pool.connection_kwargs
        assert settings["socket_timeout"] == 1.5
        assert settings["retry"].get_retries() == 0


@pytest.mark.parametrize("text", ["s1", "s1:", ":26379", "s1:26379,", "s1:0", "s1:65536", "s1:²"])
def test_what_is_no_address_is_named(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_SENTINELS", text)
    with pytest.raises(EnvironmentProblem, match=r"REDIS_SENTINELS.*sentinel\.hosts"):
        check_environment()


@pytest.mark.parametrize("name", ["REDIS_MASTER_NAME", "REDIS_PASSWORD_FILE"])
def test_what_is_missing_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(name)
    with pytest.raises(EnvironmentProblem, match=name):
        check_environment()
