"""Storage and quotas as an administrator uses them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from browser.accessibility import check_accessible
from browser.keep import picture
from browser.objects.login import LoginPage
from browser.objects.plugin import PluginPage
from browser.site_under_test import SiteUnderTest
from browser.widths import at_widths
from people import Person
from plugin_site import Browser
from whole_site import WholeSite

QUOTAS = "/omeroweb_admin_tools/storage/quota/update/"
PAST = (
    "insert into admin_tools_usage_days (day, user_id, group_id, bytes) "
    "select current_date - n, %s, %s, 5000000 - 90000 * n from generate_series(0, 40) as n"
)


@pytest.fixture
def storage(request: pytest.FixtureRequest, whole: WholeSite) -> PluginPage:
    """The page of root."""
    page = request.getfixturevalue("page")
    site = SiteUnderTest(whole.site.url, "root", whole.site.standin.password, whole.site)
    LoginPage(page, site).log_in_at_once()
    return PluginPage(page, site, "omeroweb_admin_tools/storage/")


def test_usage_by_user_and_group(storage: PluginPage, whole: WholeSite, person: Person) -> None:
    with whole.base.transaction() as cursor:
        cursor.execute(PAST, (person.id, person.group.id))
    root = Browser(whole.site.url).log_in("root", whole.site.standin.password)
    quota = {"group": person.group.name, "quota_gb": 1 / 1024}
    root.post(QUOTAS, {"updates": [quota]})
    try:
        storage.open()
        storage.main.get_by_role("button", name="Count now").click()
        expect(storage.main.get_by_text("Counted just now.")).to_be_visible()
        expect(storage.main.get_by_role("img", name=re.compile("^Growth: "))).to_be_visible()
        expect(storage.main.get_by_text("At this rate, full in")).to_be_visible()
        advice = storage.main.get_by_role("listitem").filter(has_text="87.9 KiB a day")
        expect(advice.first).to_contain_text(
            f"Soon: {person.group.name} reaches its quota of 1.0 MiB in 11 days"
        )
        expect(advice.first).to_contain_text("raise it: 1 GB last for 180 days more.")
        expect(advice.nth(1)).to_contain_text("100 % of all growth; its quota of 1.0 MiB is used")
        storage.main.get_by_label("Contains").fill(person.name)
        expect(storage.row("Users", person.name)).to_contain_text(person.group.name)
        storage.main.get_by_label("By", exact=True).select_option("by_group")
        expect(storage.row("Groups", person.group.name).first).to_contain_text("Read-annotate")
        storage.main.get_by_label("Contains").fill("")
        expect(storage.main.get_by_role("img", name=re.compile("^Groups"))).to_contain_text(
            "cell-biology"
        )
        for width in at_widths(storage.page, (360, 1280)):
            picture(storage.page, f"admin-tools-storage-{width}")
            check_accessible(storage.page)
        with storage.page.expect_download() as download:
            storage.main.get_by_role("link", name="Download as CSV").first.click()
        assert download.value.suggested_filename == "omero-storage-groups.csv"
    finally:
        root.post(QUOTAS, {"updates": [{**quota, "quota_gb": None}]})
        with whole.base.transaction() as cursor:
            cursor.execute("delete from admin_tools_usage_days")


def test_a_quota_is_typed_looked_at_and_stored(storage: PluginPage, person: Person) -> None:
    storage.open()
    storage.main.get_by_label("Find a group").fill(person.group.name)
    row = (
        storage.main.locator("#quotas-table").get_by_role("row").filter(has_text=person.group.name)
    )
    expect(row).to_be_visible()
    quota = row.get_by_role("gridcell").nth(2)
    quota.click()
    storage.page.keyboard.type("much")
    storage.page.keyboard.press("Enter")
    expect(storage.page.get_by_text("much is no number of gigabytes")).to_be_visible()
    save = storage.main.get_by_role("button", name="Save")
    expect(save).to_be_disabled()
    quota.click()
    storage.page.keyboard.type("1,5")
    storage.page.keyboard.press("Enter")
    save.click()
    dialog = storage.page.get_by_role("dialog")
    expect(dialog).to_contain_text(f"{person.group.name}: no limit → 1.5 GiB")
    dialog.get_by_label("Why").fill("a new <b>microscope</b>")
    picture(storage.page, "admin-tools-quota-dialog")
    check_accessible(storage.page)
    dialog.get_by_role("button", name="Change").click()
    history = storage.main.get_by_role("list").filter(has_text="by root")
    expect(history).to_contain_text("1.5 GiB, by root: a new <b>microscope</b>")
    expect(row).to_contain_text("0 %")
    expect(save).to_be_disabled()
    picture(storage.page, "admin-tools-quotas")
    check_accessible(storage.page)


def test_a_file_is_looked_at_before_it_counts(
    storage: PluginPage, person: Person, tmp_path: Path
) -> None:
    storage.open()
    storage.main.get_by_label("Find a group").fill(person.group.name)
    file = tmp_path / "quotas.csv"
    file.write_text(f"Group,Quota [GB]\n{person.group.name},2\nno such group,1\n")
    storage.page.set_input_files("#quotas-file", file)
    expect(storage.page.get_by_text("line 3: OMERO has no group")).to_be_visible()
    file.write_text(f"Group,Quota [GB]\n{person.group.name},2\n")
    storage.page.set_input_files("#quotas-file", file)
    dialog = storage.page.get_by_role("dialog")
    expect(dialog).to_contain_text("Change 1 quota?")
    dialog.get_by_role("button", name="Cancel").click()
    row = (
        storage.main.locator("#quotas-table").get_by_role("row").filter(has_text=person.group.name)
    )
    expect(row).not_to_contain_text("an administrator")
    storage.page.set_input_files("#quotas-file", file)
    storage.page.get_by_role("dialog").get_by_role("button", name="Change").click()
    expect(row).to_contain_text("an administrator")
