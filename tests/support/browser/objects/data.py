"""OMERO's objects, made through OMERO.web as the user who is logged in.

So they can be made wherever the tests run; the server's own port is not reachable in a cluster.
"""

from __future__ import annotations

from playwright.sync_api import Page

from browser.site_under_test import SiteUnderTest


class Data:
    """The objects of the user whose page it is."""

    def __init__(self, page: Page, site: SiteUnderTest) -> None:
        self.page = page
        self.site = site

    def make_dataset(self, name: str) -> int:
        """A new dataset in the user's active group, as the tree's menu makes it; its id."""
        made = self.page.request.post(
            self.site.address("webclient/action/addnewcontainer/"),
            form={"folder_type": "dataset", "name": name, "description": ""},
            headers=self._headers(),
        )
        assert made.ok, made.text()
        return int(made.json()["id"])

    def delete_dataset(self, dataset: int) -> None:
        """Delete it again."""
        address = self.site.address(f"api/v0/m/datasets/{dataset}/")
        gone = self.page.request.delete(address, headers=self._headers())
        assert gone.ok, gone.text()

    def _headers(self) -> dict[str, str]:
        [token] = [
            cookie["value"]
            for cookie in self.page.context.cookies(self.site.url)
            if cookie["name"] == "csrftoken"
        ]
        return {"X-CSRFToken": token, "Referer": self.site.url}
