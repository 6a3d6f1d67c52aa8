"""Modules and style sheets of a page in one file each."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from omero_web_container.bundles import bundles

COMMON = {
    "omero_plugin_common/js/dom.js": 'export function element() {\n  return "made";\n}\n',
    "omero_plugin_common/js/page.js": 'import { element } from "./dom.js";\n\nelement();\n',
}
INDEX = (
    'import { element as make } from "../../omero_plugin_common/js/dom.js";\n'
    'import {\n  Part,\n  name,\n} from "./part.js";\n'
    "\nconsole.log(make(), new Part().value, name);\n"
)
PLUGIN = {
    "omeroweb_x/js/index.js": INDEX,
    "omeroweb_x/js/part.js": (
        'import { element } from "../../omero_plugin_common/js/dom.js";\n\n'
        'const made = element();\nexport const name = "part";\n'
        "export class Part {\n  value = made;\n}\n"
    ),
}


def bundled(files: dict[str, str]) -> dict[str, str]:
    return dict(bundles(files, files.__getitem__))


def test_a_page_is_two_files() -> None:
    # That they run is seen in the browser, by every test of a page.
    found = bundled(COMMON | PLUGIN)
    assert found == {
        "omero_plugin_common/js/page.js": (
            'const $module0 = (() => {\nfunction element() {\n  return "made";\n}\n'
            "return { element };\n})();\n"
            "const $module1 = (() => {\nconst { element } = $module0;\n\nelement();\n"
            "return {  };\n})();\n"
            'export const modules = { "dom.js": $module0, "page.js": $module1 };\n'
        ),
        "omeroweb_x/js/index.js": (
            'import { modules as $common } from "../../omero_plugin_common/js/page.js";\n'
            "const $module0 = (() => {\n"
            'const { element } = $common["dom.js"];\n'
            '\nconst made = element();\nconst name = "part";\nclass Part {\n  value = made;\n}\n'
            "return { name, Part };\n})();\n"
            "const $module1 = (() => {\n"
            'const { element: make } = $common["dom.js"];\n'
            "const { Part, name } = $module0;\n"
            "\nconsole.log(make(), new Part().value, name);\nreturn {  };\n})();\n"
        ),
    }


def test_what_others_have_made_stays_a_file_of_its_own() -> None:
    worker = 'import { sum } from "../vendor/sums.js";\n\nsum();\n'
    files = {"omeroweb_x/vendor/sums.js": "export{a as sum};", "omeroweb_x/js/worker.js": worker}
    # A worker has no page: it takes nothing from the common modules.
    assert bundled(files) == {
        "omeroweb_x/js/worker.js": (
            'import * as $other0 from "../vendor/sums.js";\n'
            "const $module0 = (() => {\nconst { sum } = $other0;\n\nsum();\nreturn {  };\n})();\n"
        )
    }


@pytest.mark.parametrize(
    "part",
    [
        'import Part from "./other.js";\n',
        "export default 1;\n",
        "const here = import.meta.url;\n",
        'const later = import("./other.js");\n',
        'const found = await fetch("x");\n',
        'import { name } from "lodash";\n',
        'import { name } from "./index.js";\n',
    ],
)
def test_what_is_not_understood_stays_as_it_is(part: str) -> None:
    assert set(bundled(COMMON | {**PLUGIN, "omeroweb_x/js/part.js": part})) == {
        "omero_plugin_common/js/page.js"
    }


def test_a_style_sheet_holds_those_that_it_imports() -> None:
    files = {
        "omero_plugin_common/css/page.css": '@import url("tokens.css");\n\na { color: red; }\n',
        "omero_plugin_common/css/tokens.css": ":root { --x: 1; }\n",
        "omeroweb_x/css/x.css": "b { color: red; }\n",
    }
    assert bundled(files) == {
        "omero_plugin_common/css/page.css": ":root { --x: 1; }\n\n\na { color: red; }\n"
    }


def test_our_own_modules_are_all_understood() -> None:
    root = Path(__file__).resolve().parents[3]
    places = [root / "common/src/omero_plugin_common/static"]
    places += root.glob("plugins/*/src/*/static")
    files = {
        str(file.relative_to(place)): file.read_text()
        for place in places
        for kind in ("*.js", "*.css")
        for file in place.rglob(kind)
    }
    found = bundled(files)
    starts = {name for name in files if re.search(r"/js/(?:page|index)\.js$", name)}
    assert starts <= set(found)
    for name in starts:
        others = re.findall(r'^import .* from "(?!.*/page\.js")(.*)"', found[name], re.MULTILINE)
        assert all(each.startswith("../vendor/") for each in others)
