"""The page of the upload plugin: choose, send, look, import."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from playwright.sync_api import Locator, expect

from browser.objects.plugin import PluginPage

PATH: Final = "omeroweb_upload/"
# A worker starts, Java starts, on a machine that does other things.
_WORKER_MS: Final = 180_000
_FOLDER: Final = """async ([name, sizes]) => {
  const root = await navigator.storage.getDirectory();
  const top = await root.getDirectoryHandle(name, { create: true });
  for (const [path, size] of sizes) {
    const folders = path.split("/");
    const file = folders.pop();
    let folder = top;
    for (const each of folders) folder = await folder.getDirectoryHandle(each, { create: true });
    const handle = await folder.getFileHandle(file, { create: true });
    const writable = await handle.createWritable();
    await writable.write(new Uint8Array(size));
    await writable.close();
  }
  window.showDirectoryPicker = async () => top;
}"""


class UploadPage(PluginPage):
    """The four steps, and what is below them."""

    def open_at(self, address: str = "") -> UploadPage:
        """Go there, and wait until its lists have been read."""
        self.page.goto(self.site.address(f"{PATH}{address}"))
        expect(self.main.get_by_role("list", name="Steps")).to_be_visible()
        return self

    @property
    def step(self) -> Locator:
        """The step that the page is at."""
        return self.main.locator("#upload-steps [aria-current=step]")

    def choose(self, folder: Path) -> None:
        """A folder from this computer, as the picker gives it."""
        self.page.set_input_files("#upload-folder", folder)
        expect(self.main.get_by_role("heading", name="Where images go")).to_be_visible()

    def pick(self, name: str, sizes: Mapping[str, int]) -> None:
        """A folder from the browser's picker, which gives a handle that the browser can store.

        No test can answer the dialog of the picker, so it is left out; the folder is in the
        browser's own file system, where its handles are real ones.

        Args:
            name: of the folder.
            sizes: bytes of each file below it.
        """
        self.page.evaluate(_FOLDER, [name, list(sizes.items())])
        self.main.get_by_role("button", name="Choose a folder").first.click()
        expect(self.main.get_by_role("heading", name="Where images go")).to_be_visible()

    @property
    def chosen(self) -> Locator:
        """How many files are chosen."""
        return self.main.locator("#upload-chosen-total")

    def into_new_dataset(self, name: str) -> None:
        """All images go to a dataset that does not exist yet."""
        self.main.get_by_label("One dataset for all").check()
        self.main.get_by_label("Dataset", exact=True).select_option("new")
        self.main.get_by_label("Name of the new dataset").fill(name)

    def check(self) -> None:
        """Ask for the report, and see that the upload can be started."""
        self.main.get_by_role("button", name="Check", exact=True).click()
        expect(self.main.get_by_text("This upload can be sent.")).to_be_visible()

    @property
    def report(self) -> Locator:
        """What was found before a byte moves."""
        return self.main.locator("#upload-report")

    def send(self) -> None:
        """Declare the upload; its files begin to move."""
        self.main.get_by_role("button", name="Send ").click()
        expect(self.step).not_to_have_text("Choose")

    @property
    def facts(self) -> Locator:
        """How far it is."""
        return self.main.locator("#upload-facts")

    def drop_again(self, folder: Path) -> None:
        """The folder, for an upload that is not finished."""
        expect(self.main.get_by_text("Drop the same folder again to continue.")).to_be_visible()
        self.page.set_input_files("#upload-again-folder-field", folder)

    def look(self) -> Locator:
        """Wait for what Bio-Formats says: the button that imports."""
        go = self.main.locator("#upload-confirm")
        expect(go).to_be_visible(timeout=_WORKER_MS)
        return go

    def wait_for_import(self) -> Locator:
        """Wait until the import has ended: how it did."""
        outcome = self.main.locator("#upload-outcome")
        expect(outcome).to_be_visible(timeout=_WORKER_MS)
        return outcome
