"""Which applications a site gets, and what the configuration then says."""

from __future__ import annotations

import importlib.util
import json
import os
from pathlib import Path

import pytest
from omero_web_container import catalogue, config_files, worker
from omero_web_container.catalogue import App
from omero_web_container.extra_plugins import ExtraPlugin, extra_plugins

from omero_plugin_common.env_utils import EnvironmentProblem

ROOT = Path(__file__).parents[3]


def test_the_nine_applications_are_there() -> None:
    assert set(catalogue.all_apps()) >= {
        "gallery", "figure", "fpbioimage", "iviewer", "mapr", "parade", "zarr", "autotag",
        "tagsearch",
    }  # fmt: skip


def test_every_plugin_of_the_platform_is_in_the_image_with_its_link() -> None:
    shipped = {folder.name for folder in (ROOT / "plugins").iterdir() if folder.is_dir()}
    listed = {app.app: app for app in catalogue.all_apps().values()}
    assert shipped <= listed.keys()
    dockerfile = (ROOT / "images" / "omero-web" / "Dockerfile").read_text()
    for name in shipped:
        ((_label, view, _attributes),) = listed[name].append["omero.web.ui.top_links"]
        assert view == f"{name}_index"
        assert dockerfile.count(f"plugins/{name}/src") == 2, "static files, and the image itself"


def test_whoever_has_jobs_is_known_to_the_worker() -> None:
    """A page whose job the worker does not know would wait for ever."""
    for app in catalogue.all_apps().values():
        package = importlib.util.find_spec(app.app)
        assert package and package.submodule_search_locations
        (folder,) = package.submodule_search_locations
        files = [*Path(folder).glob("jobs.py"), *Path(folder).glob("jobs/*.py")]
        text = "".join(file.read_text() for file in files)
        assert app.jobs == ("omero_plugin_common.jobs" in text), app.name


def test_the_worker_loads_what_has_jobs_and_what_is_added(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEB_APPS", "figure,omp")
    added = [ExtraPlugin("hello", "hello_app", Path("/opt/omero/web/extra/hello"))]
    assert worker.packages_with_jobs(catalogue.chosen_apps(), added) == [
        "omeroweb_omp_plugin",
        "hello_app",
    ]


@pytest.mark.parametrize("text", ["", " ", ","])
def test_none_when_none_is_named(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("WEB_APPS", text)
    assert catalogue.chosen_apps() == []


def test_in_the_order_of_the_site_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEB_APPS", "iviewer, figure,iviewer")
    assert [app.name for app in catalogue.chosen_apps()] == ["iviewer", "figure"]


def test_an_unknown_name_is_told_with_the_known_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEB_APPS", "figure,webtagging")
    with pytest.raises(EnvironmentProblem, match=r"spec\.web\.apps.*webtagging.*gallery, figure"):
        catalogue.chosen_apps()


def test_a_variable_of_the_site_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZARR_DEFAULT_ZARR_FORMAT", "3")
    monkeypatch.delenv("ZARR_ARRAY__WRITE_EMPTY_CHUNKS", raising=False)
    catalogue.set_environment([catalogue.all_apps()["zarr"]])
    assert os.environ["ZARR_DEFAULT_ZARR_FORMAT"] == "3"
    assert os.environ.pop("ZARR_ARRAY__WRITE_EMPTY_CHUNKS") == "True"


PLUGINS = """[
    {"name": "a", "app": "a.b", "topLink": {"label": "A", "url": "u"}}, {"name": "c", "app": "c"}
]"""


def test_extra_plugins_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEB_EXTRA_PLUGINS", PLUGINS)
    first, second = extra_plugins()
    assert first == ExtraPlugin("a", "a.b", Path("/opt/omero/web/extra/a"), ("A", "u"))
    assert second.top_link is None


@pytest.mark.parametrize(
    "text",
    [
        "{", "[1]", '[{"name": "a"}]', '[{"name": "../a", "app": "a"}]', '{"name": "a"}',
        '[{"name": "a", "app": "a; import os"}]', '[{"name": "a", "app": "a", "topLink": 1}]',
    ],
)  # fmt: skip
def test_extra_plugins_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("WEB_EXTRA_PLUGINS", text)
    with pytest.raises(EnvironmentProblem, match="WEB_EXTRA_PLUGINS cannot be read"):
        extra_plugins()


@pytest.fixture
def omerodir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """OMERO's folder, where its command looks for the configuration."""
    monkeypatch.setenv("OMERODIR", str(tmp_path / "omero"))
    return tmp_path / "omero"


def _drop_in(folder: Path, text: str) -> Path:
    file = folder / "90-platform.omero"
    file.write_text(text)
    return file


LINKS = {"omero.web.ui.top_links": [["App", "app_index"]]}


def test_a_drop_in_appends_to_the_applications_and_wins(tmp_path: Path, omerodir: Path) -> None:
    apps = [App("one", "one_app", append=LINKS, set={"omero.web.viewer.view": "one.view"})]
    plugins = [ExtraPlugin("extra", "extra_app", tmp_path, ("Extra", "extra_index"))]
    text = """
# a comment
config append -- omero.web.ui.top_links '["Wiki", "https://wiki.example.org/"]'
config set -- omero.web.page_size 17
config set -- omero.web.viewer.view site.view
config set -- omero.web.login_logo ''
"""
    held = config_files.write_config(
        omerodir, {"omero.web.page_size": "200"}, apps, plugins, [_drop_in(tmp_path, text)]
    )
    labels = [link[0] for link in json.loads(held["omero.web.ui.top_links"])]
    assert labels == ["Data", "History", "Help", "App", "Extra", "Wiki"]
    assert json.loads(held["omero.web.apps"]) == ["one_app", "extra_app"]
    assert (held["omero.web.page_size"], held["omero.web.viewer.view"]) == ("17", "site.view")


def test_a_restart_writes_the_same_again(tmp_path: Path, omerodir: Path) -> None:
    files = [_drop_in(tmp_path, "config append -- omero.web.apps '\"corsheaders\"'\n")]
    first = config_files.write_config(omerodir, {}, [], [], files)
    assert config_files.write_config(omerodir, {}, [], [], files) == first


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("config append -- omero.web.apps secret", "Expecting value"),
        ("config append -- omero.web.page_size 1", "is not a list"),
        ("config append omero.web.apps secret", "Expecting value"),
        ("config sett -- a secret", "set, upgrade, version"),
    ],
)
def test_a_wrong_line_is_named_without_its_value(
    tmp_path: Path, omerodir: Path, line: str, reason: str
) -> None:
    with pytest.raises(config_files.CannotStart) as caught:
        config_files.write_config(omerodir, {}, [], [], [_drop_in(tmp_path, f"\n{line}\n")])
    said = str(caught.value)
    assert "line 2 of" in said
    assert "spec.web" in said
    assert reason in said
    assert "secret" not in said
