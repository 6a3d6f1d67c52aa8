"""The upload plugin as a script sees it: files are declared, sent with tus, and looked at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import httpx

from people import Person
from plugin_site import Browser, until
from whole_site import WholeSite

PLUGIN: Final = "omeroweb_upload"
TUS: Final = {"Tus-Resumable": "1.0.0"}
CHUNK: Final = {"Content-Type": "application/offset+octet-stream"}


class UploadBrowser(Browser):
    """A user's requests to the plugin."""

    def ask(self, path: str, status: int = 200) -> Any:
        """What a GET answers."""
        answer = self.get(f"/{PLUGIN}/{path}")
        assert answer.status_code == status, answer.text
        return answer.json()

    def tell(self, path: str, body: object = None, status: int = 200) -> Any:
        """What a POST answers."""
        answer = self.post(f"/{PLUGIN}/{path}", {} if body is None else body)
        assert answer.status_code == status, answer.text
        return answer.json()

    def start(
        self,
        files: Mapping[str, bytes],
        target: Mapping[str, Any] | None = None,
        settings: Mapping[str, Any] | None = None,
        status: int = 200,
    ) -> Any:
        """Declare files by their paths."""
        body: dict[str, Any] = {
            "files": [
                {"relative_path": path, "size": len(content)} for path, content in files.items()
            ],
            "target": {"new_dataset": "Uploaded"} if target is None else target,
        }
        if settings is not None:
            body["settings"] = settings
        return self.tell("start/", body, status)

    def patch(self, job: str, number: int, offset: int, chunk: bytes) -> httpx.Response:
        """Send a chunk."""
        headers = {**TUS, **CHUNK, "Upload-Offset": str(offset), "X-CSRFToken": self.token}
        return self.client.patch(
            f"/{PLUGIN}/upload/{job}/{number}/", content=chunk, headers=headers
        )

    def send(self, job: str, files: Mapping[str, bytes]) -> None:
        """Send the files that were declared in this order, each in one chunk."""
        for number, content in enumerate(files.values()):
            if content:
                answer = self.patch(job, number, 0, content)
                assert answer.status_code == 204, answer.text

    def status(self, job: str) -> Any:
        """How far it is."""
        return self.ask(f"status/{job}/")

    def until(self, job: str, *states: str, seconds: float = 180) -> Any:
        """Wait until the upload has one of these states."""
        until(
            lambda: self.status(job)["status"] in states,
            seconds,
            lambda: str(self.status(job)),
        )
        return self.status(job)

    def files(self, job: str) -> dict[str, Any]:
        """The first thousand files, by path."""
        return {each["path"]: each for each in self.ask(f"files/{job}/")["files"]}


def browser_of(whole: WholeSite, person: Person) -> UploadBrowser:
    """A browser of somebody who is logged in."""
    browser = UploadBrowser(whole.site.url)
    browser.log_in(person.name, person.password)
    return browser
