"""The local cluster's certificates: whom they name, who signs them, and that they stay."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from local_cluster import certificates
from local_cluster.certificates import AUTHORITIES, ensure_certificates, wanted_certificates
from local_cluster.settings import PORT_NAMES, Settings


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("OMERO_PLATFORM_CACHE", str(tmp_path))
    ports = dict.fromkeys(PORT_NAMES, 21000)
    return Settings("trial", True, ports, 77, 8080, 8443)


def _read(settings: Settings, name: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate((settings.pki / f"{name}.crt").read_bytes())


def _files(settings: Settings) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in settings.pki.iterdir()}


def test_each_names_its_holder_and_is_signed_by_its_authority(settings: Settings) -> None:
    ensure_certificates(settings)
    for wanted in wanted_certificates(settings):
        made = _read(settings, wanted.name)
        made.verify_directly_issued_by(_read(settings, wanted.authority))
        (user,) = made.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        assert user.value == wanted.common_name
        groups = [each.value for each in made.subject if each.oid == NameOID.ORGANIZATION_NAME]
        assert groups == [wanted.group or "local-cluster"]
        # With this group a user may do everything.
        assert ("system:masters" in groups) == (wanted.name in {"admin", "api-server-to-kubelet"})
        names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        assert [str(each.value) for each in names] == list(wanted.names or (wanted.name,))
    assert settings.pki.stat().st_mode & 0o077 == 0
    assert all(key.stat().st_mode & 0o077 == 0 for key in settings.pki.glob("*.key"))


def test_a_second_run_changes_nothing(settings: Settings) -> None:
    ensure_certificates(settings)
    before = _files(settings)
    ensure_certificates(settings)
    assert _files(settings) == before


@pytest.mark.parametrize("cut_short", [True, False])
def test_only_what_is_to_say_something_else_is_made_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, cut_short: bool
) -> None:
    ensure_certificates(settings)
    before = _files(settings)
    if cut_short:
        # As if ended before the record was written.
        (settings.pki / "made.json").unlink()
    else:
        monkeypatch.setattr(certificates, "wanted_certificates", _for_another_name(settings))
    ensure_certificates(settings)
    after = _files(settings)
    changed = {name for name in before if before[name] != after[name]}
    assert "etcd.crt" in changed
    # Others trust these.
    assert changed.isdisjoint(f"{name}.crt" for name in AUTHORITIES)
    assert cut_short == ("kubelet.crt" in changed)
    _read(settings, "etcd").verify_directly_issued_by(_read(settings, "etcd-ca"))


def _for_another_name(
    settings: Settings,
) -> Callable[[Settings], list[certificates.Certificate]]:
    wanted = wanted_certificates(settings)
    names = ("localhost", "10.9.8.7")
    changed = [
        dataclasses.replace(each, names=names) if each.name == "etcd" else each for each in wanted
    ]
    return lambda _: changed
