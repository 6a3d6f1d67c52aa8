"""The spectra of an upload, after its images are in OMERO."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from omero_plugin_common.jobs import JobContext
from omero_plugin_common.omero_api import hql
from omeroweb_upload.import_drivers import Imported, Options, StagedFile, UnitToImport
from omeroweb_upload.import_drivers.native import NativeImport
from omeroweb_upload.omero_api import filesets
from omeroweb_upload.planning.client_paths import safe_name
from omeroweb_upload.services import spectra
from omeroweb_upload.services.spectra import Finished
from omeroweb_upload.services.staged import StagedFolder
from omeroweb_upload.store import attached as store
from omeroweb_upload.store.uploads import Upload

_READER: Final = "loci.formats.in.APNGReader"


def attach_spectra(running: JobContext, upload: Upload, conn: Any) -> dict[str, int]:
    """Give images their spectra, and store what became of each.

    It can be begun again at any point, and attaches nothing twice.

    Args:
        running: the job that imports.
        upload: its images are in OMERO, as far as they could be imported.
        conn: a gateway of the upload's user.

    Returns:
        How many spectra were `attached` and `failed`; empty without spectra.

    Raises:
        JobCancelled, LeaseLost: see `JobContext.check`.
        Unavailable, omero.ServerError: OMERO does not answer; what was attached is stored.
    """
    waiting = {each.path: each for each in store.waiting(upload.id, "spectrum")}
    if not waiting:
        return {}
    folder, chosen = StagedFolder(upload.id), upload.settings.settings
    staged = {path: folder.at(path) for path in waiting}
    imported = store.images(upload.id)
    guessed = spectra.suggested(staged, list(imported))
    belongs = dict.fromkeys(waiting, "") | guessed | chosen.associations
    counts: Counter[str] = Counter()
    done = spectra.finish(
        running,
        conn,
        upload.group_id,
        staged,
        {path: ids[0] for path, ids in imported.items() if ids},
        chosen=chosen.model_copy(update={"associations": belongs}),
        sums={path: each.sha1_browser for path, each in waiting.items() if each.sha1_browser},
        import_picture=_Pictures(running, upload, conn).add,
    )
    for each in done:
        counts[each.state] += 1
        _store(running, upload, waiting[each.path].number, each)
    return dict(counts)


def _store(running: JobContext, upload: Upload, number: int, one: Finished) -> None:
    store.settle(upload.id, number, one.state, one.message, staged=one.staged, omero=one.omero)
    running.log(f"{one.path}: {one.message}", "info" if one.state == "attached" else "error")


class _Pictures:
    """Imports pictures of spectra beside their images, by the plugin's own importer."""

    def __init__(self, running: JobContext, upload: Upload, conn: Any) -> None:
        self._running, self._upload, self._conn = running, upload, conn
        chosen = upload.settings.settings
        options = Options(thumbnails=chosen.thumbnails, statistics=chosen.statistics)
        self._driver = NativeImport(conn.c, options)

    def add(self, png: bytes, name: str, image: int) -> Sequence[int]:
        """Ids of the images that a picture became, now or in an earlier attempt.

        Images of plates have no dataset that it could be in: none then.
        """
        client_path = f"{self._upload.id.hex}/pictures of spectra/{image}/{safe_name(name)}"
        there = filesets.from_paths(self._conn, [client_path]).get(client_path, [])
        whole = [each for each in there if each.images]
        if whole:
            return whole[-1].images
        dataset = _dataset_of(self._conn, image)
        if dataset is None:
            return ()
        with tempfile.TemporaryDirectory(prefix="spectrum-") as folder:
            staged = Path(folder) / "picture.png"
            staged.write_bytes(png)
            file = StagedFile(name, staged, client_path)
            unit = UnitToImport(0, (file,), _READER, dataset)
            (answer,) = self._driver.import_units([unit], self)
        if isinstance(answer, Imported):
            return answer.images
        self._running.log(f"{name}: {answer.reason}", "warning")
        return ()

    def sent(self, count: int) -> None:
        """Pictures are not among the bytes that the user has sent."""

    def check(self) -> None:
        """Raises what must end the import."""
        self._running.check()


def _dataset_of(conn: Any, image: int) -> int | None:
    """The dataset that an image was imported into, the first of several."""
    query = "select l.parent.id from DatasetImageLink l where l.child.id = :id order by l.id"
    found = hql.rows(conn, query, id=image)
    return int(found[0][0]) if found else None
