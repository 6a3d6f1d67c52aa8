"""The page of the OMP plugin: choose images, read names, check, write."""

from __future__ import annotations

import re
from typing import Final

from playwright.sync_api import Locator, Page, expect

from browser.objects.login import LoginPage
from browser.objects.plugin import PluginPage
from browser.site_under_test import SiteUnderTest

PATH: Final = "omeroweb_omp_plugin/"
# Reading the names takes as many requests as there are steps, on a machine that does other things.
_READ_MS: Final = 120_000
_JOB_MS: Final = 180_000
_COUNTED: Final = re.compile(r"\(\d")


def log_in_as(page: Page, site: SiteUnderTest, user: str, password: str) -> None:
    """As somebody else than the site's test user."""
    LoginPage(page, SiteUnderTest(site.url, user, password, site.local)).log_in_at_once()


class OmpPage(PluginPage):
    """The four steps and what is below them."""

    def open_at(self, address: str = "") -> OmpPage:
        """Go there, and wait until projects can be chosen."""
        self.page.goto(self.site.address(PATH + address))
        expect(self.project).not_to_contain_text("Loading")
        return self

    # --- step 1

    @property
    def project(self) -> Locator:
        """The list of projects and screens."""
        return self.page.get_by_label("Project or screen")

    def choose(self, label: str) -> None:
        """Choose a project or screen with one dataset or plate, and wait until it is read."""
        self.project.select_option(label=label)
        self.wait_until_read()

    def choose_all(self, label: str) -> None:
        """Choose a project with several datasets, and all of them."""
        self.project.select_option(label=label)
        self.tick_all()

    def tick_all(self) -> None:
        """Tick all datasets of the project, and wait until their names are read."""
        self.main.get_by_role("checkbox", name="Select all rows").check()
        self.wait_until_read()

    def container(self, name: str) -> Locator:
        """The check box of a dataset or plate."""
        return self.main.get_by_role("checkbox", name=f"Select {name}", exact=True)

    # --- step 2

    def mode(self, label: str) -> Locator:
        """One way to read names."""
        return self.main.get_by_role("radio", name=label)

    @property
    def pattern(self) -> Locator:
        """The separators, or the pattern."""
        return self.main.locator("#omp-pattern")

    @property
    def refusal(self) -> Locator:
        """Why a pattern cannot be used."""
        return self.main.locator("#omp-pattern-error")

    def key(self, number: int) -> Locator:
        """The key of a piece, counted from 1."""
        return self.main.get_by_label(f"Key of piece {number}", exact=True)

    def expect_keys(self, names: list[str]) -> None:
        """These are the keys of the commonest shape, now or soon."""
        fields = self.main.locator(".omp-shape").first.locator(".omp-keys input")
        expect(fields).to_have_count(len(names))
        for field, name in zip(fields.all(), names, strict=True):
            expect(field).to_have_value(name)

    def example(self, number: int) -> Locator:
        """The piece that a key is for."""
        return self.main.locator(f"#omp-piece-0-{number - 1}")

    # --- step 3

    def wait_until_read(self) -> None:
        """The names are read, and compared with what is there."""
        expect(self.main.locator("#omp-steps")).not_to_have_attribute("aria-busy", "true")
        expect(self.filter("Changing")).to_have_text(_COUNTED, timeout=_READ_MS)

    def filter(self, label: str) -> Locator:
        """`All`, `Not fitting`, `Changing` or `Skipped`."""
        return self.main.get_by_role("group", name="Which images are shown").get_by_role(
            "button", name=label
        )

    @property
    def existing(self) -> Locator:
        """What happens to pairs that are there."""
        return self.main.locator("#omp-mode-existing")

    def tick(self, image: str) -> Locator:
        """The check box of an image: whether it is written."""
        return self.table("Images").get_by_role("checkbox", name=f"Write {image}", exact=True)

    def cell(self, image: str, column: str) -> Locator:
        """What a row of the preview says about a variable."""
        head = self.table("Images").get_by_role("columnheader", name=column, exact=True)
        expect(head).to_be_attached(timeout=_READ_MS)
        heads = self.table("Images").get_by_role("columnheader").all_inner_texts()
        index = [head.strip() for head in heads].index(column) + 1
        return self.row("Images", image).locator(f"[aria-colindex='{index}']")

    def scroll_to_end(self) -> None:
        """Bring the last images into sight."""
        self.table("Images").evaluate("table => { table.scrollTop = table.scrollHeight; }")

    def edit(self, image: str) -> Locator:
        """The dialog with the values of an image."""
        self.row("Images", image).get_by_role("button").click()
        return self.page.get_by_role("dialog", name=image)

    def type_value(self, image: str, variable: str, value: str) -> None:
        """Give an image another value."""
        self.edit(image).get_by_label(variable, exact=True).fill(value)
        self.page.keyboard.press("Enter")

    # --- step 4 and below

    @property
    def write(self) -> Locator:
        """The button."""
        return self.main.locator("#omp-write")

    @property
    def summary(self) -> Locator:
        """What it would do."""
        return self.main.locator("#omp-summary")

    @property
    def misfits(self) -> Locator:
        """What happens to names of another shape."""
        return self.main.locator("#omp-misfits")

    def done(self, label: str) -> Locator:
        """The newest job of a name, at its end."""
        job = self.job(label)
        expect(job.get_by_text("Done", exact=True)).to_be_visible(timeout=_JOB_MS)
        return job

    def failure(self, place: str) -> Locator:
        """What did not work: `choose` and `look` in step 1, `read` in step 3."""
        return self.main.locator(f"#omp-{place}-failed")

    def unfold(self, title: str) -> None:
        """Open a folded part."""
        self.main.locator("summary", has_text=title).click()
