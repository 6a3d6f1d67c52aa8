"""Files to a running site by its Ingress, as the page sends them: declared, and in pieces.

Requests go the way of a browser: through the Ingress controller, with a session and a CSRF token.
"""

from __future__ import annotations

import base64
import http.client
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from plugin_site import Browser
from site_ring.installation import Site

TUS: Final = {"Tus-Resumable": "1.0.0"}
CHUNK: Final = {**TUS, "Content-Type": "application/offset+octet-stream"}
PIECE: Final = 2**20


@dataclass(frozen=True)
class Uploading:
    """One upload of a user.

    Attributes:
        browser: the user's session.
        addresses: what `start/` answered.
        urls: address of each file that is to be sent, by its path.
    """

    browser: Browser
    addresses: Mapping[str, Any]
    urls: Mapping[str, str]

    def offset(self, path: str) -> int:
        """Bytes of a file that the site has, as HEAD says."""
        answer = self.browser.client.head(self.urls[path], headers=TUS)
        answer.raise_for_status()
        return int(answer.headers["Upload-Offset"])

    def reachable(self, path: str) -> bool:
        """Whether the pods are reached: an ingress controller hears of a new one a moment later."""
        return self.browser.client.head(self.urls[path], headers=TUS).status_code < 500

    def send(self, path: str, content: bytes) -> None:
        """Send what is missing of a file, piece by piece."""
        at = self.offset(path)
        while at < len(content):
            piece = content[at : at + PIECE]
            headers = {**CHUNK, "Upload-Offset": str(at), "X-CSRFToken": self.browser.token}
            answer = self.browser.client.patch(self.urls[path], content=piece, headers=headers)
            assert answer.status_code == 204, answer.text
            at += len(piece)
            assert int(answer.headers["Upload-Offset"]) == at

    def send_a_part(self, path: str, content: bytes, part: int) -> None:
        """Begin a PATCH with all of a file, and break the line after a part of it."""
        client = self.browser.client
        cookies = "; ".join(f"{each.name}={each.value}" for each in client.cookies.jar)
        connection = http.client.HTTPConnection("127.0.0.1", client.base_url.port, timeout=30)
        connection.putrequest("PATCH", self.urls[path], skip_host=True)
        headers = {
            **CHUNK,
            "Host": client.headers["Host"],
            "Cookie": cookies,
            "Referer": client.headers["Referer"],
            "X-CSRFToken": self.browser.token,
            "Upload-Offset": str(self.offset(path)),
            "Content-Length": str(len(content)),
        }
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        connection.send(content[:part])
        # What was sent is on its way; a reset would overtake it.
        time.sleep(1)
        connection.close()


def log_in(site: Site, user: str, password: str) -> Browser:
    """A user's session, by the Ingress."""
    address = urlsplit(site.url)
    browser = Browser(f"http://127.0.0.1:{address.port}/")
    # Not every resolver knows the names of this machine that end with `.localhost`.
    browser.client.headers.update({"Host": address.netloc, "Referer": site.url})
    return browser.log_in(user, password)


def password_of(site: Site, secret: str, user: str) -> str:
    """A password that the demo's Job made."""
    data = site.kubectl.get(site.namespace, "secret", secret)["data"]
    return base64.b64decode(data[user]).decode()


def start(
    browser: Browser, files: Mapping[str, bytes], target: object, settings: object
) -> Uploading:
    """Declare files; nothing is sent yet."""
    body = {
        "files": [{"relative_path": name, "size": len(data)} for name, data in files.items()],
        "target": target,
        "settings": settings,
    }
    answer = browser.post("/omeroweb_upload/start/", body)
    assert answer.status_code == 200, answer.text
    addresses = answer.json()
    listed = browser.get(addresses["files_url"]).json()["files"]
    urls = {each["path"]: each["url"] for each in listed if each["state"] != "skipped"}
    return Uploading(browser, addresses, urls)
