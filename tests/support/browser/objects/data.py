"""OMERO's objects, made through OMERO.web as the user who is logged in.

So they can be made wherever the tests run; the server's own port is not reachable in a cluster.
The page itself sends the requests: a name such as omero.localhost is known to browsers alone.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import Page

from browser.site_under_test import SiteUnderTest

_SEND = """async ([address, method, headers, body]) => {
    const answer = await fetch(address, {method, headers, body});
    const text = await answer.text();
    return {status: answer.status, body: answer.ok ? JSON.parse(text) : text};
}"""


class Data:
    """The objects of the user whose page it is."""

    def __init__(self, page: Page, site: SiteUnderTest) -> None:
        self.page = page
        self.site = site

    def make_dataset(self, name: str) -> int:
        """A new dataset in the user's active group, as the tree's menu makes it; its id."""
        form = {"folder_type": "dataset", "name": name, "description": ""}
        made = self._send("POST", "webclient/action/addnewcontainer/", form)
        return int(made["id"])

    def delete_dataset(self, dataset: int) -> None:
        """Delete it again."""
        self._send("DELETE", f"api/v0/m/datasets/{dataset}/")

    def _send(self, method: str, path: str, form: dict[str, str] | None = None) -> Any:
        headers = {"X-CSRFToken": self._token()}
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        body = urlencode(form) if form is not None else None
        found = self.page.evaluate(_SEND, [self.site.address(path), method, headers, body])
        assert found["status"] == 200, found
        return found["body"]

    def _token(self) -> str:
        [token] = [
            cookie["value"]
            for cookie in self.page.context.cookies(self.site.url)
            if cookie["name"] == "csrftoken"
        ]
        return token
