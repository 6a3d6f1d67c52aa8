"""Only servers that are configured are asked; an address with a password is not used."""

from __future__ import annotations

import pytest

from omero_plugin_common.env_utils import EnvironmentProblem, InvalidValue
from omeroweb_admin_tools import configuration
from omeroweb_admin_tools.addresses import Endpoint, address
from omeroweb_admin_tools.doctor import settings


@pytest.mark.parametrize(
    ("text", "url", "there"),
    [
        ("http://prometheus:9090", "http://prometheus:9090/", Endpoint("prometheus", 9090)),
        ("https://a.example.org/x/", "https://a.example.org/x/", Endpoint("a.example.org", 443)),
        ("http://10.0.0.1", "http://10.0.0.1/", Endpoint("10.0.0.1", 80)),
    ],
)
def test_addresses(monkeypatch: pytest.MonkeyPatch, text: str, url: str, there: Endpoint) -> None:
    monkeypatch.setenv("ADMIN_TOOLS_PROMETHEUS_URL", text)
    found = address(configuration.PROMETHEUS)
    assert found is not None
    assert (found.url, found.endpoint, found.secure) == (url, there, text.startswith("https"))


@pytest.mark.parametrize(
    "text",
    [
        "http://user:hunter22@prometheus:9090",
        "http://hunter22@prometheus",
        "file:///etc/hunter22",
        "gopher://hunter22",
        "http://host:hunter22/",
        "http://host:99999/hunter22",
        "http://host/?token=hunter22",
        "http://host/#hunter22",
        "http://hunter22 x/",
        "//hunter22",
        "hunter22",
        "http://[::1/hunter22",
        "http://",
    ],
)
def test_what_is_no_address_is_not_repeated(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("ADMIN_TOOLS_PROMETHEUS_URL", text)
    with pytest.raises(InvalidValue, match=r"^ADMIN_TOOLS_PROMETHEUS_URL ") as raised:
        address(configuration.PROMETHEUS)
    assert "hunter22" not in str(raised.value)
    assert str(raised.value).endswith("it comes from spec.monitoring.prometheusUrl")


@pytest.mark.parametrize("text", ["", "/lab/", "  "])
def test_a_site_without_a_known_host(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("PUBLIC_URL", text)
    assert settings.public() is None


def test_the_ingress_inside_the_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings.ingress() is None
    monkeypatch.setenv("ADMIN_TOOLS_INGRESS_ADDRESS", "traefik.kube-system:443")
    assert settings.ingress() == Endpoint("traefik.kube-system", 443)
    for text in ("traefik", "traefik:", ":443", "traefik:0", "traefik:https", "a b:1", "x:²"):
        monkeypatch.setenv("ADMIN_TOOLS_INGRESS_ADDRESS", text)
        with pytest.raises(InvalidValue):
            settings.ingress()


def test_the_kind_of_the_store_of_logs(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(EnvironmentProblem, match="is not set"):
        configuration.log_stack()
    monkeypatch.setenv("ADMIN_TOOLS_LOG_STACK", "loki")
    assert configuration.log_stack() == "loki"
    monkeypatch.setenv("ADMIN_TOOLS_LOG_STACK", "splunk")
    with pytest.raises(InvalidValue, match="loki, victorialogs"):
        configuration.log_stack()


def test_an_account_has_a_name_and_a_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADMIN_TOOLS_PROBE_USER", "probe")
    assert settings.probe_account() is None
    monkeypatch.setenv("ADMIN_TOOLS_PROBE_PASSWORD_FILE", "/run/secrets/probe")
    account = settings.probe_account()
    assert account is not None
    assert account.name == "probe"
