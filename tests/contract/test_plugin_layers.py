"""Every plugin of the platform is in the contracts that all plugins share."""

from __future__ import annotations

import tomllib

from omero_ci.paths import ROOT

LINTER = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
CONTRACTS = {each["name"]: each for each in LINTER["contracts"]}
PLUGINS = {each.parent.name for each in ROOT.glob("plugins/*/src/*/urls.py")}


def test_every_plugin_has_the_layers() -> None:
    assert PLUGINS
    assert set(LINTER["root_packages"]) >= PLUGINS
    assert set(CONTRACTS["plugins: layers"]["containers"]) == PLUGINS


def test_no_view_of_a_plugin_uses_an_adapter() -> None:
    views = CONTRACTS["plugins: views call services"]["source_modules"]
    assert set(views) == {f"{plugin}.views" for plugin in PLUGINS}
