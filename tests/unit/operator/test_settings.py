"""Settings: read once, and a wrong one is named before anything starts."""

from __future__ import annotations

import os

import pytest

from omero_operator import __main__, settings
from omero_operator.api.v1alpha1.omeroplatform import Images as Overrides
from omero_operator.desired.context import Images
from omero_operator.settings import SettingsError, read

REQUIRED = {"OPERATOR_NAMESPACE": "omero-system"}


def test_only_the_namespace_must_be_given() -> None:
    found = read(REQUIRED)
    assert found.namespace == "omero-system"
    assert found.identity == os.uname().nodename
    assert found.watch_namespaces == ()
    assert (found.health_port, found.metrics_port, found.full_pass) == (8080, 8081, 120)
    assert (found.log_level, found.log_format) == ("INFO", "text")
    assert found.images.pull_policy == "IfNotPresent"
    assert found.images.server.startswith("openmicroscopy/omero-server:")


@pytest.mark.parametrize("environment", [{}, {"OPERATOR_NAMESPACE": ""}], ids=["absent", "empty"])
def test_missing_namespace_is_named(environment: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match=r"^OPERATOR_NAMESPACE is not set: namespace of the"):
        read(environment)


@pytest.mark.parametrize(
    ("name", "value", "choices"),
    [
        ("IMAGE_PULL_POLICY", "always", "one of Always, IfNotPresent, Never"),
        ("LOG_LEVEL", "TRACE", "one of DEBUG, INFO, WARNING, ERROR"),
        ("LOG_FORMAT", "xml", "one of text, json"),
        ("HEALTH_PORT", "http", "from 1 to 65535"),
        ("HEALTH_PORT", "0", "from 1 to 65535"),
        ("HEALTH_PORT", "65536", "from 1 to 65535"),
        ("METRICS_PORT", "-1", "from 0 to 65535"),
        ("FULL_PASS_SECONDS", "0.5", "from 1 to 3600"),
        ("FULL_PASS_SECONDS", "nan", "from 1 to 3600"),
        ("FULL_PASS_SECONDS", "inf", "from 1 to 3600"),
    ],
)
def test_bad_variable_names_itself_its_value_and_what_it_should_be(
    name: str, value: str, choices: str
) -> None:
    with pytest.raises(SettingsError, match=f"^{name} is '{value}', but must be {choices}$"):
        read({**REQUIRED, name: value})


@pytest.mark.parametrize(
    ("text", "names"),
    [("a,b", ("a", "b")), (" a , b ,", ("a", "b")), ("", ()), (",", ()), ("a", ("a",))],
)
def test_lists_are_separated_by_commas(text: str, names: tuple[str, ...]) -> None:
    found = read({**REQUIRED, "WATCH_NAMESPACES": text, "IMAGE_PULL_SECRETS": text})
    assert found.watch_namespaces == names
    assert found.images.pull_secrets == names


def test_metrics_can_be_switched_off() -> None:
    assert read({**REQUIRED, "METRICS_PORT": "0"}).metrics_port == 0


NO_IMAGES = ("IMAGE_PULL_POLICY", "IMAGE_PULL_SECRETS", "IMAGE_VOLUMES")


def test_every_image_has_its_variable() -> None:
    names = {f"IMAGE_{name.upper()}": name for name in Images.users()}
    described = [name for name in settings.VARIABLES if name.startswith("IMAGE_")]
    assert set(described) == {*names, *NO_IMAGES}
    found = read({**REQUIRED, **{each: f"example.org/{each.lower()}:1" for each in names}}).images
    for variable, name in names.items():
        assert getattr(found, name) == f"example.org/{variable.lower()}:1"


def test_a_site_may_name_every_image() -> None:
    assert set(Images.users()) == set(Overrides.model_fields) - {"pull_policy", "pull_secrets"}


def test_every_variable_is_read() -> None:
    """One that is described and ignored would be a promise not kept."""
    asked: set[str] = set()

    class Environment(dict[str, str]):
        def get(self, key: str, default: object = None) -> str:  # type: ignore[override]
            asked.add(key)
            return REQUIRED.get(key, "")

    read(Environment())
    assert asked == settings.VARIABLES.keys()


def test_description_lists_every_variable_with_its_default() -> None:
    lines = settings.describe()
    assert [line.split()[0] for line in lines] == list(settings.VARIABLES)
    by_name = {line.split()[0]: line for line in lines}
    assert by_name["OPERATOR_NAMESPACE"].endswith("(required)")
    assert by_name["POD_NAME"].endswith("(empty)")
    assert by_name["HEALTH_PORT"].endswith("path /healthz (8080)")


def test_help_shows_the_settings(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["omero-operator", "--help"])
    with pytest.raises(SystemExit) as ended:
        __main__.main()
    assert ended.value.code == 0
    assert "FULL_PASS_SECONDS" in capsys.readouterr().out


def test_wrong_setting_ends_the_start_with_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["omero-operator"])
    monkeypatch.setattr(
        settings, "read", lambda: (_ for _ in ()).throw(SettingsError("LOG_LEVEL is wrong"))
    )
    with pytest.raises(SystemExit, match=r"^omero-operator: LOG_LEVEL is wrong$"):
        __main__.main()


@pytest.mark.parametrize(("text", "volumes"), [("true", True), ("false", False)])
def test_image_volumes_are_used_where_the_chart_says_so(text: str, volumes: bool) -> None:
    assert read({**REQUIRED, "IMAGE_VOLUMES": text}).images.volumes is volumes
