"""What real clients send in the two headers that decide whether they get a page or JSON."""

from __future__ import annotations

from typing import Final

CHROME: Final = (
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,"
    "*/*;q=0.8,application/signed-exchange;v=b3;q=0.7"
)
_FIREFOX: Final = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
_JQUERY_JSON: Final = "application/json, text/javascript, */*; q=0.01"
_XHR: Final = {"X-Requested-With": "XMLHttpRequest"}

# Those that show a person what they get.
PAGES: Final[dict[str, dict[str, str]]] = {
    "Chrome, an address, link or form": {"Accept": CHROME},
    "Firefox": {"Accept": _FIREFOX},
    "Firefox 132, an address": {"Accept": f"{_FIREFOX},image/png"},
    "w3m": {"Accept": "text/html, text/*;q=0.5, image/*"},
    "in capitals": {"Accept": "Text/HTML"},
    "Chrome in Android's WebView": {"Accept": CHROME, "X-Requested-With": "org.example.app"},
}
# Those of a program.
SCRIPTS: Final[dict[str, dict[str, str]]] = {
    "nothing said": {},
    "fetch, curl, wget, requests, httpx, htmx": {"Accept": "*/*"},
    "fetch of the plugins' pages": {"Accept": "application/json"},
    "axios, OMERO.parade": {"Accept": "application/json, text/plain, */*"},
    "aurelia-fetch-client": {"Accept": "application/json", "X-Requested-With": "Fetch"},
    "$.ajax": {"Accept": "*/*", **_XHR},
    "$.getJSON, OMERO.figure, OMERO.iviewer": {"Accept": _JQUERY_JSON, **_XHR},
    "$.ajax for HTML, as OMERO.web's panels": {"Accept": "text/html, */*; q=0.01", **_XHR},
    "$.ajax for JSONP": {"Accept": "*/*"},
    "an <img> in Chrome": {"Accept": "image/avif,image/webp,image/apng,image/svg+xml,*/*;q=0.8"},
    "a <link> to a style sheet": {"Accept": "text/css,*/*;q=0.1"},
}
