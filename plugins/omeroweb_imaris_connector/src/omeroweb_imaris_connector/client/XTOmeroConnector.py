#  OMERO Connector: images of OMERO in Imaris.
#
#    <CustomTools>
#      <Menu>
#       <Item name="OMERO Connector" icon="Python3" tooltip="Open images of OMERO in Imaris">
#         <Command>Python3XT::XTOmeroConnector(%i)</Command>
#       </Item>
#      </Menu>
#    </CustomTools>
#
"""Opens images of OMERO in Imaris, or saves them as Imaris files on this computer.

In Imaris, put this file into a folder of XTensions (Preferences, Custom Tools). Without Imaris:

    python XTOmeroConnector.py                          the same window; files are only saved
    python XTOmeroConnector.py --user USER list         projects and screens
    python XTOmeroConnector.py --user USER list dataset 7
    python XTOmeroConnector.py --user USER search liver
    python XTOmeroConnector.py --user USER export 101 102 --folder FOLDER

It needs Python 3.7 or newer and nothing else. The password is sent once, encrypted, and stored
nowhere: what remains is a session, which ends when the program ends. The file has four parts: how
it talks to the site, what it can browse, how an image becomes a file, and then the window and the
command line.
"""

from __future__ import annotations

import argparse
import errno
import getpass
import http.client
import http.cookiejar
import ipaddress
import json
import logging
import os
import queue
import re
import shutil
import socket
import ssl
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any, Callable, Collection, Dict, Sequence, TextIO

# The address of the site that this file was downloaded from; the site fills it in.
SITE = ""
VERSION = "1.0"
PLUGIN = "omeroweb_imaris_connector"
LOG = logging.getLogger("XTOmeroConnector")

TIMEOUT = 60  # seconds without a byte
PIECE = 1 << 20  # bytes that are read at a time
PAGE = 100  # objects in one answer
ATTEMPTS = 5  # of a request or a download that makes no progress
PAUSES = (1, 2, 4, 8, 15)  # seconds between attempts
SLOWEST_POLL = 5  # seconds between two looks at an export that changes little
UNAVAILABLE = {429, 502, 503, 504}  # answers after which another attempt is worth it
HDF5 = b"\x89HDF\r\n\x1a\n"  # how an Imaris file begins
GOING = {"queued", "waiting_for_processor", "running", "verifying", "attaching"}
Told = Dict[str, Any]  # an object as the site tells it
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)


class Failure(Exception):
    """What did not work and what to do; its text is for the user.

    Attributes:
        status: of HTTP, 0 if there was no answer.
    """

    def __init__(self, text: str, status: int = 0) -> None:
        super().__init__(text)
        self.status = status


class LoggedOut(Failure):
    """The session has ended."""


class Stopped(Failure):
    """The user has cancelled."""


# --- Talking to the site -------------------------------------------------------------------------


def site_address(text: str, allow_http: bool = False) -> str:
    """The address of OMERO.web, from what somebody typed or copied.

    Args:
        text: such as `omero.example.org`; the address of any page of OMERO.web will do.
        allow_http: whether the password may cross the network as readable text. On this computer
            itself it always may.

    Returns:
        `https://omero.example.org/`, with the prefix if OMERO.web has one.

    Raises:
        Failure: it is no such address.
    """
    text = text.strip()
    if not text:
        raise Failure("Type the address of your OMERO.web, such as omero.example.org.")
    parts = urllib.parse.urlsplit(text if "://" in text else "https://" + text)
    try:
        port = parts.port
    except ValueError:
        port = -1
    if parts.scheme not in ("http", "https") or not parts.hostname or port == -1:
        raise Failure(f"{text!r} is no address of a site.")
    if parts.username or parts.password:
        raise Failure("The address must not contain a user name or a password.")
    if parts.scheme == "http" and not allow_http and not _on_this_computer(parts.hostname):
        raise Failure(
            "This address begins with http://: your password would cross the network as readable "
            "text. Use https://."
        )
    prefix = re.split(rf"/(?:webclient|api|{PLUGIN})(?:/|$)", parts.path + "/")[0].strip("/")
    host = parts.netloc.lower()
    return "{}://{}/{}".format(parts.scheme, host, prefix + "/" if prefix else "")


def _on_this_computer(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


class _SameSite(urllib.request.HTTPRedirectHandler):
    """Follows a site to another of its pages, never to another site: the session stays here."""

    def redirect_request(
        self, req: urllib.request.Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        old, new = urllib.parse.urlsplit(req.full_url), urllib.parse.urlsplit(newurl)
        if (old.scheme, old.netloc) != (new.scheme, new.netloc):
            raise Failure(
                f"{old.netloc} sends this program to {new.netloc}, where it does not go. If "
                "people log in on another page first, use the site in the browser and download "
                "the file there. Else use the address that the browser shows."
            )
        if new.path.rstrip("/").endswith("/webclient/login"):
            raise LoggedOut("You are logged out. Log in again.", 401)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class Connection:
    """A session of OMERO.web.

    Attributes:
        base: the site's address.
        user: the event context of who has logged in; empty before.
    """

    def __init__(self, base: str, ca_file: str | None = None) -> None:
        """Nothing is sent yet.

        Args:
            base: as of `site_address`.
            ca_file: certificates to trust instead of those that the system trusts.
        """
        self.base = base
        self.user: Told = {}
        self._token = ""
        try:
            context = ssl.create_default_context(cafile=ca_file)
        except (OSError, ssl.SSLError) as error:
            raise Failure(f"{ca_file} is no file of certificates: {error}") from None
        self._opener = urllib.request.build_opener(
            urllib.request.HTTPSHandler(context=context),
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()),
            _SameSite(),
        )

    @property
    def host(self) -> str:
        """For messages."""
        return urllib.parse.urlsplit(self.base).netloc

    def log_in(self, user: str, password: str) -> None:
        """Begin a session; the password is not stored.

        Raises:
            Failure: wrong password, no such site, a certificate that is not trusted.
        """
        try:
            servers = self.get("api/v0/servers/")["data"]
        except Failure as failure:
            if failure.status == 404:
                text = f"There is no OMERO.web at {self.base}. Check the address."
                raise Failure(text, 404) from None
            raise
        self._new_token()
        form = {"username": user, "password": password, "server": servers[0]["id"]}
        try:
            answer = self._read(self._request("api/v0/login/", form=form))
        except LoggedOut as refused:
            raise Failure(str(refused), refused.status) from None
        self.user = answer["eventContext"]
        # A login brings another token.
        self._new_token()
        LOG.info("logged in to %s", self.host)

    def log_out(self) -> None:
        """End the session; no failure is worth reporting."""
        if self.user:
            self.user = {}
            try:
                with self._open(self._request("webclient/logout/", form={})):
                    LOG.info("logged out")
            except Failure as failure:
                LOG.info("log out: %s", failure)

    def get(self, path: str, stop: threading.Event | None = None, **query: Any) -> Any:
        """JSON of a page; tried again when the site is unavailable for a moment.

        Args:
            path: below the site's address.
            stop: an `Event` that ends the waiting.
            query: parameters; None is left out.
        """
        given = {name: value for name, value in query.items() if value is not None}
        where = path + ("?" + urllib.parse.urlencode(given) if given else "")
        for attempt in range(ATTEMPTS):
            try:
                return self._read(self._request(where))
            except Failure as failure:
                worth = failure.status in UNAVAILABLE or isinstance(failure, _NoAnswer)
                if not worth or attempt == ATTEMPTS - 1:
                    raise
                LOG.info("%s; trying again", failure)
            pause(PAUSES[attempt], stop)
        raise AssertionError("the last attempt returns or raises")

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """Send JSON, once; the JSON of the answer."""
        return self._read(self._request(path, json_body=body or {}))

    def open(self, path: str, headers: dict[str, str]) -> Any:
        """An answer to be read piece by piece; `Failure` unless it is 200, 206 or 416."""
        request = self._request(path)
        for name, value in headers.items():
            request.add_header(name, value)
        return self._open(request, also={416})

    def _new_token(self) -> None:
        self._token = self.get("api/v0/token/")["data"]

    def _request(
        self, path: str, form: dict[str, Any] | None = None, json_body: dict[str, Any] | None = None
    ) -> urllib.request.Request:
        request = urllib.request.Request(self.base + path)
        request.add_header("User-Agent", "OMERO-ImarisXT/" + VERSION)
        request.add_header("Accept", "application/json")
        if form is None and json_body is None:
            return request
        # What Django wants of a request that changes something.
        request.add_header("X-CSRFToken", self._token)
        request.add_header("Referer", self.base)
        if form is not None:
            request.data = urllib.parse.urlencode(form).encode()
        else:
            request.data = json.dumps(json_body).encode()
            request.add_header("Content-Type", "application/json")
        return request

    def _read(self, request: urllib.request.Request) -> Any:
        with self._open(request) as answer:
            try:
                content = answer.read()
            except (OSError, http.client.HTTPException) as error:
                raise _NoAnswer(f"The connection to {self.host} was lost.") from error
        try:
            return json.loads(content.decode("utf-8"))
        except ValueError:
            text = "{} answers with a page where this program expects data. Is it OMERO.web?"
            raise Failure(text.format(self.host)) from None

    def _open(self, request: urllib.request.Request, also: Collection[int] = ()) -> Any:
        # The path alone: what is asked may name people and images.
        path = urllib.parse.urlsplit(request.full_url).path
        try:
            answer = self._opener.open(request, timeout=TIMEOUT)
            LOG.info("%s %s: %s", request.get_method(), path, answer.status)
            return answer
        except urllib.error.HTTPError as error:
            LOG.info("%s %s: %s", request.get_method(), path, error.code)
            if error.code in also:
                return error
            with error:
                raise _refused(error, self.host) from None
        except (OSError, http.client.HTTPException) as error:
            LOG.info("%s %s: %s", request.get_method(), path, type(error).__name__)
            raise _no_answer(error, self.host) from error


class _NoAnswer(Failure):
    """Nothing came, or not all of it: another attempt may work."""


def _refused(error: urllib.error.HTTPError, host: str) -> Failure:
    """The failure that the site's answer explains."""
    try:
        told = json.loads(error.read().decode("utf-8"))
        text = str(told.get("error") or told.get("message") or "")
    except (OSError, ValueError, AttributeError, http.client.HTTPException):
        text = ""
    if error.code == 401:
        return LoggedOut(text or "You are logged out. Log in again.", 401)
    plain = {
        403: "{} does not allow this.",
        404: "{} does not have this (404).",
        429: "Too many requests to {}. Wait a minute.",
    }
    standard = plain.get(error.code, "{} could not do this ({}).")
    return Failure(text or standard.format(host, error.code), error.code)


def _no_answer(error: Exception, host: str) -> Failure:
    """Why there was none, in words."""
    reason = getattr(error, "reason", error)
    if isinstance(reason, Failure):
        return reason
    if isinstance(reason, ssl.SSLCertVerificationError):
        return Failure(
            f"The certificate of {host} is not trusted by this computer: "
            f"{reason.verify_message}. Nothing was sent. Ask the administrators of the site for "
            "the certificate of their authority, and give its file with --ca-file or in the "
            "environment variable SSL_CERT_FILE."
        )
    if isinstance(reason, ssl.SSLError):
        return Failure(f"{host} does not speak HTTPS as this program does: {reason}.")
    if isinstance(reason, socket.gaierror):
        return Failure(f"There is no computer named {host}. Check the address.")
    if isinstance(reason, (socket.timeout, TimeoutError)):
        return _NoAnswer(f"{host} took too long to answer.")
    return _NoAnswer(f"{host} cannot be reached. Check the address and the network.")


def pause(seconds: float, stop: threading.Event | None = None) -> None:
    """Wait; `Stopped` at once when the user cancels."""
    if stop is None:
        time.sleep(seconds)
    elif stop.wait(seconds):
        raise Stopped("Cancelled.")


# --- What can be browsed -------------------------------------------------------------------------


class Node:
    """An object of OMERO in the tree.

    Attributes:
        kind: `project`, `dataset`, `image`, `screen`, `plate` or the name of a list, as in `ROOTS`.
        id: of OMERO; 0 for a list.
        name: as the tree shows it.
        detail: such as `1024 x 1024 x 30, 3 channels`.
    """

    def __init__(self, kind: str, id_: int, name: str, detail: str = "") -> None:
        self.kind, self.id, self.name, self.detail = kind, int(id_), name, detail

    def __repr__(self) -> str:
        return f"Node({self.kind!r}, {self.id}, {self.name!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Node) and (self.kind, self.id) == (other.kind, other.id)

    def __hash__(self) -> int:
        return hash((self.kind, self.id))

    @property
    def is_image(self) -> bool:
        """Whether it can be exported."""
        return self.kind == "image"


ROOTS = (
    Node("projects", 0, "Projects"),
    Node("screens", 0, "Screens"),
    Node("orphaned-datasets", 0, "Datasets without a project"),
    Node("orphaned-plates", 0, "Plates without a screen"),
    Node("orphaned-images", 0, "Images without a dataset"),
)
# What is below a node: where it is listed, what it is, and parameters.
_BELOW = {
    "projects": ("projects/", "project", {}),
    "screens": ("screens/", "screen", {}),
    "orphaned-datasets": ("datasets/", "dataset", {"orphaned": "true"}),
    "orphaned-plates": ("plates/", "plate", {"orphaned": "true"}),
    "orphaned-images": ("images/", "image", {"orphaned": "true"}),
    "project": ("projects/{}/datasets/", "dataset", {}),
    "dataset": ("datasets/{}/images/", "image", {}),
    "screen": ("screens/{}/plates/", "plate", {}),
    "plate": ("plates/{}/wells/", "well", {}),
}


class Catalogue:
    """What a user may see in OMERO, page by page."""

    def __init__(self, connection: Connection, only_mine: bool = False) -> None:
        """`only_mine` limits the lists in `ROOTS` to what the user owns."""
        self._connection = connection
        self._owner = connection.user.get("userId") if only_mine else None

    def page(
        self, node: Node, offset: int = 0, stop: threading.Event | None = None
    ) -> tuple[list[Node], int | None, int]:
        """Some of what is below a node.

        Args:
            node: not an image.
            offset: how many objects to leave out, as the answer before said.
            stop: an `Event` that ends it.

        Returns:
            Nodes; the offset of the next page, or None after the last one; how many there are.
        """
        path, kind, query = _BELOW[node.kind]
        owner = None if node.id else self._owner
        answer = self._connection.get(
            "api/v0/m/" + path.format(node.id),
            stop,
            limit=PAGE,
            offset=offset,
            owner=owner,
            **query,
        )
        found, meta = answer["data"], answer["meta"]
        following = offset + len(found)
        total = int(meta.get("totalCount", following))
        nodes = _images_of_wells(found) if kind == "well" else [_node(kind, each) for each in found]
        return nodes, following if found and following < total else None, total

    def all(self, node: Node, stop: threading.Event | None = None) -> list[Node]:
        """Everything below a node, from all pages."""
        nodes: list[Node] = []
        following: int | None = 0
        while following is not None:
            more, following, _ = self.page(node, following, stop)
            nodes.extend(more)
        return nodes

    def search(
        self, words: str, before: Any = None, stop: threading.Event | None = None
    ) -> tuple[list[Node], Any]:
        """Images whose names contain some words, the newest first.

        Returns:
            Nodes; what to give as `before` for older ones, or None.
        """
        answer = self._connection.get(PLUGIN + "/search/", stop, name=words, before=before)
        nodes = [
            Node("image", each["id"], each["name"], _sizes(each["sizes"]))
            for each in answer["images"]
        ]
        return nodes, answer["next"]


def _node(kind: str, told: Told) -> Node:
    pixels = told.get("Pixels") or {}
    sizes = [int(pixels.get("Size" + axis) or 0) for axis in "XYZCT"]
    name = str(told.get("Name") or "{} {}".format(kind.title(), told["@id"]))
    return Node(kind, told["@id"], name, _sizes(sizes) if all(sizes) else "")


def _sizes(sizes: Sequence[int]) -> str:
    x, y, z, c, t = sizes
    words = [f"{x} x {y}" + (f" x {z}" if z > 1 else "")]
    words += [f"{c} channels"] if c > 1 else []
    words += [f"{t} time points"] if t > 1 else []
    return ", ".join(words)


def _images_of_wells(wells: list[Told]) -> list[Node]:
    """The images of the fields of wells, as `B3, field 2: name`."""
    nodes = []
    for well in wells:
        place = "{}{}".format(_letters(int(well.get("Row", 0))), int(well.get("Column", 0)) + 1)
        for number, sample in enumerate(well.get("WellSamples") or [], start=1):
            if sample.get("Image"):
                image = _node("image", sample["Image"])
                image.name = f"{place}, field {number}: {image.name}"
                nodes.append(image)
    return nodes


def _letters(row: int) -> str:
    """A, B, … Z, AA, AB, … as rows of a plate are named."""
    name = ""
    row += 1
    while row:
        row, rest = divmod(row - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


# --- From an image to a file ---------------------------------------------------------------------


class Progress:
    """How far one image is.

    Attributes:
        image: its id.
        name: of the image, or of the file once that is known.
        text: what happens, in words.
        part: how much of it is done, from 0 to 1, or None if that is unknown.
        path: of the file, once it is complete.
        failed: whether `text` says why there is no file.
    """

    def __init__(
        self,
        image: int,
        name: str,
        text: str,
        part: float | None = None,
        path: Path | None = None,
        failed: bool = False,
    ) -> None:
        self.image, self.name, self.text, self.part = image, name, text, part
        self.path, self.failed = path, failed

    @property
    def ended(self) -> bool:
        """Nothing more will happen."""
        return self.failed or self.path is not None


class Exports:
    """Exports images and downloads their files."""

    def __init__(self, connection: Connection, folder: str | Path) -> None:
        """`folder` is where the files go; it is made if need be."""
        self._connection = connection
        self._folder = Path(folder)

    def run(
        self,
        tell: Callable[[Progress], None],
        stop: threading.Event,
        images: Sequence[int] = (),
        dataset: int | None = None,
    ) -> list[Progress]:
        """Export images, or all of a dataset, and download each file as soon as it is there.

        What fails does not stop the others. After a cut connection, the same call goes on where it
        was: exports that the site has are not made again, and of a file that has begun only the
        rest is sent.

        Args:
            tell: called with a `Progress`, often, by the thread that calls this.
            stop: an `Event`: exports that are not ready are cancelled.
            images: their ids.
            dataset: an id, instead.

        Returns:
            The last `Progress` of each image.

        Raises:
            LoggedOut: log in and call it again.
            Stopped: `stop` was set; parts of files that have arrived are kept.
            Failure: nothing could be started.
        """
        body = {"images": list(images)} if dataset is None else {"dataset": dataset}
        waiting = _files(self._connection.post(PLUGIN + "/exports/", body)["exports"])
        for file in waiting:
            tell(_progress(file))
        ended = []
        try:
            while waiting:
                waiting, ready, same = self._look(waiting, tell, stop)
                for file in ready:
                    ended.append(self._fetch(file, tell, stop))
                    waiting = [each for each in waiting if each is not file]
                if waiting and not ready:
                    pause(SLOWEST_POLL if same else 1, stop)
        except Stopped:
            self._cancel(waiting)
            raise
        return ended

    def _look(
        self, waiting: list[Told], tell: Callable[[Progress], None], stop: threading.Event
    ) -> tuple[list[Told], list[Told], bool]:
        """Ask for each export: its files, those that have ended, whether nothing has changed."""
        asked = []
        for export in dict.fromkeys(each["id"] for each in waiting):
            asked.append(self._connection.get(PLUGIN + f"/exports/{export}/", stop))
        still = {(each["id"], each["image"]["id"]) for each in waiting}
        told = [each for each in _files(asked) if (each["id"], each["image"]["id"]) in still]
        for file in told:
            if file["state"] in GOING:
                tell(_progress(file))
        ready = [file for file in told if file["state"] not in GOING]
        return told, ready, told == waiting

    def _fetch(
        self, file: Told, tell: Callable[[Progress], None], stop: threading.Event
    ) -> Progress:
        """The last progress of an image that has ended: with its file, or why there is none."""
        if file["state"] != "done":
            last = _progress(file)
        else:
            try:
                path = self._download(file, tell, stop)
                text = f"Saved as {path}"
                last = Progress(file["image"]["id"], path.name, text, 1.0, path)
            except (LoggedOut, Stopped):
                raise
            except (Failure, OSError) as failure:
                text = _full_disk(failure, self._folder) or str(failure)
                last = Progress(file["image"]["id"], _image_name(file), text, failed=True)
        tell(last)
        return last

    def _download(
        self, file: Told, tell: Callable[[Progress], None], stop: threading.Event
    ) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True)
        image, total = file["image"]["id"], int(file["bytes"] or 0)
        target = free_path(self._folder, file["file_name"], image)
        begun = time.monotonic()

        def arrived(have: int, whole: int, before: int) -> None:
            speed = (have - before) / max(time.monotonic() - begun, 0.001)
            text = f"Downloading: {in_bytes(have)} of {in_bytes(whole)}, {in_bytes(speed)}/s"
            tell(Progress(image, target.name, text, have / whole if whole else None))

        missing = total - _size(_part(target))
        free = shutil.disk_usage(str(self._folder)).free
        if missing > free:
            text = "{} has {} free; the file needs {}. Choose another folder, or make room."
            raise Failure(text.format(self._folder, in_bytes(free), in_bytes(missing)))
        download(self._connection, file["id"], image, target, arrived, stop)
        return target

    def _cancel(self, files: list[Told]) -> None:
        for export in dict.fromkeys(each["id"] for each in files if each["state"] in GOING):
            try:
                self._connection.post(PLUGIN + f"/exports/{export}/cancel/")
            except Failure as failure:
                LOG.info("cancel: %s", failure)


def _files(exports: Sequence[Told]) -> list[Told]:
    """The files of exports, each with the id of its export."""
    return [{**file, "id": export["id"]} for export in exports for file in export["files"]]


def download(
    connection: Connection,
    export: int | str,
    image: int,
    target: Path,
    arrived: Callable[[int, int, int], None],
    stop: threading.Event,
) -> None:
    """Fetch a file of an export; what a cut download has left is completed.

    The bytes go to `….part`, beside which `….part.etag` says of which file they are: the site
    sends the rest only if the file is still the same, else all of it. The name without `.part`
    always is a complete file.

    Args:
        connection: whose user may read the export.
        export: its id.
        image: of which image.
        target: the file.
        arrived: called with the bytes that are there, the bytes of the whole, and how many had been
            there before.
        stop: an `Event`.

    Raises:
        Failure: the site has refused, or no byte came in several attempts.
        OSError: the file cannot be written.
    """
    part = _part(target)
    before = _size(part)
    failures = 0
    while True:
        had = _size(part)
        try:
            _receive(connection, export, image, target, arrived, stop, before)
            break
        except _NoAnswer as cut:
            failures = 1 if _size(part) > had else failures + 1
            if failures >= ATTEMPTS:
                raise Failure(
                    f"{cut} What has arrived is kept: export the image again, and only the rest is "
                    "downloaded."
                ) from None
            LOG.info("download: %s", cut)
            pause(PAUSES[failures - 1], stop)
        except Failure as failure:
            if failure.status not in UNAVAILABLE or failures >= ATTEMPTS - 1:
                raise
            failures += 1
            pause(PAUSES[failures - 1], stop)
    with part.open("rb") as file:
        begins = file.read(len(HDF5))
    if begins != HDF5:
        forget(target)
        raise Failure(f"What {connection.host} has sent is no Imaris file.")
    os.replace(str(part), str(target))
    forget(target)


def _receive(
    connection: Connection,
    export: int | str,
    image: int,
    target: Path,
    arrived: Callable[[int, int, int], None],
    stop: threading.Event,
    before: int,
) -> None:
    """One attempt: the bytes that are missing, to the end of the file."""
    part, mark = _part(target), _mark(target)
    have = _size(part)
    tag = mark.read_text(encoding="ascii") if mark.exists() else ""
    headers = {"Range": f"bytes={have}-", "If-Range": tag} if have and tag else {}
    path = f"{PLUGIN}/exports/{export}/file/?image={image}"
    with connection.open(path, headers) as answer:
        whole = _whole(answer, have)
        if answer.status == 416:
            if have == whole:
                return
            forget(target)
            raise _NoAnswer("The file has changed on the site.")
        if answer.status != 206:
            have = 0
            part.write_bytes(b"")
            mark.write_text(answer.headers.get("ETag") or "", encoding="ascii", errors="ignore")
        with part.open("ab") as file:
            while True:
                if stop.is_set():
                    raise Stopped("Cancelled.")
                try:
                    piece = answer.read(PIECE)
                except (OSError, http.client.HTTPException):
                    raise _NoAnswer("The connection was lost.") from None
                if not piece:
                    break
                file.write(piece)
                have += len(piece)
                arrived(have, whole or have, before)
    if whole is not None and have != whole:
        raise _NoAnswer("The connection was lost.")


def _whole(answer: Any, have: int) -> int | None:
    """The size of the whole file, as an answer states it; None if it does not."""
    if answer.status in (206, 416):
        found = re.match(
            r"bytes (?:(\d+)-\d+|\*)/(\d+)$", answer.headers.get("Content-Range") or ""
        )
        if not found or (found.group(1) is not None and int(found.group(1)) != have):
            raise Failure("The site has sent another part of the file than was asked for.")
        return int(found.group(2))
    length = answer.headers.get("Content-Length")
    return int(length) if length else None


def forget(target: Path) -> None:
    """Delete what a download that is not complete has left."""
    for path in (_part(target), _mark(target)):
        if path.exists():
            path.unlink()


def _part(target: Path) -> Path:
    return target.with_name(target.name + ".part")


def _mark(target: Path) -> Path:
    return target.with_name(target.name + ".part.etag")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def free_path(folder: Path, name: str, image: int) -> Path:
    """Where a file goes: a name that every system accepts, and that no other file has.

    The id of the image is in it, so two images of one name have two files.
    """
    stem = safe_name(name)
    stem = stem[: -len(".ims")] if stem.lower().endswith(".ims") else stem
    path, number = folder / f"{stem} [{image}].ims", 2
    while path.exists():
        path, number = folder / f"{stem} [{image}] ({number}).ims", number + 1
    return path


def safe_name(name: str) -> str:
    """A name without what Windows or Linux forbid in one, of at most 120 characters."""
    kept = "".join("_" if ord(sign) < 32 or sign in '<>:"/\\|?*\x7f' else sign for sign in name)
    kept = kept.strip().strip(".").strip()
    # Names that end in `.ims` keep the ending.
    kept = kept if len(kept) <= 120 else kept[:116].rstrip() + ".ims"
    return "_" + kept if RESERVED.match(kept) else kept or "image"


def _full_disk(failure: Exception, folder: Path) -> str:
    if isinstance(failure, OSError) and failure.errno == errno.ENOSPC:
        return f"{folder} is full. Make room and export again: the download goes on."
    if isinstance(failure, OSError):
        return f"The file cannot be written to {folder}: {failure.strerror or failure}."
    return ""


def _image_name(file: Told) -> str:
    return str(file["image"].get("name") or "Image {}".format(file["image"]["id"]))


def _progress(file: Told) -> Progress:
    """The progress of an image on the site, as the site tells it."""
    state, planes = file["state"], file.get("planes") or {}
    done, total = planes.get("done") or 0, planes.get("total") or 0
    image, name = file["image"]["id"], _image_name(file)
    if state not in GOING and state != "done":
        return Progress(image, name, _why(file), failed=True)
    words = {
        "queued": "Waiting",
        "waiting_for_processor": "Waiting for a processor of OMERO",
        "verifying": "Checking the file",
        "attaching": "Attaching the file to the image",
        "done": "Ready",
    }
    text = words.get(state, "Exporting")
    if state == "queued" and file.get("position"):
        text = "Waiting: number {} in the queue".format(file["position"])
    if state == "running" and total:
        text = f"Exporting: {done} of {total} planes"
        if planes.get("seconds_left") is not None:
            text += ", about {} left".format(in_time(planes["seconds_left"]))
    return Progress(image, name, text, done / total if state == "running" and total else None)


def _why(file: Told) -> str:
    words = {"cancelled": "Cancelled", "expired": "The site has deleted the file"}
    said = file.get("message") or ""
    return said or words.get(file["state"], "The export has failed") + "."


def in_bytes(count: float) -> str:
    """Such as `1.4 GiB`."""
    size, unit = float(count), "B"
    for larger in ("KiB", "MiB", "GiB", "TiB"):
        if size < 1023.95:
            break
        size, unit = size / 1024, larger
    return f"{size:.0f} B" if unit == "B" else f"{size:.1f} {unit}"


def in_time(seconds: float) -> str:
    """Such as `45 s`, `12 min`, `3 h 5 min`."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    hours, minutes = divmod(round(whole / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


# --- The window ----------------------------------------------------------------------------------


class Background:
    """Does work in threads, and hands what comes of it to the thread of the window.

    The window calls `drain` many times a second; nothing else in it waits for a network or a disk.
    """

    def __init__(self) -> None:
        self._results: queue.Queue[Any] = queue.Queue()

    def run(
        self,
        work: Callable[[], Any],
        finished: Callable[[Any], None],
        failed: Callable[[Failure], None],
    ) -> None:
        """Call `work` in a thread, then `finished` with its result or `failed` with a `Failure`."""

        def thread() -> None:
            try:
                result = work()
            except Failure as failure:
                self.later(failed, failure)
            except Exception as error:
                LOG.exception("unexpected")
                self.later(failed, Failure(f"Unexpected: {error!r}. The log has more."))
            else:
                self.later(finished, result)

        threading.Thread(target=thread, daemon=True).start()

    def later(self, function: Callable[..., None], *arguments: Any) -> None:
        """Let `drain` call a function; for other threads."""
        self._results.put((function, arguments))

    def drain(self) -> None:
        """Call what has been handed over; never waits."""
        while True:
            try:
                function, arguments = self._results.get_nowait()
            except queue.Empty:
                return
            function(*arguments)


class Window:
    """Log in, choose, export. Every wait is in a thread of `Background`."""

    def __init__(self, root: Any, toolkit: Any, imaris: Any = None, site: str = SITE) -> None:
        """Build it.

        Args:
            root: of tkinter.
            toolkit: the modules `ttk`, `filedialog` and `messagebox` of tkinter.
            imaris: the application that opens files, if there is one.
            site: the address to begin with.
        """
        self._root, self._imaris = root, imaris
        self._ttk, self._dialogs, self._messages = toolkit
        self._background = Background()
        self._connection: Connection | None = None
        self._catalogue: Any = None
        # What the items of the tree are, by their names in tkinter.
        self._nodes: dict[str, Node] = {}
        # Items that stand for the next page: as `_load` takes it.
        self._more: dict[str, tuple[str, Any, Any]] = {}
        # One for each run of exports that goes on.
        self._runs: set[threading.Event] = set()
        # The item of a search.
        self._marked: str | None = None
        root.title("OMERO Connector")
        root.geometry("1000x640")
        root.minsize(640, 420)
        root.columnconfigure(0, weight=1)
        root.rowconfigure(1, weight=1)
        self._build_login(site)
        self._build_lists()
        self._build_foot()
        root.protocol("WM_DELETE_WINDOW", self._close)
        self._tick()

    # Parts

    def _build_login(self, site: str) -> None:
        bar = self._ttk.Frame(self._root, padding=8)
        bar.grid(row=0, column=0, sticky="ew")
        bar.columnconfigure(1, weight=1)
        self._site = self._field(bar, 0, "Site", 30)
        self._site.insert(0, site)
        self._user = self._field(bar, 2, "User", 14)
        self._password = self._field(bar, 4, "Password", 14, show="•")
        self._connect = self._ttk.Button(bar, text="Log in", command=self._log_in)
        self._connect.grid(row=0, column=6, padx=(8, 0))
        for field in (self._site, self._user, self._password):
            field.bind("<Return>", lambda _: self._log_in())
        (self._user if site else self._site).focus_set()

    def _field(self, bar: Any, column: int, label: str, width: int, **options: Any) -> Any:
        self._ttk.Label(bar, text=label).grid(row=0, column=column, padx=(8, 4))
        field = self._ttk.Entry(bar, width=width, **options)
        field.grid(row=0, column=column + 1, sticky="ew")
        return field

    def _build_lists(self) -> None:
        panes = self._ttk.PanedWindow(self._root, orient="horizontal")
        panes.grid(row=1, column=0, sticky="nsew", padx=8)
        left, right = self._ttk.Frame(panes), self._ttk.Frame(panes)
        panes.add(left, weight=3)
        panes.add(right, weight=2)
        bar = self._ttk.Frame(left)
        bar.pack(fill="x", pady=(0, 4))
        self._ttk.Label(bar, text="Name contains").pack(side="left")
        self._all_owners = self._ttk.Checkbutton(bar, text="Of others, too", command=self._reload)
        self._all_owners.state(["!alternate"])
        self._all_owners.pack(side="right", padx=(8, 0))
        self._ttk.Button(bar, text="Search", command=self._search).pack(side="right")
        self._words = self._ttk.Entry(bar)
        self._words.pack(side="left", fill="x", expand=True, padx=4)
        self._words.bind("<Return>", lambda _: self._search())
        self._tree = self._list(left, "Images", {"detail": ("", 200)}, "extended")
        self._tree.bind("<<TreeviewOpen>>", lambda _: self._opened(self._tree.focus()))
        self._tree.bind("<<TreeviewSelect>>", lambda _: self._selected())
        self._ttk.Label(right, text="Exports").pack(anchor="w", pady=(0, 4))
        self._exports = self._list(right, "Image", {"text": ("", 280)}, "browse")

    def _list(
        self, parent: Any, heading: str, columns: dict[str, tuple[str, int]], mode: str
    ) -> Any:
        frame = self._ttk.Frame(parent)
        frame.pack(fill="both", expand=True)
        tree = self._ttk.Treeview(frame, columns=list(columns), selectmode=mode)
        tree.heading("#0", text=heading, anchor="w")
        tree.column("#0", width=140)
        for name, (title, width) in columns.items():
            tree.heading(name, text=title, anchor="w")
            tree.column(name, width=width, stretch=mode == "browse")
        bar = self._ttk.Scrollbar(frame, command=tree.yview)
        tree.configure(yscrollcommand=bar.set)
        bar.pack(side="right", fill="y")
        tree.pack(side="left", fill="both", expand=True)
        return tree

    def _build_foot(self) -> None:
        foot = self._ttk.Frame(self._root, padding=8)
        foot.grid(row=2, column=0, sticky="ew")
        foot.columnconfigure(1, weight=1)
        self._folder = self._field(foot, 0, "Folder", 40)
        self._folder.insert(0, str(default_folder()))
        self._button(foot, 2, "Choose…", self._choose_folder)
        self._open = None
        if self._imaris is not None:
            self._open = self._button(foot, 3, "Export and open", lambda: self._export(True))
        self._save = self._button(foot, 4, "Export", self._export)
        self._stop = self._button(foot, 5, "Cancel", self._cancel)
        self._bar = self._ttk.Progressbar(foot, maximum=1.0)
        self._bar.grid(row=1, column=0, columnspan=6, sticky="ew", pady=(8, 4))
        self._status = self._ttk.Label(foot, text="Log in to see your images.")
        self._status.grid(row=2, column=0, columnspan=6, sticky="ew")
        foot.bind("<Configure>", lambda event: self._status.configure(wraplength=event.width - 20))
        self._selected()

    def _button(self, parent: Any, column: int, text: str, command: Callable[[], None]) -> Any:
        button = self._ttk.Button(parent, text=text, command=command)
        button.grid(row=0, column=column, padx=(8, 0))
        return button

    # Logging in

    def _log_in(self) -> None:
        if self._connection is not None:
            self._leave()
            return
        user, password = self._user.get().strip(), self._password.get()
        self._password.delete(0, "end")
        try:
            connection = Connection(site_address(self._site.get()))
        except Failure as failure:
            self._say(str(failure))
            return
        if not user or not password:
            self._say("Type your user name and your password of OMERO.")
            return
        self._connect.state(["disabled"])
        self._say(f"Logging in to {connection.host} …")
        self._background.run(
            lambda: connection.log_in(user, password),
            lambda _: self._logged_in(connection),
            self._login_failed,
        )

    def _login_failed(self, failure: Failure) -> None:
        self._connect.state(["!disabled"])
        self._say(str(failure))

    def _logged_in(self, connection: Connection) -> None:
        self._connection = connection
        self._connect.configure(text="Log out")
        self._connect.state(["!disabled"])
        for field in (self._site, self._user, self._password):
            field.state(["disabled"])
        self._say("Choose images, a dataset or a plate.")
        self._reload()

    def _leave(self, text: str = "You are logged out.") -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            self._background.run(connection.log_out, lambda _: None, lambda _: None)
        self._connect.configure(text="Log in")
        for field in (self._site, self._user, self._password):
            field.state(["!disabled"])
        self._empty_tree()
        self._say(text)

    # The tree

    def _empty_tree(self) -> None:
        self._tree.delete(*self._tree.get_children())
        self._nodes.clear()
        self._more.clear()
        self._marked = None
        self._selected()

    def _reload(self) -> None:
        if self._connection is None:
            return
        self._catalogue = Catalogue(self._connection, not self._all_owners.instate(["selected"]))
        self._empty_tree()
        self._insert("", ROOTS)

    def _insert(self, parent: str, nodes: Sequence[Node]) -> None:
        for node in nodes:
            item = self._tree.insert(parent, "end", text=node.name, values=[node.detail])
            self._nodes[item] = node
            if not node.is_image:
                # So that it can be opened.
                self._tree.insert(item, "end", text="…")

    def _opened(self, item: str) -> None:
        node = self._nodes.get(item)
        children = self._tree.get_children(item)
        known = self._nodes.keys() | self._more.keys()
        if node is not None and len(children) == 1 and children[0] not in known:
            self._load(item, lambda: self._catalogue.page(node), self._page_of(node))

    def _page_of(self, node: Node) -> Callable[[Any], Callable[[], Any]]:
        catalogue = self._catalogue
        return lambda offset: lambda: catalogue.page(node, offset)

    def _load(
        self, item: str, work: Callable[[], Any], next_page: Callable[[Any], Callable[[], Any]]
    ) -> None:
        """Put a page below an item; `next_page` makes the work for the one after it."""

        def loaded(page: Any) -> None:
            if not self._tree.exists(item):
                return
            nodes, following = page[:2]
            children = self._tree.get_children(item)
            self._tree.delete(*[each for each in children if each not in self._nodes])
            self._insert(item, nodes)
            if following is not None:
                there = len(self._tree.get_children(item))
                total = f"{there} of {page[2]}" if len(page) > 2 else ""
                more = self._tree.insert(item, "end", text="Show more …", values=[total])
                self._more[more] = (item, next_page(following), next_page)
            elif not self._tree.get_children(item):
                self._tree.insert(item, "end", text="Nothing")

        self._background.run(work, loaded, self._failed)

    def _selected(self) -> None:
        for item in self._tree.selection():
            if item in self._more:
                self._tree.item(item, text="…")
                self._load(*self._more.pop(item))
        chosen = self._chosen()
        for button, works in ((self._save, bool(chosen)), (self._open, len(chosen) == 1)):
            if button is not None:
                works = works and (button is self._save or chosen[0].is_image)
                button.state(["!disabled" if works else "disabled"])
        self._stop.state(["!disabled" if self._runs else "disabled"])

    def _chosen(self) -> list[Node]:
        nodes = [self._nodes.get(item) for item in self._tree.selection()]
        kinds = ("image", "dataset", "plate")
        return [node for node in nodes if node is not None and node.kind in kinds]

    def _search(self) -> None:
        words = self._words.get().strip()
        if not words or self._connection is None:
            return
        if self._marked is not None and self._tree.exists(self._marked):
            self._tree.delete(self._marked)
        title = f"Images whose name contains “{words}”"
        self._marked = self._tree.insert("", 0, text=title, open=True)
        self._tree.insert(self._marked, "end", text="…")
        catalogue = self._catalogue

        def page_before(before: Any) -> Callable[[], Any]:
            return lambda: catalogue.search(words, before)

        self._load(self._marked, page_before(None), page_before)

    # Exporting

    def _choose_folder(self) -> None:
        folder = self._dialogs.askdirectory(initialdir=self._folder.get())
        if folder:
            self._folder.delete(0, "end")
            self._folder.insert(0, folder)

    def _export(self, open_it: bool = False) -> None:
        chosen, stop = self._chosen(), threading.Event()
        folder = self._folder.get().strip() or str(default_folder())
        connection, catalogue = self._connection, self._catalogue
        if connection is None:
            return
        self._runs.add(stop)
        self._selected()

        def tell(progress: Progress) -> None:
            self._background.later(self._show, progress)

        def ended(text: str) -> None:
            self._runs.discard(stop)
            self._selected()
            self._bar.configure(value=0)
            self._say(text)

        def finished(last: list[Progress]) -> None:
            failed = sum(1 for each in last if each.failed)
            good = f"Finished: {_counted(len(last) - failed)} saved in {folder}."
            ended(good if not failed else good + f" {_counted(failed)} failed.")
            if open_it and last and last[0].path:
                self._open_in_imaris(last[0].path)

        def failed(failure: Failure) -> None:
            ended(str(failure))
            if isinstance(failure, LoggedOut) and self._connection is connection:
                self._leave(str(failure) + " Then export again: it goes on where it was.")

        def work() -> list[Progress]:
            return export_nodes(connection, catalogue, chosen, folder, tell, stop)

        self._background.run(work, finished, failed)

    def _show(self, progress: Progress) -> None:
        item = f"image-{progress.image}"
        if not self._exports.exists(item):
            self._exports.insert("", 0, iid=item)
        self._exports.item(item, text=progress.name, values=[progress.text])
        self._bar.configure(value=progress.part or 0)
        self._say(f"{progress.name}: {progress.text}")

    def _cancel(self) -> None:
        for stop in self._runs:
            stop.set()
        self._say("Cancelling …")

    def _open_in_imaris(self, path: Path) -> None:
        self._say(f"Imaris opens {path} …")
        self._background.run(
            lambda: open_in_imaris(self._imaris, path), lambda _: self._say("Opened."), self._failed
        )

    # The rest

    def _failed(self, failure: Failure) -> None:
        if isinstance(failure, LoggedOut) and self._connection is not None:
            self._leave(str(failure))
        else:
            self._say(str(failure))

    def _say(self, text: str) -> None:
        self._status.configure(text=text)

    def _tick(self) -> None:
        self._background.drain()
        self._root.after(100, self._tick)

    def _close(self) -> None:
        question = "Exports go on on the site; downloads stop, and can be completed later. Close?"
        if self._runs and not self._messages.askokcancel("OMERO Connector", question):
            return
        connection = self._connection
        self._root.destroy()
        if connection is not None:
            last = threading.Thread(target=connection.log_out, daemon=True)
            last.start()
            last.join(5)


def export_nodes(
    connection: Connection,
    catalogue: Catalogue,
    nodes: Sequence[Node],
    folder: str | Path,
    tell: Callable[[Progress], None],
    stop: threading.Event,
) -> list[Progress]:
    """Export what was chosen: images, and all of datasets and plates; as `Exports.run`."""
    exports, last = Exports(connection, folder), []
    images = [node.id for node in nodes if node.kind == "image"]
    for plate in (node for node in nodes if node.kind == "plate"):
        images += [image.id for image in catalogue.all(plate, stop)]
    if images:
        last += exports.run(tell, stop, images=list(dict.fromkeys(images)))
    for dataset in (node for node in nodes if node.kind == "dataset"):
        last += exports.run(tell, stop, dataset=dataset.id)
    return last


def _counted(count: int) -> str:
    return "1 image" if count == 1 else f"{count} images"


def open_in_imaris(imaris: Any, path: Path) -> None:
    """Let Imaris open a file.

    Raises:
        Failure: Imaris says why not.
    """
    try:
        imaris.FileOpen(str(path), "")
    except Exception as error:  # noqa: BLE001 - what Ice raises is not known here
        raise Failure(f"Imaris could not open {path}: {error}") from None


def default_folder() -> Path:
    """Where files go if nobody says otherwise."""
    return Path.home() / "OMERO for Imaris"


def open_window(imaris: Any = None, site: str = SITE) -> None:
    """Show the window until it is closed.

    Raises:
        Failure: there is no tkinter, or no screen.
    """
    try:
        import tkinter
        from tkinter import filedialog, messagebox, ttk
    except ImportError:
        raise Failure(
            "This Python has no tkinter, so there is no window. Install it (python3-tk), or use "
            "the command line: --help lists the commands."
        ) from None
    try:
        root = tkinter.Tk()
    except tkinter.TclError as error:
        raise Failure(f"There is no screen for the window: {error}") from None
    Window(root, (ttk, filedialog, messagebox), imaris, site)
    root.mainloop()


def XTOmeroConnector(aImarisId: Any) -> None:  # Imaris calls it by the name of the file.
    """What the entry of Imaris' menu does."""
    import ImarisLib

    _log_to(Path(tempfile.gettempdir()) / "XTOmeroConnector.log")
    open_window(ImarisLib.ImarisLib().GetApplication(aImarisId))


def _log_to(path: Path) -> None:
    """Imaris has no console. The file holds paths of requests, no passwords and no tokens."""
    try:
        LOG.addHandler(logging.FileHandler(str(path), mode="w", encoding="utf-8"))
        LOG.setLevel(logging.INFO)
    except OSError:
        LOG.addHandler(logging.NullHandler())


# --- The command line ----------------------------------------------------------------------------


def command_line() -> argparse.ArgumentParser:
    """The parser of the arguments."""
    parser = argparse.ArgumentParser(
        prog="XTOmeroConnector.py", description="Save images of OMERO as Imaris files."
    )
    parser.add_argument("--site", default=SITE, help="address of OMERO.web")
    parser.add_argument("--user", help="your user name of OMERO; the password is asked for")
    parser.add_argument(
        "--password-stdin", action="store_true", help="read the password from the standard input"
    )
    parser.add_argument("--ca-file", help="certificates to trust instead of the system's")
    parser.add_argument(
        "--allow-http", action="store_true", help="send the password as readable text over http://"
    )
    parser.add_argument("--verbose", action="store_true", help="show each request")
    does = parser.add_subparsers(dest="does", metavar="list | search | export")
    lists = does.add_parser("list", help="what is in OMERO, or below one of its objects")
    lists.add_argument("kind", nargs="?", choices=sorted(_BELOW))
    lists.add_argument("id", nargs="?", type=int, default=0)
    lists.add_argument("--mine", action="store_true", help="only what you own")
    search = does.add_parser("search", help="images whose names contain some words")
    search.add_argument("words", nargs="+")
    export = does.add_parser("export", help="save images as Imaris files")
    export.add_argument("images", nargs="*", type=int, metavar="IMAGE", help="its id")
    export.add_argument("--dataset", type=int, help="all images of a dataset")
    export.add_argument("--plate", type=int, help="all images of a plate")
    export.add_argument("--folder", type=Path, default=default_folder(), help="where files go")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; without a command, show the window.

    Returns:
        0 if everything worked, 1 if something failed, 2 for arguments that do not fit, 130 if it
        was interrupted.
    """
    parser = command_line()
    given = parser.parse_args(arguments)
    if given.verbose:
        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    if given.does is not None and not given.user:
        parser.error("--user is needed")
    connection = None
    try:
        if given.does is None:
            open_window(site=given.site)
            return 0
        connection = Connection(site_address(given.site, given.allow_http), given.ca_file)
        connection.log_in(given.user, _password(given))
        return {"list": _list, "search": _search, "export": _export}[given.does](connection, given)
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return 130
    except Failure as failure:
        print(failure, file=sys.stderr)
        return 1
    finally:
        if connection is not None:
            connection.log_out()


def _password(given: argparse.Namespace) -> str:
    if given.password_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    return getpass.getpass(f"Password of {given.user} in OMERO: ")


def _list(connection: Connection, given: argparse.Namespace) -> int:
    catalogue = Catalogue(connection, given.mine)
    if given.kind is None:
        for root in ROOTS:
            for node in catalogue.all(root):
                _print(node)
        return 0
    if bool(given.id) == given.kind.endswith("s"):
        raise Failure("list {} needs {}.".format(given.kind, "no id" if given.id else "an id"))
    for node in catalogue.all(Node(given.kind, given.id, "")):
        _print(node)
    return 0


def _search(connection: Connection, given: argparse.Namespace) -> int:
    catalogue, before, first = Catalogue(connection), None, True
    while first or before is not None:
        nodes, before = catalogue.search(" ".join(given.words), before)
        first = False
        for node in nodes:
            _print(node)
    return 0


def _print(node: Node) -> None:
    name = " ".join(node.name.split())
    print(f"{node.kind}\t{node.id}\t{name}\t{node.detail}".rstrip())


def _export(connection: Connection, given: argparse.Namespace) -> int:
    nodes = [Node("image", image, "") for image in given.images]
    nodes += [Node("dataset", given.dataset, "")] if given.dataset else []
    nodes += [Node("plate", given.plate, "")] if given.plate else []
    if not nodes:
        raise Failure("Name images, a dataset or a plate to export.")
    stop = threading.Event()
    told = _Told(sys.stderr)
    try:
        last = export_nodes(connection, Catalogue(connection), nodes, given.folder, told.tell, stop)
    except KeyboardInterrupt:
        told.end()
        text = "Exports go on on the site. The same command goes on where this one was."
        print(text, file=sys.stderr)
        raise
    for progress in last:
        if progress.path:
            print(progress.path)
    return 1 if any(progress.failed for progress in last) else 0


class _Told:
    """Progress in a terminal: one line that changes. In a file: a line for each change."""

    def __init__(self, out: TextIO) -> None:
        self._out, self._live, self._open = out, out.isatty(), False
        self._last: dict[int, str] = {}

    def tell(self, progress: Progress) -> None:
        """Show it."""
        # The words, without how far it is: what a file has a line for.
        kind = progress.text if progress.ended else re.sub(r"\d.*", "", progress.text)
        line = f"{progress.name}: {progress.text}"
        if self._live:
            self._out.write("\r\x1b[K" + line[:160] + ("\n" if progress.ended else ""))
            self._open = not progress.ended
        elif self._last.get(progress.image) != kind:
            self._out.write(line + "\n")
        self._last[progress.image] = kind
        self._out.flush()

    def end(self) -> None:
        """End the line that changes."""
        if self._open:
            self._out.write("\n")


if __name__ == "__main__":
    sys.exit(main())
