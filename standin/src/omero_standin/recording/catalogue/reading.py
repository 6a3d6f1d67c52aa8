"""What may be read, what may be downloaded, and what words find."""

from __future__ import annotations

import time
from typing import Any, Final

import omero.clients  # isort: skip
import omero.model
from omero.rtypes import rstring

from omero_standin.recording.catalogue.plugins import put_into_well
from omero_standin.recording.catalogue.row import Rows
from omero_standin.recording.lab import ALL_GROUPS, Asked, Lab
from omero_standin.recording.shown import Ref, is_there, rows

ROWS: Final = Rows()
# The server's indexer looks for what is new from time to time.
_INDEXED_SECONDS: Final = 40
_SETTINGS: Final = ("omero.data.dir", "omero.pixeldata.max_tile_length", "omero.fs.repo.path")


@ROWS.row(
    "B6", "somebody else's object that one may not read",
    needs=("unreadable to the second account",),
)  # fmt: skip
def unreadable(lab: Lab) -> None:
    """Asked for by its id, it is refused: both ways."""
    image = lab.made("Image", "image")
    query = lab.on("IQuery", lab.second_client.sf.getQueryService())
    for call in (query.get, query.find):
        with lab.may_fail():
            call("Image", Ref.of(image), ALL_GROUPS)


@ROWS.row("B6g", "an object of another group than the call's", needs=("two groups",))
def of_another_group(lab: Lab) -> None:
    """As if it could not be read."""
    image = lab.made("Image", "image")
    there = {"omero.group": str(int(lab.other or 0))}
    for call in (lab.query.get, lab.query.find):
        with lab.may_fail():
            call("Image", Ref.of(image), there)


@ROWS.row("B7", "which objects may be downloaded", depends="the setting omero.policy.binary_access")
def downloads(lab: Lab) -> None:
    """Images of plates may not, by default."""
    plate, field, image = (
        lab.made("Plate", "plate"), lab.made("Image", "field"), lab.made("Image", "image"),
    )  # fmt: skip
    put_into_well(lab, plate, field)
    gateway = lab.gateway
    for thing in (plate, field, image):
        kind = type(thing).__name__.removesuffix("I")
        lab.ask(
            "BlitzGateway object.canDownload", [Ref.of(thing)],
            gateway.getObject(kind, thing.id.val).canDownload,
        )  # fmt: skip


@ROWS.row(
    "B8", "settings that every server has a value for", needs=("administrator",),
    depends="settings of the server",
)  # fmt: skip
def settings(lab: Lab) -> None:
    """Their values are the site's affair, but there are some."""
    config = lab.on("IConfig", lab.client.sf.getConfigService())
    for name in _SETTINGS:
        config.getConfigValue(name, show=is_there)


@ROWS.row("B8u", "settings as a user reads them", needs=("ordinary user",))
def settings_of_users(lab: Lab) -> None:
    """Some are for administrators."""
    config = lab.on("IConfig", lab.client.sf.getConfigService())
    for name in _SETTINGS:
        with lab.may_fail():
            config.getConfigValue(name, show=is_there)


@ROWS.row("B9", "sessions are asked for by a query")
def sessions(lab: Lab) -> None:
    """One's own is found."""
    lab.query.projection(
        "select count(s.id), s.owner.id from Session s where s.uuid = :uuid group by s.owner.id",
        Asked(uuid=lab.key), ALL_GROUPS, show=rows(None, "Experimenter"),
    )  # fmt: skip


@ROWS.row("B20", "a store that is open is an active service")
def active(lab: Lab) -> None:
    """Stateless ones may be listed beside it."""
    store = lab.client.sf.createRawFileStore()
    lab.factory.activeServices(show=lambda found: sum("RawFileStore" in each for each in found))
    store.close()
    lab.factory.activeServices(show=lambda found: sum("RawFileStore" in each for each in found))


@ROWS.row("B20g", "the group of a session with an open store is changed", needs=("two groups",))
def group_with_store(lab: Lab) -> None:
    """That is refused."""
    store = lab.client.sf.createRawFileStore()
    try:
        with lab.may_fail():
            lab.factory.setSecurityContext(omero.model.ExperimenterGroupI(lab.other, False))
    finally:
        store.close()
        lab.client.sf.setSecurityContext(omero.model.ExperimenterGroupI(int(lab.group), False))


@ROWS.row("B24", "tags are searched by a word", depends="how fast the server's indexer is")
def searched(lab: Lab) -> None:
    """Only the last of several attempts is recorded."""
    # A word of its own, of letters alone: the analyser splits texts at other signs.
    word = "".join(chr(ord("a") + int(digit, 16)) for digit in lab.token)
    lab.hide(word)
    tag = lab.made("TagAnnotation", "tag", textValue=rstring(word))
    until = time.monotonic() + _INDEXED_SECONDS
    while not _search(lab, word) and time.monotonic() < until:
        time.sleep(1)
    lab.ask(
        "Search onlyType(TagAnnotation) byFullText", [word, Ref.of(tag)],
        lambda: _search(lab, word),
    )  # fmt: skip


def _search(lab: Lab, word: str) -> list[Any]:
    search = lab.client.sf.createSearchService()
    try:
        search.onlyType("TagAnnotation")
        search.byFullText(word)
        if not search.hasNext():
            return []
        return [Ref.of(each) for each in search.results()]
    finally:
        search.close()
