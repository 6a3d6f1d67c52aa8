"""IScript: official scripts, scripts of users, parameters, runs."""

# ruff: noqa: N802 - the methods have the names of OMERO's operations
from __future__ import annotations

import time
from pathlib import PurePosixPath
from typing import Any, Final

import omero
import omero.model
from omero.rtypes import robject

from omero_standin import refuse
from omero_standin.binary import checksums
from omero_standin.binary.folder import REPOSITORIES, SCRIPTS
from omero_standin.call import Call, plain
from omero_standin.model.enumeration import enumeration
from omero_standin.model.store import Row
from omero_standin.scripts import repository
from omero_standin.scripts.added import Added
from omero_standin.scripts.parameters import checked
from omero_standin.scripts.processor import USER_SCRIPTS, WAIT_SECONDS
from omero_standin.servants import unlocked
from omero_standin.services.accepting import accepting
from omero_standin.services.access import need_edit, readable, working_group
from omero_standin.services.launch import launched

_REPOSITORY: Final = REPOSITORIES[SCRIPTS]
_PYTHON: Final = "text/x-python"
# What a script is that does not tell its parameters: a file, until it is edited.
_PLAIN: Final = "text/plain"
LANGUAGES: Final = (_PYTHON, "text/x-jython", "text/x-matlab")


class Scripts:
    """Scripts as OriginalFiles with a script's media type."""

    # --- listing

    def getScripts(self, call: Call) -> Any:
        """The official scripts."""
        found = repository.official(call.store, call.kernel.data)
        return _objects(call, [row for row in found if row.values["mimetype"] in LANGUAGES])

    def getScriptsByMimetype(self, call: Call, mimetype: str) -> Any:
        """The official files of a media type."""
        found = repository.official(call.store, call.kernel.data)
        return _objects(call, [row for row in found if row.values["mimetype"] == mimetype])

    def getUserScripts(self, call: Call, accepted: Any) -> Any:
        """The scripts that users have uploaded.

        Those of a user, of a group or of both, when some are named, else those of the session's
        group.
        """
        users, groups = _accepted_by(accepted)
        if not users and not groups:
            groups.add(call.session.group)
        rows = [
            row
            for language in LANGUAGES
            for row in call.store.holding("OriginalFile", "mimetype", language)
            if row.values.get("repo") != _REPOSITORY
            and (not users or row.owner in users)
            and (not groups or row.group in groups)
            and call.sees(row)
        ]
        return _objects(call, rows)

    def getScriptID(self, call: Call, path: str) -> Any:
        """The id of an official script; -1 when there is none at this path."""
        wanted = repository.split(repository.official_path(path))
        for row in repository.official(call.store, call.kernel.data):
            if (row.values["path"], row.values["name"]) == wanted:
                return row.id
        return -1

    def getScriptText(self, call: Call, script_id: int) -> Any:
        """A script's text."""
        return text_of(call, script_of(call, script_id)).decode()

    def getScriptWithDetails(self, call: Call, script_id: int) -> Any:
        """A script's OriginalFile by its text."""
        row = script_of(call, script_id)
        return {text_of(call, row).decode(): robject(_objects(call, [row])[0])}

    # --- changing

    @unlocked
    def uploadScript(self, call: Call, path: str, text: str) -> Any:
        """A new script of the caller; its id.

        Where a processor runs scripts of users, it must tell its parameters.
        """
        folder, name = repository.split(path)
        if not name:
            raise refuse.usage(f"{path!r} is not a path of a script")
        values = {"path": folder, "name": name, "mimetype": _PYTHON}
        with call.store.lock, call.store.transaction():
            row = call.store.insert(
                "OriginalFile", values, owner=call.user.id, group=working_group(call)
            )
            _write(call, row, text)
        _validate(call, row)
        return row.id

    @unlocked
    def uploadOfficialScript(self, call: Call, path: str, text: str) -> Any:
        """A new official script; its id. It must tell its parameters.

        As in the real server one that does not is there all the same, as a file that is no script.
        """
        call.need_privilege("WriteScriptRepo")
        path = repository.official_path(path)
        suffix = PurePosixPath(path).suffix
        if suffix not in repository.MIMETYPES:
            raise refuse.usage(f"{path!r}: official scripts are named *.py, *.jy or *.m")
        place = call.kernel.data.inside(SCRIPTS, path)
        with call.store.lock:
            known = self.getScriptID(call, path)
            if known != -1 and call.store.get("OriginalFile", known).values["mimetype"] != _PLAIN:
                raise refuse.usage(f"Path already exists: {path}\nUse editScript to change it")
            place.write_text(text, encoding="utf-8")
            row = call.store.get("OriginalFile", self.getScriptID(call, path))
            call.store.update(row, mimetype=repository.MIMETYPES[suffix])
        _validate(call, row)
        return row.id

    @unlocked
    def editScript(self, call: Call, file: Any, text: str) -> None:
        """Give a script another text, which must tell its parameters."""
        if file is None:
            raise refuse.usage("file object cannot be null")
        with call.store.lock, call.store.transaction():
            row = readable(call, "OriginalFile", plain(file.id))
            if row.values.get("mimetype") != _PLAIN:
                script_of(call, row.id)
            need_edit(call, row)
            suffix = PurePosixPath(row.values["name"]).suffix
            call.store.update(row, mimetype=repository.MIMETYPES.get(suffix, _PYTHON))
            _write(call, row, text)
        _validate(call, row)

    def deleteScript(self, call: Call, script_id: int) -> None:
        """Delete a script and its file."""
        row = script_of(call, script_id)
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
            row = script_of(call, script_id)
            text = text_of(call, row)
        if not may_run(call, row) and accepting(call, None, WAIT_SECONDS) is None:
            raise refuse.missing("No processor available")
        return call.kernel.parameters.of(call, text, row.values["name"])

    @unlocked
    def canRunScript(self, call: Call, script_id: int) -> Any:
        """Whether there is a processor for a script."""
        with call.store.lock:
            row = script_of(call, script_id)
        return may_run(call, row) or accepting(call, None, WAIT_SECONDS) is not None

    def validateScript(self, call: Call, job: Any, accepted: Any) -> Any:
        """The script of a job: an official one, or one of the users and groups that are named.

        Processors that users have added ask so.
        """
        row = readable(call, "Job", plain(job.id))
        users, groups = _accepted_by(accepted)
        found = [
            file
            for file in scripts_of(call, row)
            if (not users or file.owner in users)
            and (not groups or file.group in groups)
            and (accepted or file.values.get("repo") == _REPOSITORY)
        ]
        if len(found) != 1:
            raise refuse.invalid(f"Found wrong number of files: {[file.id for file in found]}")
        return _objects(call, found)[0]

    @unlocked
    def runScript(self, call: Call, script_id: int, inputs: Any, wait: Any) -> Any:
        """Run a script with these inputs, as a job of the caller.

        A ResourceError when no processor is free within so many seconds.
        """
        with call.store.lock:
            row = script_of(call, script_id)
            text = text_of(call, row)
        seconds = WAIT_SECONDS if plain(wait) is None else plain(wait)
        made, elsewhere = None, None
        if not may_run(call, row):
            made, elsewhere = _accepted(call, row, seconds)
        parameters = call.kernel.parameters.of(call, text, row.values["name"])
        values = checked(parameters, inputs or {})
        _process, proxy = launched(
            call,
            text,
            parameters,
            values,
            lambda: made or _job(call, row),
            wait=seconds,
            elsewhere=elsewhere,
        )
        return proxy


def script_of(call: Call, script_id: int) -> Row:
    """The OriginalFile of a script that the caller may see."""
    row = readable(call, "OriginalFile", script_id)
    if row.values.get("mimetype") not in LANGUAGES:
        raise refuse.usage(f"OriginalFile:{script_id} is not a script")
    return row


def text_of(call: Call, row: Row) -> bytes:
    """The text of a script."""
    path = call.kernel.data.content(row)
    if not path.is_file():
        raise refuse.missing(f"the script {row.values['name']} has no content")
    return path.read_bytes()


def _validate(call: Call, row: Row) -> None:
    """Ask a script for its parameters; one without any is a plain file from then on.

    Where no processor runs it, that is found out later.
    """
    with call.store.lock:
        if row.values.get("mimetype") != _PYTHON or not may_run(call, row):
            return
        text = text_of(call, row)
    try:
        call.kernel.parameters.of(call, text, row.values["name"])
    except omero.ValidationException:
        with call.store.lock:
            call.store.update(row, mimetype=_PLAIN)
        raise


def _write(call: Call, row: Row, text: str) -> None:
    path = call.kernel.data.content(row)
    path.write_text(text, encoding="utf-8")
    call.store.update(
        row,
        size=path.stat().st_size,
        hash=checksums.of_file(path),
        hasher=enumeration(call.store, "ChecksumAlgorithm", checksums.DEFAULT),
    )


def may_run(call: Call, row: Row) -> bool:
    """Whether there is a processor for a script."""
    official = row.values.get("repo") == _REPOSITORY
    users_too = call.kernel.config.get(USER_SCRIPTS, "false") == "true"
    return call.kernel.processor.places > 0 and (official or users_too)


def scripts_of(call: Call, job: Row) -> list[Row]:
    """The scripts among the files of a job."""
    links = call.store.referring("JobOriginalFileLink", "parent", job.ref)
    files = [call.store.get(*link.values["child"]) for link in links]
    return [file for file in files if file.values.get("mimetype") in LANGUAGES]


def _accepted(call: Call, script: Row, seconds: float) -> tuple[Row, Added]:
    """A job for a script, and the added processor that takes it; a ResourceError without one."""
    if not call.kernel.added.of(call.user.id):
        raise refuse.no_processor(0)
    with call.store.lock:
        job = _job(call, script)
    added = accepting(call, job, seconds)
    if added is None:
        with call.store.lock:
            error = enumeration(call.store, "JobStatus", "Error")
            call.store.update(job, status=error, message="No processor available")
        raise refuse.no_processor(0)
    return job, added


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


def _accepted_by(accepted: Any) -> tuple[set[int], set[int]]:
    """The users and the groups whose scripts are meant."""
    users, groups = set[int](), set[int]()
    for each in accepted or ():
        if isinstance(each, omero.model.Experimenter):
            users.add(plain(each.id))
        elif isinstance(each, omero.model.ExperimenterGroup):
            groups.add(plain(each.id))
        else:
            raise refuse.invalid(f"Unsupported accept-type: {type(each).__name__}")
    return users, groups
