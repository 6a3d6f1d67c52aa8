"""The recipe of the image `omero-server`: it cannot be built where the tests run, so it is read.

Its base is an image that only a registry has. What is tried here: that every source is pinned, that
what it copies exists, that nothing is fetched at its start, and the programs of its build.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml

from omero_ci import jmx_agent

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "images" / "omero-server"
TEXT = (FOLDER / "Dockerfile").read_text()
# Continued lines are one instruction; comments between them are none.
INSTRUCTIONS = re.sub(r"^\s*#.*\n", "", TEXT, flags=re.MULTILINE).replace("\\\n", " ").splitlines()
ARGUMENTS = dict(re.findall(r"^ARG (\w+)=(.*)$", TEXT, re.MULTILINE))


def test_every_stage_is_on_the_public_image_by_its_digest() -> None:
    bases = [line.split()[1] for line in INSTRUCTIONS if line.startswith("FROM ")]
    stages = [line.split()[3] for line in INSTRUCTIONS if re.match("FROM .* AS ", line)]
    assert set(bases) <= {"${BASE}", *stages}
    assert re.fullmatch(
        r"docker\.io/openmicroscopy/omero-server:[0-9.]+@sha256:[0-9a-f]{64}", ARGUMENTS["BASE"]
    )


def test_every_source_is_pinned_by_a_hash() -> None:
    text = "\n".join(line for line in INSTRUCTIONS if line.startswith("RUN "))
    fetched = re.findall(r"at_commit\.sh (\S+) \"\$\{(\w+)\}\"", text)
    assert len(fetched) == text.count("at_commit.sh ") == text.count("https://") == 4
    for address, argument in fetched:
        assert re.fullmatch("[0-9a-f]{40}", ARGUMENTS[argument]), address
    assert text.count("pip install") == text.count("--require-hashes --no-deps") == 3
    for word in ("curl", "wget", "git clone", "ADD "):
        assert word not in TEXT


def test_the_agent_is_the_one_that_was_tried() -> None:
    assert ARGUMENTS["JMX_AGENT_SHA256"] == jmx_agent.AGENT.sha256
    assert ARGUMENTS["JMX_AGENT"] == jmx_agent.AGENT.version
    (run,) = (line for line in INSTRUCTIONS if "mvn " in line)
    assert 'echo "${JMX_AGENT_SHA256}  /jmx/agent.jar" | sha256sum --check --strict' in run


def test_each_rule_of_the_agent_found_something_when_it_was_tried() -> None:
    told = {
        line.split("{")[0].split(" ")[0] for line in jmx_agent.EXPECTED.read_text().splitlines()
    }
    rules = yaml.safe_load(jmx_agent.CONFIG.read_text())["rules"]
    assert told == {rule["name"] for rule in rules}


def test_what_is_copied_exists() -> None:
    copied = [
        word
        for line in INSTRUCTIONS
        if line.startswith("COPY ") and "--from" not in line
        for word in line.split()[1:-1]
        if not word.startswith("--")
    ]
    assert len(copied) >= 10
    assert [path for path in copied if not (ROOT / path).exists()] == []


def test_nothing_is_fetched_when_it_starts() -> None:
    files = [*(FOLDER / "start").rglob("*.py"), *(FOLDER / "programs").iterdir()]
    assert len(files) >= 12
    for file in files:
        found = re.search(r"https?://|\b(curl|wget|urllib|pip|git|dnf)\b", file.read_text())
        assert not found, f"{file}: {found and found[0]}"


def test_it_runs_our_start_up_and_not_the_public_one() -> None:
    assert '"/usr/local/bin/dumb-init"' in TEXT
    assert "rm -rf /start /startup" in TEXT
    assert INSTRUCTIONS[[line[:4] for line in INSTRUCTIONS].index("CMD ")] == 'CMD ["all"]'


def _at_commit(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [FOLDER / "at_commit.sh", *map(str, arguments)], capture_output=True, text=True, check=False
    )


def _git(folder: Path, *words: str) -> str:
    who = {
        f"GIT_{each}_{key}": "a@b" for each in ("AUTHOR", "COMMITTER") for key in ("NAME", "EMAIL")
    }
    done = subprocess.run(
        ["git", *words],
        cwd=folder,
        env={**os.environ, **who},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_a_repository_is_fetched_at_one_commit_only(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    _git(source, "init", "--quiet")
    (source / "script.py").write_text("old")
    _git(source, "add", ".")
    _git(source, "commit", "--quiet", "-m", "first")
    commit = _git(source, "rev-parse", "HEAD")
    (source / "script.py").write_text("new")
    _git(source, "commit", "--quiet", "-a", "-m", "second")
    _git(source, "config", "uploadpack.allowAnySHA1InWant", "true")
    assert _at_commit(f"file://{source}", commit, tmp_path / "target").returncode == 0
    assert [each.name for each in (tmp_path / "target").iterdir()] == ["script.py"]
    assert (tmp_path / "target" / "script.py").read_text() == "old"
    for wrong in ("main", commit[:12], "HEAD" * 10):
        refused = _at_commit(f"file://{source}", wrong, tmp_path / "other")
        assert (refused.returncode, "commit" in refused.stderr) == (2, True)
    assert _at_commit(f"file://{source}", "0" * 40, tmp_path / "other").returncode


@pytest.mark.parametrize(
    ("names", "digest", "words"),
    [
        (["a/downloader-jar-with-dependencies.jar"], "", ""),
        (["a/downloader-jar-with-dependencies.jar"], "0" * 64, "has the SHA-256"),
        (["README.md"], "", "has 0 jars named"),
    ],
)
def test_the_downloader_is_checked_before_it_is_unpacked(
    tmp_path: Path, names: list[str], digest: str, words: str
) -> None:
    sys.path.insert(0, str(FOLDER))
    try:
        import downloader
    finally:
        sys.path.remove(str(FOLDER))
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name in names:
            archive.writestr(name, "jar")
    expected = digest or hashlib.sha256(content.getvalue()).hexdigest()
    if words:
        with pytest.raises(SystemExit, match=words):
            downloader.unpack("https://example.org/x.zip", content.getvalue(), expected, tmp_path)
        assert list(tmp_path.iterdir()) == []
    else:
        downloader.unpack("https://example.org/x.zip", content.getvalue(), expected, tmp_path)
        assert (tmp_path / "downloader.jar").read_text() == "jar"
