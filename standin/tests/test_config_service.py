"""IConfig: what every server has, what a site sets, who may read it."""

from __future__ import annotations

from collections.abc import Iterator

import omero
import omero.grid
import pytest

from standin_here import Here, standin_here


@pytest.fixture(scope="module")
def here() -> Iterator[Here]:
    """A stand-in of a site that sets two values."""
    given = {"omero.client.viewer.roi_limit": "7", "omero.ldap.password": "hush"}
    with standin_here(given) as running:
        running.user("ada", running.group("lab"))
        yield running


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("omero.pixeldata.max_projection_bytes", "268435456"),
        ("omero.pixeldata.max_tile_length", "1024"),
        ("omero.client.browser.thumb_default_size", "96"),
        ("omero.security.password_required", "true"),
        ("omero.db.authority", "export.openmicroscopy.org"),
        ("omero.client.viewer.roi_limit", "7"),
        ("omero.key.that.nobody.knows", ""),
    ],
)
def test_every_value_has_its_default(here: Here, key: str, value: str) -> None:
    assert here.connect().getConfigService().getConfigValue(key) == value


def test_values_name_other_values(here: Here) -> None:
    config = here.connect().getConfigService()
    root = str(here.kernel.data.root)
    assert config.getConfigValue("omero.data.dir") == root
    assert config.getConfigValue("omero.managed.dir") == f"{root}/ManagedRepository"
    assert config.getConfigValue("omero.fs.repo.path").startswith("%user%_%userId%//")
    assert config.getConfigValue("omero.mail.from") == "omero@localhost"
    assert config.getConfigValue("omero.db.uuid") == config.getDatabaseUuid()


def test_the_checksums_that_are_offered_are_those_that_can_be_made(here: Here) -> None:
    gateway = here.connect()
    (managed,) = [
        omero.grid.ManagedRepositoryPrx.checkedCast(each)
        for each in gateway.c.sf.sharedResources().repositories().proxies
        if omero.grid.ManagedRepositoryPrx.checkedCast(each)
    ]
    offered = [each.value.val for each in managed.listChecksumAlgorithms()]
    told = gateway.getConfigService().getConfigValue("omero.checksum.supported")
    assert told == ", ".join(offered)


def test_users_read_what_is_for_them(here: Here) -> None:
    config = here.connect("ada").getConfigService()
    assert config.getConfigValue("omero.pixeldata.tile_width") == "256"
    for key in ("omero.data.dir", "omero.policy.binary_access", "omero.db.pass", "omero.unknown"):
        with pytest.raises(omero.SecurityViolation, match=f"Cannot read configuration: {key}"):
            config.getConfigValue(key)
    for refused in (config.getConfigDefaults, lambda: config.setConfigValue("omero.a", "b")):
        with pytest.raises(omero.SecurityViolation, match="only administrators"):
            refused()
    found = config.getConfigValues("omero\\.pixeldata\\.max_plane")
    assert found["omero.pixeldata.max_plane_width"] == "3192"
    assert "omero.data.dir" not in config.getConfigValues("data")


def test_nobody_reads_a_password(here: Here) -> None:
    config = here.connect().getConfigService()
    for key in ("omero.ldap.password", "omero.db.pass", "omero.security.keyStorePassword"):
        with pytest.raises(omero.SecurityViolation, match="Cannot read configuration"):
            config.getConfigValue(key)
    assert not [key for key in config.getConfigDefaults() if key.lower().endswith("password")]


def test_clients_get_their_defaults_and_what_the_site_set(here: Here) -> None:
    config = here.connect("ada").getConfigService()
    defaults, values = config.getClientConfigDefaults(), config.getClientConfigValues()
    assert defaults["omero.client.viewer.roi_limit"] == "2000"
    assert values["omero.client.viewer.roi_limit"] == "7"
    assert set(values) == set(defaults)
    assert "/omero/export_scripts/Make_Movie.py" in values["omero.client.scripts_to_ignore"]


def test_a_value_is_changed_when_it_is_what_somebody_thinks(here: Here) -> None:
    config = here.connect().getConfigService()
    key = "omero.client.ui.tree.orphans.name"
    assert not config.setConfigValueIfEquals(key, "Lost", "Found")
    assert config.setConfigValueIfEquals(key, "Lost", "Orphaned Images")
    assert config.getConfigValue(key) == "Lost"
