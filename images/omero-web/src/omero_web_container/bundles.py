"""One file from many: a page loads its modules and style sheets with two requests each, not thirty.

The sources stay small files that a browser can load as they are; when they are collected, the one
that starts a page is replaced by a file that holds all it needs:

- `omero_plugin_common/js/page.js`, which every page loads, holds all modules of its folder and
  exports them as `modules`, so that each still exists once;
- a module of a plugin that no other of its folder imports holds those that it imports, and takes
  the common ones from `page.js`; what others have made, in a folder beside `js/`, stays a file of
  its own;
- a style sheet holds those of its folder that it imports.

Only the plain forms are understood: imports and exports by name, one declaration each, at the start
of a line. A module in any other form stays as it is, with its own requests.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Final

COMMON: Final = "omero_plugin_common/js/"
START: Final = f"{COMMON}page.js"
_FOLDER: Final = re.compile(r"(?:omero_plugin_common|omeroweb_\w+)/js/[\w-]+\.js")
_SHEET: Final = re.compile(r"(?:omero_plugin_common|omeroweb_\w+)/css/[\w-]+\.css")
_IMPORT: Final = re.compile(r'^import (?:\{([^}]*)\} from )?"([^"\n]+)";\n', re.MULTILINE)
_EXPORT: Final = re.compile(r"^export ((?:async )?(?:function|class|const) (\w+))", re.MULTILINE)
# What would mean something else, or nothing, inside of a function.
_OTHER: Final = re.compile(
    r"^(?:import|export)\b|\bimport(?:\.meta|\s*\()|^await |^(?:const|let) .*= await ", re.MULTILINE
)
_SHEET_IMPORT: Final = re.compile(r'^@import url\("([\w-]+\.css)"\);\n', re.MULTILINE)

Reading = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class _Module:
    """A module, taken apart.

    Attributes:
        imports: what it imports, as `a, b as c`, and from where; names of files.
        exports: its names.
        body: its text without those.
    """

    imports: tuple[tuple[str, str], ...]
    exports: tuple[str, ...]
    body: str


class _NotPlain(Exception):
    """A module in a form that is left alone."""


def bundles(names: Collection[str], read: Reading) -> Iterator[tuple[str, str]]:
    """The files that are replaced, with their new texts.

    Args:
        names: all collected files.
        read: gives the text of one.
    """
    for name in sorted(names):
        if _SHEET.fullmatch(name):
            whole = _with_imports(name, names, read)
            if whole != read(name):
                yield name, whole
    modules = {}
    for name in filter(_FOLDER.fullmatch, sorted(names)):
        try:
            modules[name] = _parsed(name, read(name))
        except _NotPlain:
            continue
    imported = {target for each in modules.values() for _, target in each.imports}
    for name in modules:
        common = name.startswith(COMMON)
        if name != START and (common or name in imported or not modules[name].imports):
            continue
        try:
            inside = _ordered([n for n in modules if n.startswith(COMMON)] if common else [name],
                              modules, outside=() if common else (COMMON,))  # fmt: skip
        except _NotPlain:
            continue
        yield name, _bundle(name, inside, modules)


def _with_imports(name: str, names: Collection[str], read: Reading) -> str:
    """A style sheet with those of its folder in the place where it imports them."""

    def whole(found: re.Match[str]) -> str:
        target = posixpath.join(posixpath.dirname(name), found[1])
        return _with_imports(target, names, read) + "\n" if target in names else found[0]

    return _SHEET_IMPORT.sub(whole, read(name))


def _parsed(name: str, text: str) -> _Module:
    imports = tuple(
        (" ".join((found[1] or "").split()).strip(", "), _target(name, found[2]))
        for found in _IMPORT.finditer(text)
    )
    exports = tuple(found[2] for found in _EXPORT.finditer(text))
    body = _EXPORT.sub(r"\1", _IMPORT.sub("", text))
    if _OTHER.search(body):
        raise _NotPlain(name)
    return _Module(imports, exports, body)


def _target(name: str, address: str) -> str:
    if not address.startswith("."):
        raise _NotPlain(name)
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), address))


def _ordered(
    names: list[str], modules: dict[str, _Module], *, outside: tuple[str, ...]
) -> list[str]:
    """These modules and what they import, each after what it imports."""
    done: list[str] = []
    under: list[str] = []

    def add(name: str) -> None:
        if name in done or name.startswith(outside) or _of_others(name):
            return
        if name in under or name not in modules:
            raise _NotPlain(name)
        under.append(name)
        for _, target in modules[name].imports:
            add(target)
        under.pop()
        done.append(name)

    for name in names:
        add(name)
    return done


def _of_others(target: str) -> bool:
    """Whether it is no module of ours, such as `omeroweb_x/vendor/y.js`."""
    return not _FOLDER.fullmatch(target)


def _bundle(name: str, inside: list[str], modules: dict[str, _Module]) -> str:
    """Each module in a function of its own, so that their names do not meet."""
    places = {each: f"$module{number}" for number, each in enumerate(inside)}
    targets = dict.fromkeys(target for each in inside for _, target in modules[each].imports)
    folder = posixpath.dirname(name)
    parts = []
    if not name.startswith(COMMON) and any(each.startswith(COMMON) for each in targets):
        start = posixpath.relpath(START, folder)
        parts.append(f'import {{ modules as $common }} from "{start}";\n')
    for number, each in enumerate(filter(_of_others, targets)):
        places[each] = f"$other{number}"
        parts.append(f'import * as {places[each]} from "{posixpath.relpath(each, folder)}";\n')
    for each in inside:
        module = modules[each]
        taken = "".join(
            f"const {{ {names.replace(' as ', ': ')} }} = {_place(target, places)};\n"
            for names, target in module.imports
            if names
        )
        given = f"return {{ {', '.join(module.exports)} }};\n"
        parts.append(f"const {places[each]} = (() => {{\n{taken}{module.body}{given}}})();\n")
    if name == START:
        listed = ", ".join(f'"{posixpath.basename(each)}": {places[each]}' for each in inside)
        parts.append(f"export const modules = {{ {listed} }};\n")
    return "".join(parts)


def _place(target: str, places: dict[str, str]) -> str:
    return places.get(target) or f'$common["{posixpath.basename(target)}"]'
