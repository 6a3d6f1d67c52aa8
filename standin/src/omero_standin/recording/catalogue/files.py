"""Files: attachments, tables, scripts, imports."""

from __future__ import annotations

import hashlib
from typing import Any, Final

import omero.clients  # isort: skip
import omero.cmd
import omero.grid
import omero.model
from omero.rtypes import rbool, rlong, rstring

from omero_standin.recording.catalogue.plugins import lab_context
from omero_standin.recording.catalogue.row import Rows
from omero_standin.recording.commands import response_of
from omero_standin.recording.lab import ALL_GROUPS, Asked, Lab, Recorded
from omero_standin.recording.shown import Ref, is_there, only, rows, unordered

ROWS: Final = Rows()
_TEXT: Final = b"a text of the stand-in's catalogue\n"
_SCRIPT: Final = """
import omero.scripts as scripts
client = scripts.client("Nothing.py", "Does nothing.", scripts.String("Word"))
client.closeSession()
"""


def attached(lab: Lab, image: Any, show: bool = True) -> Any:
    """A link from an image to a file of the run, saved; the file has no content yet."""
    file = lab.new("OriginalFile", "attached.txt", mimetype=rstring("text/plain"))
    file.size = rlong(len(_TEXT))
    file.hasher = omero.model.ChecksumAlgorithmI()
    file.hasher.value = rstring("SHA1-160")
    note = lab.new("FileAnnotation", "attachment")
    note.file = file
    made = omero.model.ImageAnnotationLinkI()
    made.parent, made.child = omero.model.ImageI(image.id.val, False), note
    return lab.update.saveAndReturnObject(made, lab_context(lab)) if show else lab.save(made)


@ROWS.row("F1", "an attachment: saved, written, found, read")
def attachment(lab: Lab) -> None:
    """As Metadata from names attaches a text, and Imaris reads a result."""
    image = lab.made("Image", "image")
    file = attached(lab, image).child.file
    lab.say(hashlib.sha1(_TEXT, usedforsecurity=False).hexdigest())
    store = lab.on("RawFileStore", lab.client.sf.createRawFileStore())
    store.setFileId(Ref.of(file))
    store.write(_TEXT, 0, len(_TEXT))
    store.save(show=lambda saved: {"size": saved.size.val, "hash": is_there(saved.hash)})
    store.close()
    lab.query.findAllByQuery(
        "select l from ImageAnnotationLink l join fetch l.child a join fetch a.file f "
        "where l.parent.id in (:ids) and a.class = FileAnnotation and a.ns = :ns order by l.id",
        Asked(ids=[Ref.of(image)], ns=lab.name("attachment")), ALL_GROUPS,
    )  # fmt: skip
    store = lab.on("RawFileStore", lab.client.sf.createRawFileStore())
    store.setFileId(Ref.of(file))
    store.size()
    store.read(0, len(_TEXT))
    # Behind the end.
    store.read(len(_TEXT) - 3, 6)
    store.read(len(_TEXT) + 3, 6)
    store.close()


@ROWS.row("F2", "a table: columns, rows, a query", depends="whether OMERO.tables runs")
def table(lab: Lab) -> None:
    """As a plugin stores spectra."""
    opened = _table(lab)
    opened.getNumberOfRows()
    opened.addData([
        omero.grid.LongColumn("Number", "", [1, 2, 3]),
        omero.grid.DoubleColumn("Value", "", [0.5, 1.5, 2.5]),
        omero.grid.StringColumn("Word", "", 3, ["a", "b", "c"]),
    ])  # fmt: skip
    opened.getWhereList("(Value > 1)", {}, 0, 0, 0)
    opened.readCoordinates([0, 2], show=_columns)
    opened.getOriginalFile(show=only("mimetype"))
    opened.close()


@ROWS.row("B22", "a text that is too long for its column", depends="whether OMERO.tables runs")
def too_long(lab: Lab) -> None:
    """It is refused."""
    opened = _table(lab)
    with lab.may_fail():
        opened.addData([
            omero.grid.LongColumn("Number", "", [1]),
            omero.grid.DoubleColumn("Value", "", [0.5]),
            omero.grid.StringColumn("Word", "", 3, ["four"]),
        ])  # fmt: skip
    opened.close()


def _table(lab: Lab) -> Recorded:
    shared = lab.on("SharedResources", lab.client.sf.sharedResources())
    opened = lab.on("Table", shared.newTable(1, lab.name("table.h5")))
    opened.initialize([
        omero.grid.LongColumn("Number", "", []),
        omero.grid.DoubleColumn("Value", "", []),
        omero.grid.StringColumn("Word", "", 3, []),
    ])  # fmt: skip
    return opened


def _columns(data: Any) -> Any:
    return {
        "rows": list(data.rowNumbers),
        "columns": [[type(each).__name__, list(each.values)] for each in data.columns],
    }


@ROWS.row(
    "B18",
    "an official script is made no script",
    needs=("full administrator",),
    depends="whether a processor runs",
)
def no_script(lab: Lab) -> None:
    """The change is refused; the script of the run is there for a moment only."""
    scripts = lab.on("IScript", lab.client.sf.getScriptService())
    path = lab.name("script.py")
    number = scripts.uploadOfficialScript(f"/{path}", _SCRIPT, show=lambda _: "an id")
    file = lab.client.sf.getQueryService().get("OriginalFile", number)
    with lab.may_fail():
        scripts.editScript(file, "this is no script")
    with lab.may_fail():
        scripts.deleteScript(Ref.to("OriginalFile", number))


@ROWS.row("F3", "an import of a .fake file", depends="the readers of the server's Bio-Formats")
def import_(lab: Lab) -> None:
    """The calls of OMERO's own importer, in their order."""
    dataset = lab.made("Dataset", "imported")
    repository = lab.on("ManagedRepository", lab.client.getManagedRepository())
    wanted = omero.model.ChecksumAlgorithmI()
    wanted.value = rstring("SHA1-160")
    repository.listChecksumAlgorithms(show=unordered)
    algorithm = repository.suggestChecksumAlgorithm([wanted])
    settings = omero.grid.ImportSettings(doThumbnails=rbool(False), noStatsInfo=rbool(False))
    settings.checksumAlgorithm = algorithm
    settings.userSpecifiedTarget = omero.model.DatasetI(dataset.id.val, False)
    settings.userSpecifiedName = rstring(lab.name("imported-image"))
    path = lab.name("import&sizeX=16&sizeY=8&sizeC=2.fake")
    process = lab.on("ImportProcess", repository.importFileset(_fileset(path), settings))
    try:
        uploader = lab.on("RawFileStore", process.getUploader(0))
        uploader.write(b"\n", 0, 1)
        uploader.close()
        digest = lab.say(hashlib.sha1(b"\n", usedforsecurity=False).hexdigest())
        handle = process.verifyUpload([digest])
        answer = lab.ask(
            "Handle.getResponse", [], lambda: response_of(handle, lab.server.seconds), _imported
        )
    finally:
        process.proxy.close()
    if isinstance(answer, omero.grid.ImportResponse):
        lab.query.projection(
            "select i.id, i.name, e.clientPath, p.sizeX, p.sizeY, p.sizeC from Pixels p "
            "join p.image i join i.fileset f join f.usedFiles e where i.id in (:ids)",
            Asked(ids=[Ref.of(each) for each in answer.objects]), ALL_GROUPS,
            show=rows("Image", None, None, None, None, None),
        )  # fmt: skip


def _fileset(path: str) -> Any:
    fileset, entry, upload = (
        omero.model.FilesetI(), omero.model.FilesetEntryI(), omero.model.UploadJobI(),
    )  # fmt: skip
    entry.clientPath = rstring(path)
    fileset.addFilesetEntry(entry)
    upload.setVersionInfo([omero.model.NamedValue("client", "omero-standin record")])
    fileset.linkJob(upload)
    return fileset


def _imported(answer: Any) -> Any:
    if isinstance(answer, omero.grid.ImportResponse):
        return {"pixels": len(answer.pixels), "objects": [Ref.of(each) for each in answer.objects]}
    return {"ERR": type(answer).__name__}


__all__ = ["ROWS", "attached"]
