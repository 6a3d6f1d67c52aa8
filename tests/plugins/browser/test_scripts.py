"""A script from OMERO.web's menu: its dialog, its run in the processor, its result."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pytest
from omero.gateway import BlitzGateway
from playwright.sync_api import Page, expect

from browser.keep import picture
from browser.objects.scripts import Scripts
from browser.objects.webclient import WebclientPage
from browser.site_under_test import SiteUnderTest

_SCRIPT: Final = """
import omero.scripts as scripts
from omero.rtypes import rstring, rlong

client = scripts.client(
    "Greet.py", "Greets somebody.",
    scripts.String("Name", optional=False, grouping="1", description="Whom"),
    scripts.Long("Times", grouping="2", default=rlong(2), min=1, max=5),
)
try:
    given = client.getInputs(unwrap=True)
    if given["Name"] == "nobody":
        raise ValueError("there is nobody to greet")
    client.setOutput("Message", rstring("hello " + given["Name"] * given["Times"]))
finally:
    client.closeSession()
"""


@pytest.fixture
def scripts(visitor: Page, site: SiteUnderTest) -> Iterator[Scripts]:
    """The menu, with an official script in it."""
    assert site.local is not None
    omero = site.local.standin
    root = BlitzGateway("root", omero.password, host="127.0.0.1", port=omero.port, secure=True)
    assert root.connect(), root.getLastError()
    service = root.getScriptService()
    script = service.uploadOfficialScript("/site/greetings/Greet.py", _SCRIPT)
    WebclientPage(visitor, site).open()
    yield Scripts(visitor)
    service.deleteScript(script)
    root.close()


def test_a_script_that_ends(scripts: Scripts) -> None:
    dialog = scripts.open("greetings", "Greet")
    expect(dialog.get_by_text("Greets somebody.")).to_be_visible()
    expect(dialog.locator('[name="Times"]')).to_have_value("2")
    picture(dialog, "web-script-dialog")
    scripts.run(dialog, Name="Ada")
    scripts.show_activities()
    expect(scripts.activities).to_contain_text("hello AdaAda", timeout=120_000)
    picture(scripts.page, "web-script-result")


def test_a_script_that_fails(scripts: Scripts) -> None:
    scripts.run(scripts.open("greetings", "Greet"), Name="nobody")
    scripts.show_activities()
    expect(scripts.activities.get_by_alt_text("Failed to run script properly").first).to_be_visible(
        timeout=120_000
    )
