"""Every property of OMERO.web and its applications has a row in the table that all go by."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path

from omero_web_container import public_address
from omero_web_container.config_files import _DEFAULTS
from omero_web_container.properties import table

from omero_ci.paths import ROOT
from omero_operator.api.v1alpha1 import web_properties

PAGE = ROOT / "docs" / "omero-web.md"
# Their names only look like it: a link on the login page, and the name of a key in the cache.
NO_SECRETS = {"omero.web.show_forgot_password", "omero.web.public.cache.key"}
BEGIN, END = "<!-- properties: begin -->\n", "<!-- properties: end -->\n"
# Where they declare their properties: OMERO.web finds the first two by itself.
PACKAGES = (
    "omeroweb",
    "omero_figure",
    "omero_gallery",
    "omero_fpbioimage",
    "omero_iviewer",
    "omero_mapr",
    "omero_parade",
    "omero_web_zarr",
    "omero_autotag",
    "omero_tagsearch",
)


def declared(package: str) -> Iterator[str]:
    """The properties in a package's tables of settings; read, not run: they need a whole OMERO."""
    found = find_spec(package)
    assert found and found.origin, package
    for file in sorted(Path(found.origin).parent.rglob("*settings.py")):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict):
                names = [target.id for target in node.targets if isinstance(target, ast.Name)]
                if any("SETTINGS_MAPPING" in name for name in names):
                    yield from (ast.literal_eval(key) for key in node.value.keys if key)


def test_every_property_of_omero_web_and_the_applications_has_a_row() -> None:
    """A new version with a new property fails here until somebody decides what becomes of it."""
    known = {name for package in PACKAGES for name in declared(package)}
    assert len(known) > 130
    assert table().refused.keys() | table().honoured.keys() == known
    assert table().refused.keys() & table().honoured.keys() == set()


def test_the_operator_refuses_what_the_image_refuses_in_the_same_words() -> None:
    operator = {name: why for why, names in web_properties.REFUSED.items() for name in names}
    assert operator == table().refused


def test_secrets_are_what_the_operator_takes_from_secrets_alone() -> None:
    assert set(web_properties.SECRET) == table().secret
    assert table().secret <= table().honoured.keys()
    secret = {name for name in table().honoured if re.search("password|secret|token|key$", name)}
    assert secret - NO_SECRETS == table().secret


def test_what_follows_from_the_address_cannot_be_set_beside_it(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.delenv("INGRESS_HOST", raising=False)
    for url in ("", "http://a.org/lab/", "https://a.org:8443/"):
        monkeypatch.setenv("PUBLIC_URL", url)
        assert public_address.properties().keys() <= table().refused.keys()
    assert _DEFAULTS.keys() <= table().honoured.keys()


def test_messages_fit_into_the_definition() -> None:
    """Kubernetes takes up to 2048 characters and no line break."""
    assert all(len(message) <= 2048 for _, message in web_properties.rules())


def _names(names: list[str]) -> str:
    return " ".join(f"`{name}`" for name in names)


def rendered() -> str:
    """The part of the page."""
    lines = ["| rejected | reason |", "|---|---|"]
    by_reason = groupby(table().refused.items(), key=lambda item: item[1])
    lines += [f"| {_names([name for name, _ in rows])} | {why} |" for why, rows in by_reason]
    lines += ["", "| accepted | notes |", "|---|---|"]
    noted = [(name, note) for name, note in table().honoured.items() if note]
    lines += [f"| `{name}` | {note} |" for name, note in noted]
    plain = [name for name, note in table().honoured.items() if not note]
    lines += ["", f"Accepted as OMERO.web and the applications document them: {_names(plain)}."]
    return "\n".join(lines) + "\n"


def test_page_shows_the_table() -> None:
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    shown, _, after = rest.partition(END)
    if os.environ.get("UPDATE_GOLDEN"):
        PAGE.write_text(f"{before}{BEGIN}{rendered()}{END}{after}", encoding="utf-8")
        shown = rendered()
    assert shown == rendered(), (
        f"{PAGE.name} does not show the table: run `UPDATE_GOLDEN=1 .venv/bin/python -m pytest "
        "tests/contract/test_web_properties.py`, look at `git diff`, and commit the page."
    )
