"""Plugins that a site adds: menu, page, files; a broken one ends the start with its name."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import local_services
from free_ports import free_port

URLS = """
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
def index(request):
    print("somebody looks")
    return render(request, "hello/index.html")
urlpatterns = [path("", index, name="hello_index")]
"""
PAGE = """{% load static %}<script type="module" src="{% static 'hello/page.js' %}"></script>
<link rel="stylesheet" href="{% static 'webclient/css/layout.css' %}">"""


@pytest.fixture
def extra(tmp_path: Path) -> Path:
    """The folder of added plugins, with one plugin `greet` in it."""
    package = tmp_path / "extra" / "greet" / "hello"
    (package / "static" / "hello").mkdir(parents=True)
    (package / "templates" / "hello").mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "settings.py").write_text(
        "from omeroweb.settings import process_custom_settings\n"
        'CUSTOM_SETTINGS_MAPPINGS = {"hello.word": ["WORD", "hi", str, "A word."]}\n'
    )
    (package / "urls.py").write_text(URLS)
    (package / "templates" / "hello" / "index.html").write_text(PAGE)
    (package / "static" / "hello" / "page.js").write_text(
        'import { say } from "./say.js";\nsay();\n'
    )
    (package / "static" / "hello" / "say.js").write_text("export const say = () => {};\n")
    return tmp_path / "extra"


def _variables(extra: Path, static_root: Path, **link: str) -> dict[str, str]:
    plugin: dict[str, Any] = {"name": "greet", "app": "hello"}
    if link:
        plugin["topLink"] = link
    return {
        "WEB_EXTRA_PLUGINS": json.dumps([plugin]),
        "WEB_EXTRA_PLUGINS_FOLDER": str(extra),
        "OMERO_WEB_STATIC_ROOT": str(static_root),
        "TERMINATION_LOG": str(extra / "termination-log"),
    }


def test_an_added_plugin(
    tmp_path: Path,
    extra: Path,
    static_root: Path,
    site: local_services.Site,
    new_visitor: Callable[[str], Any],
    log_lines: Any,
) -> None:
    variables = _variables(extra, static_root, label="Greetings", url="hello_index")
    with local_services.web_beside(site, tmp_path, **variables) as beside:
        visitor = new_visitor(beside.url)
        page = visitor.log_in(site.standin.password).text
        assert "Greetings" in page
        assert 'href="/hello/"' in page
        text = visitor.get("/hello/").text
        files = re.findall(r'(?:src|href)="([^"]+)"', text)
        assert all(re.search(r"\.[0-9a-f]{12}\.(js|css)$", file) for file in files), files
        script = visitor.get(files[0])
        assert "immutable" in script.headers["cache-control"]
        imported = re.findall(r'from "\./(say\.[0-9a-f]{12}\.js)"', script.text)
        assert imported, script.text
        assert visitor.get(f"/static/hello/{imported[0]}").status_code == 200
        printed = [line for line in log_lines(beside) if line["message"] == "somebody looks"]
        assert printed[0]["logger"] == "print"
        assert printed[0]["requestId"]


BROKEN = {
    "nothing there": ({}, "ModuleNotFoundError: No module named 'hello'"),
    "package": ({"__init__.py": "import not_installed"}, "No module named 'not_installed'"),
    "settings": ({"settings.py": "from omeroweb import nothing"}, "ImportError: cannot"),
    "settings' syntax": ({"settings.py": "def"}, "SyntaxError"),
    "application": (
        {"apps.py": "from django.apps import AppConfig\nclass C(AppConfig):\n    name = 'hello'\n"
         "    def ready(self): raise RuntimeError('no licence')\n"},
        "RuntimeError: no licence",
    ),
    "addresses": ({"urls.py": "urlpatterns = [missing]"}, "NameError: name 'missing'"),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_plugin_is_named(
    tmp_path: Path, extra: Path, static_root: Path, site: Any, case: str
) -> None:
    files, problem = BROKEN[case]
    package = extra / "greet" / "hello"
    if not files:
        package.rename(package.with_name("other"))
    for name, text in files.items():
        (package / name).write_text(text)
    variables = site.environment | {
        "OMERODIR": str(tmp_path / "var"),
        "OMERO_WEB_LISTEN_PORT": str(free_port()),
        "WEB_APPS": "",
        **_variables(extra, static_root, label="Greetings", url="hello_index"),
    }
    log = tmp_path / "web.log"
    web = local_services.of_the_image("web", log, local_services.python_environment(**variables))
    assert web.wait(60) == 1, log.read_text()
    said = (extra / "termination-log").read_text()
    assert said.count("\n") == 1
    assert said.startswith("omero-web-container web: plugin greet (spec.web.extraPlugins) cannot")
    assert problem in said, said
