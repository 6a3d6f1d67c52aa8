"""A double of a log store: it speaks as much of Loki's and VictoriaLogs' APIs as the plugin asks.

It reads component, time, order and limit of a question, and nothing else of its filters: what the
stores make of those is theirs. Among entries of one moment it cuts anywhere, as they do.
"""

from __future__ import annotations

import json
import re
import threading
import time
from dataclasses import dataclass, field

from omeroweb_admin_tools.planning.logs.logsql import rfc3339
from omeroweb_admin_tools.planning.logs.model import Entry

_MOMENT = re.compile(r"_time:\[(\S+), (\S+)\)")


@dataclass
class LogStoreDouble:
    """What it answers, and what it was asked.

    Attributes:
        stack: whose API it speaks.
        entries: what it has; `source` is the component.
        away: components whose questions are answered with an error of the store.
        slow: seconds before an answer, by component.
        together: each question waits here until as many as it counts are there.
        status: of every answer.
        asked: path, headers and form of each question.
    """

    stack: str
    entries: list[Entry] = field(default_factory=list)
    away: set[str] = field(default_factory=set)
    slow: dict[str, float] = field(default_factory=dict)
    together: threading.Barrier | None = None
    status: int = 200
    asked: list[tuple[str, dict[str, str], dict[str, str]]] = field(default_factory=list)
    url: str = ""

    def answer(self, path: str, form: dict[str, str]) -> tuple[int, str]:
        """Status and body."""
        query = form["query"]
        component = re.findall(r'component:?="([^"]*)"', query)[0]
        if self.together:
            self.together.wait()
        time.sleep(self.slow.get(component, 0))
        if component in self.away:
            return 500, f"too many outstanding requests for {component}"
        if self.status != 200:
            return self.status, "rejected"
        if path.endswith("values"):
            return 200, self._names(component)
        files = 'file!=""' in query or "file:*" in query
        start, end, limit, newest_first = self._limits(form)
        rows = [
            each
            for each in self.entries
            if each.source == component
            and bool(each.file) == files
            and start <= rfc3339(each.moment) < end
        ]
        rows.sort(key=lambda each: -each.moment if newest_first else each.moment)
        return 200, self._written(rows[:limit])

    def _limits(self, form: dict[str, str]) -> tuple[str, str, int, bool]:
        query = form["query"]
        if self.stack == "loki":
            start, end = (rfc3339(int(form[name])) for name in ("start", "end"))
            return start, end, int(form["limit"]), form["direction"] == "backward"
        start, end = _MOMENT.findall(query)[0]
        return start, end, int(re.findall(r"limit (\d+)", query)[-1]), "_time desc" in query

    def _written(self, rows: list[Entry]) -> str:
        if self.stack == "victorialogs":
            lines = [
                {
                    "_time": rfc3339(each.moment),
                    "_msg": each.text,
                    "level": each.level,
                    "pod": each.pod,
                    "container": each.container,
                    "file": each.file,
                }
                for each in rows
            ]
            return "".join(f"{json.dumps(each)}\n" for each in lines)
        streams: dict[tuple[str, ...], list[list[str]]] = {}
        for each in rows:
            labels = (each.level, each.pod, each.container, each.file)
            streams.setdefault(labels, []).append([str(each.moment), each.text])
        result = [
            {
                "stream": dict(zip(("level", "pod", "container", "file"), key, strict=True)),
                "values": values,
            }
            for key, values in streams.items()
        ]
        return json.dumps(
            {"status": "success", "data": {"resultType": "streams", "result": result}}
        )

    def _names(self, component: str) -> str:
        names = sorted(
            {each.file for each in self.entries if each.source == component and each.file}
        )
        if self.stack == "loki":
            return json.dumps({"status": "success", "data": names})
        return json.dumps({"values": [{"value": each, "hits": 1} for each in names]})
