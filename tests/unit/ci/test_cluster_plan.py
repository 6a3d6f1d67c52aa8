"""What the local cluster would write, run and refuse, without a cluster."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from local_cluster import (
    addons,
    archives,
    cgroups,
    cli,
    control_plane,
    delete,
    firewall,
    image_load,
    images,
    networks,
    node_config,
    preflight,
)
from local_cluster import settings as cluster_settings
from local_cluster.settings import PORT_NAMES, Settings
from tools.common.errors import CommandError
from tools.common.paths import cache_folder


def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **changes: Any) -> Settings:
    monkeypatch.setenv("OMERO_PLATFORM_CACHE", str(tmp_path))
    values: dict[str, Any] = {
        "name": "trial",
        "has_node": True,
        "ports": {name: 21000 + number for number, name in enumerate(PORT_NAMES)},
        "network": 77,
        "http_port": 8080,
        "https_port": 8443,
    }
    return Settings(**(values | changes))


@pytest.mark.parametrize(
    ("variables", "folder"),
    [
        ({"OMERO_PLATFORM_CACHE": "/a", "XDG_CACHE_HOME": "/b"}, "/a"),
        ({"XDG_CACHE_HOME": "/b"}, "/b/omero-platform"),
        ({"HOME": "/c"}, "/c/.cache/omero-platform"),
    ],
)
def test_cache_folder(
    variables: dict[str, str], folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OMERO_PLATFORM_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert cache_folder() == Path(folder)


def test_settings_come_back_as_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = make(tmp_path, monkeypatch)
    settings.save()
    assert cluster_settings.load("trial") == settings
    assert cluster_settings.load("other") is None
    assert cluster_settings.all_names() == ["trial"]
    file = settings.folder / "settings.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"of_another_version": 1}))
    assert cluster_settings.load("trial") == settings


@pytest.mark.parametrize("name", ["", "Trial", "-a", "a-", "a/b", "..", "x" * 31])
def test_names_that_would_not_do(name: str) -> None:
    with pytest.raises(CommandError, match="cannot name a cluster"):
        cluster_settings.check_name(name)


def test_addresses_agree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = make(tmp_path, monkeypatch)
    assert len(settings.bridge) <= 15
    assert settings.server == "https://127.0.0.1:21000"
    assert settings.api_bind_address == settings.node_address == "10.77.0.1"
    alone = make(tmp_path, monkeypatch, has_node=False)
    assert alone.api_bind_address == "127.0.0.1"


def test_a_free_network_avoids_routes_and_other_clusters() -> None:
    assert networks.free_network([], set()) == 77
    assert networks.free_network(["10.77.3.0/24", "192.168.0.0/16"], {78}) == 79
    with pytest.raises(CommandError, match="no free network"):
        networks.free_network(["10.0.0.0/8"], set())


def test_api_server_flags(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flags = set(map(str, control_plane.api_server(make(tmp_path, monkeypatch))))
    assert {"--authorization-mode=Node,RBAC", "--profiling=false"} <= flags
    assert not any(flag.startswith("--disable-admission-plugins") for flag in flags)
    assert "--endpoint-reconciler-type=none" not in flags
    alone = control_plane.api_server(make(tmp_path, monkeypatch, has_node=False))
    assert "--endpoint-reconciler-type=none" in alone


def test_node_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = make(tmp_path, monkeypatch)
    kubelet = node_config.kubelet(settings)
    assert kubelet["address"] == "10.77.0.1"
    assert kubelet["cgroupRoot"] == "/omero-platform-trial"
    assert node_config.kube_proxy(settings)["nodePortAddresses"][0] == "127.0.0.0/8"
    assert "restrict_oom_score_adj = true" in node_config.containerd(settings, "pause")


def test_manifests_take_all_their_values() -> None:
    names = (
        *("image", "dns_address", "forward", "volumes"),
        *("ingress_address", "http_port", "https_port", "health_port"),
        *("metrics_server_authority", "metrics_server_certificate", "metrics_server_key"),
    )
    values = {name: f"<{name}>" for name in names}
    text = "".join(addons.render(addon, values) for addon in addons.ADDONS)
    assert all(f"<{name}>" in text for name in names)
    assert "${" not in text
    assert '"$VOL_DIR"' in text, "the shell's own variable stays"


def test_firewall_loses_our_rules_only() -> None:
    kept = [
        "*nat\n",
        ":PREROUTING ACCEPT [0:0]\n",
        ":DOCKER - [0:0]\n",
        "-A POSTROUTING -s 172.17.0.0/16 -j MASQUERADE\n",
        "-A OUTPUT -j OMERO-PLATFORM-OTHER\n",
    ]
    ours = [
        ":KUBE-SERVICES - [0:0]\n",
        ":CNI-0123 - [0:0]\n",
        ":OMERO-ABCD - [0:0]\n",
        '-A PREROUTING -m comment --comment "portals" -j KUBE-SERVICES\n',
        "-A POSTROUTING -s 10.77.0.2/32 -j CNI-0123\n",
        "-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000\n",
        "-A OUTPUT -j OMERO-ABCD\n",
        "-A OMERO-ABCD -d 127.0.0.1/32 -j DNAT --to-destination 10.77.0.1:1\n",
    ]
    saved = "".join([*kept[:3], *ours, *kept[3:], "COMMIT\n"])
    cleaned = firewall.without_our_rules(saved, "OMERO-ABCD")
    assert cleaned == "".join([*kept, "COMMIT\n"])
    assert firewall.table_names(saved) == ["nat"]


def test_mounts_below_are_taken_from_the_last() -> None:
    rows = [
        "1 0 8:1 / / rw - ext4 /dev/vda rw",
        r"2 1 0:1 / /run/om/a\040b rw - tmpfs tmpfs rw",
        "3 2 0:1 / /run/om/c rw - tmpfs tmpfs rw",
        "4 1 0:1 / /run/omx rw - tmpfs tmpfs rw",
    ]
    assert delete.mounts_below("\n".join(rows), [Path("/run/om")]) == ["/run/om/c", "/run/om/a b"]


def test_hierarchies_of_both_versions() -> None:
    mounts = "cgroup /cg/pids cgroup rw 0 0\ncgroup2 /cg/unified cgroup2 rw 0 0\nproc /proc proc rw"
    assert cgroups.parse_hierarchies(mounts) == [Path("/cg/pids"), Path("/cg/unified")]


def test_kernel_refusal_names_what_is_missing(tmp_path: Path) -> None:
    missing = preflight.missing_kernel_features("nodev\ttmpfs\n", tmp_path)
    assert len(missing) == 3
    assert "modprobe overlay" in missing[0]


def test_missing_programs_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMERO_PLATFORM_CACHE", str(tmp_path))
    with pytest.raises(CommandError, match=r"not installed: etcd, .*ci/tools/install"):
        preflight.check_programs(has_node=False)


def test_a_standing_cluster_stays_what_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = make(tmp_path, monkeypatch)
    preflight.check_same(settings, True, None, None)
    preflight.check_same(settings, True, 8080, 8443)
    with pytest.raises(CommandError, match="whole cluster"):
        preflight.check_same(settings, False, None, None)
    with pytest.raises(CommandError, match="8080 and 8443"):
        preflight.check_same(settings, True, 9090, None)


def test_a_taken_ingress_port_is_refused_with_its_flag(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = make(tmp_path, monkeypatch)
    monkeypatch.setattr(preflight, "port_is_free", lambda port: port != 8443)
    with pytest.raises(CommandError, match=r"port 8443 .* --https-port"):
        preflight._check_ports(settings, [])


def test_without_root_there_is_no_node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight, "check_programs", lambda has_node: None)
    monkeypatch.setattr(preflight, "is_root", lambda: False)
    settings = make(tmp_path, monkeypatch)
    with pytest.raises(CommandError, match="--control-plane-only"):
        preflight.check_machine(settings, settings.services)


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only program of the addons' image."""
    monkeypatch.setenv("OMERO_PLATFORM_CACHE", str(tmp_path))
    monkeypatch.setattr(images, "PROGRAMS", ["coredns"])
    monkeypatch.setattr(images, "BUSYBOX", Path(__file__))
    made = tmp_path / "bin" / "coredns"
    made.parent.mkdir()
    made.write_bytes(b"\x7fELF" + bytes(5000))
    return made


def _image(archive: Path, name: str) -> Path:
    with archive.open("wb") as file:
        images.write_archive(name, file)
    return archive


def test_the_addons_image_is_a_readable_archive(tmp_path: Path, program: Path) -> None:
    name = images.reference()
    archive = _image(tmp_path / "addons.tar", name)
    with tarfile.open(archive) as packed:
        manifest = json.load(packed.extractfile("manifest.json") or io.BytesIO())
        assert manifest[0]["RepoTags"] == [name]
        layer = packed.extractfile(manifest[0]["Layers"][0])
        assert layer is not None
        with tarfile.open(fileobj=layer) as inside:
            found = inside.extractfile("bin/coredns")
            assert found is not None
            assert found.read() == program.read_bytes()
            assert inside.getmember("bin/sh").linkname == images.BUSYBOX.name
    program.write_bytes(b"another")
    assert images.reference() != name


@pytest.mark.usefixtures("program")
def test_archives_together_hold_each_layer_once(tmp_path: Path) -> None:
    apart = [_image(tmp_path / f"{name}.tar", f"localhost/{name}:1") for name in ("one", "two")]
    together = tmp_path / "together.tar"
    with together.open("wb") as file:
        archives.write_together(apart, file)
    with tarfile.open(together) as packed:
        manifest = json.load(packed.extractfile("manifest.json") or io.BytesIO())
        tags = [tag for entry in manifest for tag in entry["RepoTags"]]
        assert tags == ["localhost/one:1", "localhost/two:1"]
        members = packed.getnames()
        (layer,) = (name for name in members if name.endswith(".tar"))
        with tarfile.open(apart[1]) as alone:
            kept, original = (each.extractfile(layer) for each in (packed, alone))
            assert kept is not None and original is not None
            assert kept.read() == original.read()
    assert len(members) == len(set(members))


def test_a_file_that_is_no_archive_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "notes.tar"
    file.write_text("hello")
    with pytest.raises(CommandError, match="cannot be read as an image archive"):
        archives.write_together([file], io.BytesIO())
    with tarfile.open(file, "w") as packed:
        archives.add(packed, "index.json", io.BytesIO(b"{}"))
    with pytest.raises(CommandError, match=r"is not a complete image archive: it lacks manifest"):
        archives.write_together([file], io.BytesIO())


@pytest.mark.usefixtures("program")
def test_an_archive_is_loaded_once_and_again_when_it_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = make(tmp_path, monkeypatch)
    settings.folder.mkdir(parents=True)
    loads: list[str] = []
    monkeypatch.setattr(image_load, "_import", lambda settings, write, what: loads.append(what))
    one, two = (_image(tmp_path / f"{name}.tar", f"localhost/{name}:1") for name in ("one", "two"))
    assert image_load.load_archives(settings, [one]) == ["one.tar: loaded"]
    assert image_load.load_archives(settings, [one, two]) == [
        "one.tar: already there",
        "two.tar: loaded",
    ]
    assert image_load.load_archives(settings, [one, two])[1] == "two.tar: already there"
    two.write_bytes(two.read_bytes() + bytes(512))
    assert image_load.load_archives(settings, [one, two])[1] == "two.tar: loaded"
    assert loads == ["one.tar", "two.tar", "two.tar"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["up", "--control-plane-only"], "has no node to load --images into"),
        (["up"], "there is no such file: .*missing.tar"),
    ],
)
def test_images_that_cannot_be_loaded_are_refused_before_anything_starts(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: list[str],
    words: str,
) -> None:
    monkeypatch.setenv("OMERO_PLATFORM_CACHE", str(tmp_path))
    there = tmp_path / "there.tar"
    there.touch()
    archives = [str(there)]
    if options == ["up"]:
        archives.append(str(tmp_path / "missing.tar"))
    with pytest.raises(CommandError, match=words):
        cli.main([*options, "--images", *archives])
    assert not (tmp_path / "cluster").exists()
