"""IScript: official scripts, scripts of users, parameters, runs."""

# ruff: noqa: N802 - the methods have the names of OMERO's operations
from __future__ import annotations

import time
from pathlib import PurePosixPath
from typing import Any, Final

import omero.grid
import omero.model
from omero.rtypes import robject

from omero_standin import refuse
from omero_standin.binary import checksums
from omero_standin.binary.folder import REPOSITORIES, SCRIPTS
from omero_standin.call import Call, plain
from omero_standin.model.enumeration import enumeration
from omero_standin.model.store import Row
from omero_standin.scripts import repository
from omero_standin.scripts.parameters import checked
from omero_standin.scripts.processor import USER_SCRIPTS, WAIT_SECONDS
from omero_standin.servants import unlocked
from omero_standin.services.access import need_edit, readable, working_group
from omero_standin.services.processes import ScriptProcess

_REPOSITORY: Final = REPOSITORIES[SCRIPTS]
_PYTHON: Final = "text/x-python"
_LANGUAGES: Final = (_PYTHON, "text/x-jython", "text/x-matlab")


class Scripts:
    """Scripts as OriginalFiles with a script's media type."""

    # --- listing

    def getScripts(self, call: Call) -> Any:
        """The official scripts."""
        found = repository.official(call.store, call.kernel.data)
        return _objects(call, [row for row in found if row.values["mimetype"] in _LANGUAGES])

    def getScriptsByMimetype(self, call: Call, mimetype: str) -> Any:
        """The official files of a media type."""
        found = repository.official(call.store, call.kernel.data)
        return _objects(call, [row for row in found if row.values["mimetype"] == mimetype])

    def getUserScripts(self, call: Call, accepted: Any) -> Any:
        """The scripts that users have uploaded; of certain users and groups when some are named."""
        rows = call.store.holding("OriginalFile", "mimetype", _PYTHON)
        found = [row for row in rows if row.values.get("repo") != _REPOSITORY and call.sees(row)]
        users = _ids(accepted, omero.model.Experimenter)
        groups = _ids(accepted, omero.model.ExperimenterGroup)
        if users or groups:
            found = [row for row in found if row.owner in users or row.group in groups]
        return _objects(call, found)

    def getScriptID(self, call: Call, path: str) -> Any:
        """The id of an official script; -1 when there is none at this path."""
        wanted = repository.split(path)
        for row in repository.official(call.store, call.kernel.data):
            if (row.values["path"], row.values["name"]) == wanted:
                return row.id
        return -1

    def getScriptText(self, call: Call, script_id: int) -> Any:
        """A script's text."""
        return _text(call, _script(call, script_id)).decode()

    def getScriptWithDetails(self, call: Call, script_id: int) -> Any:
        """A script's OriginalFile by its text."""
        row = _script(call, script_id)
        return {_text(call, row).decode(): robject(_objects(call, [row])[0])}

    # --- changing

    @unlocked
    def uploadScript(self, call: Call, path: str, text: str) -> Any:
        """A new script of the caller; its id."""
        folder, name = repository.split(path)
        if not name:
            raise refuse.usage(f"{path!r} is not a path of a script")
        values = {"path": folder, "name": name, "mimetype": _PYTHON}
        with call.store.lock, call.store.transaction():
            row = call.store.insert(
                "OriginalFile", values, owner=call.user.id, group=working_group(call)
            )
            _write(call, row, text)
        return row.id

    @unlocked
    def uploadOfficialScript(self, call: Call, path: str, text: str) -> Any:
        """A new official script; its id. It must tell its parameters."""
        call.need_privilege("WriteScriptRepo")
        suffix = PurePosixPath(path).suffix
        if suffix not in repository.MIMETYPES:
            raise refuse.usage(f"{path!r}: official scripts are named *.py, *.jy or *.m")
        place = call.kernel.data.inside(SCRIPTS, path)
        if place.exists():
            raise refuse.usage(f"Path already exists: {path}\nUse editScript to change it")
        if repository.MIMETYPES[suffix] == _PYTHON and call.kernel.processor.places:
            call.kernel.parameters.of(call, text.encode(), path)
        place.write_text(text, encoding="utf-8")
        with call.store.lock:
            return self.getScriptID(call, path)

    @unlocked
    def editScript(self, call: Call, file: Any, text: str) -> None:
        """Give a script another text."""
        with call.store.lock, call.store.transaction():
            row = _script(call, plain(file.id))
            need_edit(call, row)
            _write(call, row, text)

    def deleteScript(self, call: Call, script_id: int) -> None:
        """Delete a script and its file."""
        row = _script(call, script_id)
        if not call.rights(row).delete:
            raise refuse.forbidden(
                f"user {call.user.values['omeName']} may not delete the script {script_id}"
            )
        for link in call.store.referring("JobOriginalFileLink", "child", row.ref):
            call.store.delete(link)
        call.store.delete(row)
        call.kernel.data.forget(row)

    # --- running

    @unlocked
    def getParams(self, call: Call, script_id: int) -> Any:
        """What a script takes and gives back, found out by running it in parse mode."""
        with call.store.lock:
            row = _script(call, script_id)
            text = _text(call, row)
        _need_processor(call, row)
        return call.kernel.parameters.of(call, text, row.values["name"])

    def canRunScript(self, call: Call, script_id: int) -> Any:
        """Whether there is a processor for a script."""
        return _may_run(call, _script(call, script_id))

    @unlocked
    def runScript(self, call: Call, script_id: int, inputs: Any, wait: Any) -> Any:
        """Run a script with these inputs, as a job of the caller.

        A ResourceError when no processor is free within so many seconds.
        """
        with call.store.lock:
            row = _script(call, script_id)
            text = _text(call, row)
        _need_processor(call, row)
        parameters = call.kernel.parameters.of(call, text, row.values["name"])
        values = checked(parameters, inputs or {})
        kernel, seconds = call.kernel, plain(wait)
        kernel.processor.take(WAIT_SECONDS if seconds is None else seconds)
        child = None
        try:
            with call.store.lock:
                job = _job(call, row)
            session = kernel.sessions.create(call.user.id, job.group, agent="OMERO.scripts")
            session.references = 1
            kernel.memories.of(session.uuid).inputs.update(values)
            child = kernel.processor.start(text, session, {"omero.job": str(job.id)})
        finally:
            if child is None:
                kernel.processor.release(None)
        process = ScriptProcess(kernel, child, job, session, parameters)
        return call.publish(omero.grid.ScriptProcess, process)


def _script(call: Call, script_id: int) -> Row:
    row = readable(call, "OriginalFile", script_id)
    if row.values.get("mimetype") not in _LANGUAGES:
        raise refuse.usage(f"OriginalFile:{script_id} is not a script")
    return row


def _text(call: Call, row: Row) -> bytes:
    path = call.kernel.data.content(row)
    if not path.is_file():
        raise refuse.missing(f"the script {row.values['name']} has no content")
    return path.read_bytes()


def _write(call: Call, row: Row, text: str) -> None:
    path = call.kernel.data.content(row)
    path.write_text(text, encoding="utf-8")
    call.store.update(
        row,
        size=path.stat().st_size,
        hash=checksums.of_file(path),
        hasher=enumeration(call.store, "ChecksumAlgorithm", checksums.DEFAULT),
    )


def _may_run(call: Call, row: Row) -> bool:
    official = row.values.get("repo") == _REPOSITORY
    users_too = call.kernel.config.get(USER_SCRIPTS, "false") == "true"
    return call.kernel.processor.places > 0 and (official or users_too)


def _need_processor(call: Call, row: Row) -> None:
    if not _may_run(call, row):
        raise refuse.missing("No processor available")


def _job(call: Call, script: Row) -> Row:
    now = int(time.time() * 1000)
    ownership = {"owner": call.user.id, "group": working_group(call)}
    values = {
        "username": call.user.values["omeName"],
        "groupname": call.accounts.group(ownership["group"]).values["name"],
        "type": "Script",
        "message": "",
        "description": script.values["name"],
        "status": enumeration(call.store, "JobStatus", "Running"),
        "submitted": now,
        "scheduledFor": now,
        "started": now,
    }
    with call.store.transaction():
        job = call.store.insert("ScriptJob", values, **ownership)
        link = {"parent": job.ref, "child": script.ref}
        call.store.insert("JobOriginalFileLink", link, **ownership)
    return job


def _objects(call: Call, rows: list[Row]) -> list[Any]:
    return call.marshaller().objects(rows, {"hasher": {}})


def _ids(accepted: Any, kind: Any) -> set[int]:
    return {plain(each.id) for each in accepted or () if isinstance(each, kind)}
