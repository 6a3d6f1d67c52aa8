"""An entry of several lines is one entry, and has its level: with both collectors.

The OpenTelemetry Collector runs, with the chart's configuration, before doubles of the Kubernetes
API and of the log store. Alloy cannot be run here: its regular expressions are applied by the same
engine, in the order of its stages.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from collector_lab import collected
from go_regexp import matches
from log_entries import FILES, OUTPUT, Written
from omero_ci.charts import MONITORING_CHART

Rendered = Callable[..., list[dict[str, Any]]]
NAMESPACES: Final = "namespaces={lab,school}"
# The stages of Alloy for a pod's output. Those before stage.multiline mark first lines.
STAGES: Final = (
    *("cri", "regex", "template", "output", "multiline", "template", "output"),
    *("regex", "template", "structured_metadata", "label_drop"),
)


def _configuration(rendered: Rendered, *values: str) -> str:
    """The file that the chart gives the collector."""
    options = ("--set", ",".join((NAMESPACES, *values)))
    (text,) = [
        text
        for each in rendered(*options, chart=MONITORING_CHART)
        if each["kind"] == "ConfigMap"
        for name, text in each["data"].items()
        if name in ("config.yaml", "config.alloy")
    ]
    return str(text)


@pytest.fixture
def alloy(rendered: Rendered) -> Callable[[str], str]:
    """The block of a `loki.process` by its name."""
    text = _configuration(rendered, "logs.stack=loki")

    def block(name: str) -> str:
        (found,) = re.findall(rf'^loki\.process "{name}" {{\n(.*?)^}}', text, re.M | re.S)
        return str(found)

    return block


def _stages(block: str) -> list[tuple[str, str]]:
    """The stages and what is in each of them."""
    return re.findall(r"^  stage\.(\w+) \{(.*?)\}$", block, re.M | re.S)


def _patterns(block: str, attribute: str) -> list[str]:
    return re.findall(rf"^ +{attribute} += `([^`]*)`$", block, re.M)


def _levels(found: list[tuple[bool, str]]) -> list[str]:
    names = {"warning": "warn", "critical": "fatal", "panic": "fatal"}
    return [names.get(text.lower(), text.lower()) for _, text in found]


def _joined(lines: list[str], first: list[bool]) -> list[str]:
    """As `stage.multiline`: a line that is no first one belongs to the entry before."""
    entries: list[str] = []
    for line, begins in zip(lines, first, strict=True):
        if begins or not entries:
            entries.append(line)
        else:
            entries[-1] += f"\n{line}"
    return entries


def test_the_collector_stores_each_entry_whole_with_its_level_and_owner(
    rendered: Rendered, tmp_path: Path
) -> None:
    made = yaml.safe_load(_configuration(rendered, *_folders(tmp_path)))
    wanted = sorted(
        (namespace, written.writer, entry, level)
        for namespace, of in (("lab", OUTPUT + FILES), ("school", OUTPUT))
        for written in of
        for entry, level in zip(written.entries, written.levels, strict=True)
    )
    found = collected(made, tmp_path, OUTPUT, FILES, wanted=len(wanted))
    assert sorted(found) == wanted


def _folders(folder: Path) -> tuple[str, str]:
    return f"logs.podLogsFolder={folder / 'output'}", f"logs.kubeletFolder={folder / 'kubelet'}"


@pytest.mark.parametrize("written", OUTPUT, ids=lambda each: each.writer)
def test_alloy_joins_what_a_pod_prints(alloy: Callable[[str], str], written: Written) -> None:
    block = alloy("output")
    assert tuple(name for name, _ in _stages(block)) == STAGES
    continued, level = _patterns(block, "expression")
    templates = _patterns(block, "template")
    # A line that does not go on gets the mark; what is left of it is removed again.
    assert templates[:2] == [
        '{{ if not (or .continued (eq .Entry "")) }}{{ "\\x01" }}{{ .Entry }}{{ end }}',
        '{{ TrimPrefix .Entry "\\x01" }}',
    ]
    assert continued.startswith("(?P<continued>^")
    assert _patterns(block, "firstline") == [r"^\x01"]
    goes_on = [found for found, _ in matches(continued, written.lines)]
    entries = _joined(written.lines, [not one for one in goes_on])
    assert entries == list(written.entries)
    assert _levels(matches(level, entries, "${named}${found}")) == list(written.levels)


@pytest.mark.parametrize("written", FILES, ids=lambda each: each.writer)
def test_alloy_joins_what_is_in_a_file(alloy: Callable[[str], str], written: Written) -> None:
    block = alloy("files")
    (first,) = _patterns(block, "firstline")
    entries = _joined(written.lines, [found for found, _ in matches(first, written.lines)])
    assert entries == list(written.entries)
    (level,) = [each for each in _patterns(block, "expression") if "<found>" in each]
    assert _levels(matches(level, entries, "${named}${found}")) == list(written.levels)


def test_both_collectors_read_the_same(rendered: Rendered, alloy: Callable[[str], str]) -> None:
    """Expressions, time that an entry waits for its next line, and the number of its lines."""
    receivers = yaml.safe_load(_configuration(rendered))["receivers"]
    output, files = receivers["file_log/output"], receivers["file_log/files"]
    (recombined,) = [each for each in output["operators"] if each["type"] == "recombine"]
    continued, *_ = _patterns(alloy("output"), "expression")
    (asked,) = re.findall(r'matches (".*")\)$', recombined["is_first_entry"])
    assert f"(?P<continued>{yaml.safe_load(asked)})" == continued
    assert files["multiline"]["line_start_pattern"] in _patterns(alloy("files"), "firstline")
    for name, receiver in (("output", output), ("files", files)):
        asked_of = {each.get("regex") for each in receiver["operators"]}
        level = _patterns(alloy(name), "expression")[-1 if name == "output" else 1]
        assert level in asked_of
    for block in (alloy("output"), alloy("files")):
        assert "max_lines     = 1000" in block
        # What one loki.process has found out, the next one does not know.
        assert "forward_to = [loki.write.store.receiver]" in block


def test_alloy_reads_the_files_of_all_parts_and_not_its_own_output(rendered: Rendered) -> None:
    text = _configuration(rendered, "logs.stack=loki")
    (files,) = re.findall(r'^discovery\.relabel "files" {\n(.*?)^}', text, re.M | re.S)
    assert "keep" not in files
    (output,) = re.findall(r'^discovery\.relabel "output" {\n(.*?)^}', text, re.M | re.S)
    (rule,) = re.findall(r'regex += "(.*)"\n +action += "drop"', output)
    assert rule == "omero-system;omero-monitoring;alloy"


def test_with_namespaces_the_operators_output_is_read_too(rendered: Rendered) -> None:
    """Its dashboard has a panel of logs, and it is in the namespace of the release."""
    receiver = yaml.safe_load(_configuration(rendered))["receivers"]["file_log/output"]
    folders = [path.split("/")[4] for path in receiver["include"]]
    assert folders == ["lab_*_*", "school_*_*", "omero-system_*_*"]
    text = _configuration(rendered, "logs.stack=loki")
    assert 'names = ["lab","school","omero-system"]' in text
