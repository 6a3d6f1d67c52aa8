"""Questions to both log stores as they have to be, and values that try to leave their literals."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from omeroweb_admin_tools.planning.logs.model import NO_LEVEL, Ask, Filter, Range, Site
from omeroweb_admin_tools.planning.logs.sources import SOURCES

SITE = Site("imaging", "demo")
# 2026-11-30 01:02:03 UTC, and an hour and a nanosecond later.
START = 1_796_000_523_000_000_000
SPAN = Range(START, START + 3_600_000_000_001)
OUTPUT = Ask(SOURCES["server"], SPAN, limit=201)
FILES = Ask(SOURCES["server-files"], SPAN, limit=201)
STREAM = '{namespace="imaging", instance="demo", component="server", file=""}'
FILE_STREAM = '{namespace="imaging", instance="demo", component="server", file!=""}'
FIRST = (
    "_time:[2026-11-30T01:02:03.000000000Z, 2026-11-30T02:02:03.000000001Z) "
    'namespace:="imaging" instance:="demo" component:="server"'
)
LAST = "| sort by (_time desc) limit 201 | fields _time, _msg, level, pod, container, file"


def asked(ask: Ask, **wanted: Any) -> Ask:
    return replace(ask, filter=Filter(**wanted))


# What is asked, in LogQL, in LogsQL.
QUESTIONS = {
    "all": (OUTPUT, STREAM, f'{FIRST} file:"" {LAST}'),
    "text": (
        asked(OUTPUT, text='no "disk" (5%)'),
        STREAM + r' |~ "(?i)no \"disk\" \\(5%\\)"',
        FIRST + r' file:"" _msg:~"(?i)no \"disk\" \\(5%\\)" ' + LAST,
    ),
    "levels": (
        asked(OUTPUT, levels=frozenset({"error", "fatal"})),
        f'{STREAM} | level="error" or level="fatal"',
        f'{FIRST} file:"" level:in("error", "fatal") {LAST}',
    ),
    "a level or none": (
        asked(OUTPUT, levels=frozenset({"error", NO_LEVEL})),
        f'{STREAM} | level="error" or level=""',
        f'{FIRST} file:"" (level:in("error") or level:"") {LAST}',
    ),
    "no level": (
        asked(OUTPUT, levels=frozenset({NO_LEVEL})),
        f'{STREAM} | level=""',
        f'{FIRST} file:"" level:"" {LAST}',
    ),
    "files": (FILES, FILE_STREAM, f"{FIRST} file:* {LAST}"),
    "named files and text": (
        asked(FILES, files=frozenset({"Blitz-0.log", "Indexer-0.log"}), text="Ice"),
        f'{FILE_STREAM} |~ "(?i)Ice" | file="Blitz-0.log" or file="Indexer-0.log"',
        f'{FIRST} file:* file:in("Blitz-0.log", "Indexer-0.log") _msg:~"(?i)Ice" {LAST}',
    ),
    "a container": (
        asked(OUTPUT, pod="demo-server-0", container="server"),
        '{namespace="imaging", instance="demo", component="server", pod="demo-server-0", '
        'container="server", file=""}',
        f'{FIRST} file:"" pod:="demo-server-0" container:="server" {LAST}',
    ),
}

NASTY = [
    'x"} or {job=~".+',
    '" | delete',
    "\\",
    '\\"',
    "`raw`",
    "a\nb\r\n\t\0",
    "# no comment",
    "-.*+?[a-z]{2}(b|c)^$",
    "(?i)(?-i)",
    "\ufeff\u2028\u2029\u0085",
    "肝臓 🔬 é",
    "{{.message}} ${x} %s",
    "'); DROP TABLE logs; --",
]


def everywhere(text: str) -> Ask:
    """A question that has a value wherever one can be."""
    wanted = Filter(text, frozenset({text, "error"}), frozenset({text, "a.log"}), text, text)
    return Ask(SOURCES["server-files"], Range(1, 2), wanted, limit=10)
