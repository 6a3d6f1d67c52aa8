"""Scripts: listed, read, run in a processor with a session of their own."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import omero
import omero.scripts
import pytest
from omero.rtypes import rint, rlist, rlong, rstring

from omero_standin.scripts.processor import PROCESSORS, USER_SCRIPTS
from standin_here import Here

HELLO = """
import omero.scripts as scripts
from omero.rtypes import rstring, rlong

client = scripts.client(
    "Hello.py",
    "Greets somebody.",
    scripts.String("Name", optional=False, grouping="1", description="Whom"),
    scripts.Long("Times", grouping="2", default=2, min=1, max=5),
    scripts.List("Ids").ofType(rlong(0)),
    scripts.String("Message", values=[rstring("hi"), rstring("bye")], default="hi").out(),
    version="1.2.3",
    authors=["A. Author"],
)
try:
    given = client.getInputs(unwrap=True)
    user = client.sf.getAdminService().getEventContext().userName
    print(user, sorted(given.items(), key=str))
    client.setOutput("Message", rstring("hello " + given["Name"] * given["Times"]))
finally:
    client.closeSession()
"""
FAILS = (
    'import omero.scripts as scripts\nclient = scripts.client("Fails.py")\nraise ValueError("no")\n'
)
SLEEPS = (
    'import omero.scripts as scripts, time\nclient = scripts.client("Sleeps.py")\n'
    'print("started", flush=True)\ntime.sleep(600)\n'
)


@pytest.fixture(scope="module")
def here(here: Here) -> Here:
    """With official scripts."""
    scripts = {"Hello.py": HELLO, "Fails.py": FAILS, "Sleeps.py": SLEEPS}
    for name, text in scripts.items():
        here.kernel.data.path("Scripts", "omero", "tests", name).write_text(text)
    return here


@pytest.fixture(scope="module")
def ada(here: Here) -> Any:
    """A member's connection."""
    return here.connect("ada")


def script_id(gateway: Any, name: str) -> int:
    """The id of an official script."""
    return int(gateway.getScriptService().getScriptID(f"/omero/tests/{name}"))


def wait_for(happens: Any, seconds: float = 120) -> None:
    """Wait until something holds."""
    until = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < until
        time.sleep(0.02)


def text_of(gateway: Any, result: Any) -> str:
    """The content of a stream."""
    file = gateway.getObject("OriginalFile", result.val.id.val)
    return b"".join(file.getFileInChunks()).decode()


def test_official_scripts_are_those_on_disk(here: Here, ada: Any) -> None:
    service = ada.getScriptService()
    names = {(each.path.val, each.name.val) for each in service.getScripts()}
    assert ("/omero/tests/", "Hello.py") in names
    extra = here.kernel.data.path("Scripts", "omero", "tests", "Extra.py")
    assert script_id(ada, "Extra.py") == -1
    extra.write_text("first")
    number = script_id(ada, "Extra.py")
    assert service.getScriptText(number) == "first"
    extra.write_text("second")
    assert script_id(ada, "Extra.py") == number
    assert list(service.getScriptWithDetails(number)) == ["second"]
    extra.unlink()
    assert script_id(ada, "Extra.py") == -1
    tables = {each.name.val for each in service.getScriptsByMimetype("text/x-lut")}
    assert "cool.lut" in tables


def test_parameters_are_those_of_the_script(ada: Any) -> None:
    found = ada.getScriptService().getParams(script_id(ada, "Hello.py"))
    assert (found.name, found.description, found.version) == (
        "Hello.py", "Greets somebody.", "1.2.3",
    )  # fmt: skip
    assert sorted(found.inputs) == ["Ids", "Name", "Times"]
    times = found.inputs["Times"]
    assert (times.prototype.val, times.min.val, times.max.val) == (2, 1, 5)
    assert not found.inputs["Name"].optional
    assert isinstance(found.inputs["Ids"].prototype, omero.RList)
    assert sorted(found.outputs) == ["Message"]


def test_a_script_runs_as_its_user_and_gives_results(here: Here, ada: Any) -> None:
    inputs = {"Name": rstring("Bo"), "Ids": rlist([rlong(7)])}
    process = ada.getScriptService().runScript(script_id(ada, "Hello.py"), inputs, None)
    assert process.wait() == 0
    results = process.getResults(0)
    assert results["Message"].val == "hello BoBo"
    assert text_of(ada, results["stdout"]) == "ada [('Ids', [7]), ('Name', 'Bo'), ('Times', 2)]\n"
    assert "stderr" not in results
    assert process.poll().val == 0
    job = here.store.get("ScriptJob", process.getJob().id.val)
    assert job.owner == ada.getUserId()
    assert process.getJob().status.value.val == "Finished"
    process.close(False)


def test_a_failing_script_tells_why(ada: Any) -> None:
    service = ada.getScriptService()
    process = service.runScript(script_id(ada, "Fails.py"), {}, None)
    assert process.wait() == 1
    assert "ValueError: no" in text_of(ada, process.getResults(1)["stderr"])
    assert process.getJob().status.value.val == "Error"
    process.close(False)


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({}, 'MISSING INPUT for "Name"'),
        ({"Name": rlong(1)}, "Name"),
        ({"Name": rstring("x"), "Times": rlong(9)}, "Times"),
    ],
    ids=["missing", "type", "range"],
)
def test_inputs_are_checked(ada: Any, inputs: dict[str, Any], message: str) -> None:
    with pytest.raises(omero.ValidationException) as caught:
        ada.getScriptService().runScript(script_id(ada, "Hello.py"), inputs, None)
    assert message in caught.value.message


def test_a_cancelled_script_ends_and_tells_its_client(ada: Any) -> None:
    process = ada.getScriptService().runScript(script_id(ada, "Sleeps.py"), {}, None)
    callback = omero.scripts.ProcessCallbackI(ada.c, process, poll=False)
    assert process.poll() is None
    with pytest.raises(omero.ApiUsageException, match="not finished"):
        process.getResults(0)
    assert process.cancel()
    wait_for(lambda: callback.block(100) is not None)
    assert callback.block(0) == "CANCELLED"
    wait_for(lambda: process.poll() is not None)
    assert process.getJob().status.value.val == "Cancelled"
    assert not process.cancel()
    callback.close()


def test_a_script_ends_with_its_session_unless_detached(here: Here) -> None:
    gateway = here.connect("ada")
    service = gateway.getScriptService()
    number = script_id(gateway, "Sleeps.py")
    bound, detached = (service.runScript(number, {}, None) for _ in range(2))
    jobs = [here.store.get("ScriptJob", each.getJob().id.val) for each in (bound, detached)]
    detached.close(True)
    gateway.close(hard=True)

    def status(job: Any) -> str:
        return str(here.store.get(*job.values["status"]).values["value"])

    wait_for(lambda: status(jobs[0]) == "Cancelled")
    assert status(jobs[1]) == "Running"
    here.kernel.processor.stop()
    wait_for(lambda: status(jobs[1]) == "Cancelled")


def test_a_script_that_takes_too_long_is_ended(here: Here, ada: Any) -> None:
    number = script_id(ada, "Sleeps.py")
    ada.getScriptService().getParams(number)
    here.kernel.config["omero.scripts.timeout"] = "500"
    try:
        process = ada.getScriptService().runScript(number, {}, None)
        assert process.wait() != 0
        assert process.getJob().message.val == "timed out"
    finally:
        del here.kernel.config["omero.scripts.timeout"]


def test_without_a_free_processor_there_is_a_resource_error(here: Here, ada: Any) -> None:
    service, number = ada.getScriptService(), script_id(ada, "Sleeps.py")
    service.getParams(number)
    here.kernel.config[PROCESSORS] = "1"
    running = service.runScript(number, {}, None)
    try:
        with pytest.raises(omero.ResourceError, match="No processor available"):
            service.runScript(number, {}, rint(0))
        here.kernel.config[PROCESSORS] = "0"
        assert not service.canRunScript(number)
        with pytest.raises(omero.ResourceError, match="No processor available"):
            service.runScript(number, {}, None)
    finally:
        here.kernel.config[PROCESSORS] = "4"
        running.kill()
        running.wait()


def test_scripts_of_users_run_only_where_that_is_on(here: Here, ada: Any) -> None:
    service = ada.getScriptService()
    number = service.uploadScript("/mine/Own.py", HELLO)
    assert [each.id.val for each in service.getUserScripts([])] == [number]
    assert service.getUserScripts([omero.model.ExperimenterI(4711, False)]) == []
    with pytest.raises(omero.ResourceError):
        service.runScript(number, {}, None)
    here.kernel.config[USER_SCRIPTS] = "true"
    try:
        assert service.canRunScript(number)
        process = service.runScript(number, {"Name": rstring("x")}, None)
        assert process.wait() == 0
    finally:
        here.kernel.config[USER_SCRIPTS] = "false"
    with pytest.raises(omero.SecurityViolation):
        here.connect("bob").getScriptService().deleteScript(number)
    service.editScript(omero.model.OriginalFileI(number, False), FAILS)
    assert service.getScriptText(number) == FAILS
    service.deleteScript(number)
    assert here.store.find("OriginalFile", number) is None


def test_administrators_upload_official_scripts(here: Here, ada: Any) -> None:
    with pytest.raises(omero.SecurityViolation, match="WriteScriptRepo"):
        ada.getScriptService().uploadOfficialScript("/new/Up.py", HELLO)
    root = here.connect().getScriptService()
    number = root.uploadOfficialScript("/new/Up.py", HELLO)
    assert ada.getScriptService().getScriptID("/new/Up.py") == number
    with pytest.raises(omero.ApiUsageException, match="editScript"):
        root.uploadOfficialScript("/new/Up.py", HELLO)
    with pytest.raises(omero.ValidationException, match="could not be parsed"):
        root.uploadOfficialScript("/new/Bad.py", "this is no script")
    # What could not be parsed is there as a file, and becomes a script when it is uploaded again.
    assert root.getScriptID("/new/Bad.py") not in [each.id.val for each in root.getScripts()]
    bad = root.uploadOfficialScript("/new/Bad.py", HELLO.replace("Hello.py", "Bad.py"))
    assert bad in [each.id.val for each in root.getScripts()]
    root.deleteScript(bad)
    root.deleteScript(number)
    assert ada.getScriptService().getScriptID("/new/Up.py") == -1


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ("../Out.py", "/Out.py"),
        ("/../Out.py", "/Out.py"),
        ("a/../../Out.py", "/Out.py"),
        ("a/../b/./Out.py", "/b/Out.py"),
        ("a//b/Out.py", "/a/b/Out.py"),
        ("a\\b\\Out.py", "/a/b/Out.py"),
    ],
)
def test_official_scripts_stay_in_their_folder(here: Here, given: str, path: str) -> None:
    root = here.connect().getScriptService()
    number = root.uploadOfficialScript(given, HELLO)
    try:
        assert root.getScriptID(path) == root.getScriptID(given) == number
        assert (here.kernel.data.root / "Scripts" / path.lstrip("/")).is_file()
    finally:
        root.deleteScript(number)


def test_an_edited_script_must_tell_its_parameters(here: Here) -> None:
    root = here.connect().getScriptService()
    number = root.uploadOfficialScript("/edit/Up.py", HELLO)
    with pytest.raises(omero.ValidationException, match="could not be parsed"):
        root.editScript(omero.model.OriginalFileI(number, False), "this is no script")
    assert number not in [each.id.val for each in root.getScripts()]
    with pytest.raises(omero.ApiUsageException, match="is not a script"):
        root.runScript(number, {}, None)
    root.editScript(omero.model.OriginalFileI(number, False), HELLO)
    assert number in [each.id.val for each in root.getScripts()]
    root.deleteScript(number)


def test_scripts_of_users_are_asked_for_by_user_and_group(here: Here, ada: Any) -> None:
    service = ada.getScriptService()
    number = service.uploadScript("/mine/Mine.py", HELLO)
    me, group = ada.getUserId(), ada.getEventContext().groupId
    user, lab = omero.model.ExperimenterI(me, False), omero.model.ExperimenterGroupI(group, False)
    for wanted in ([], None, [user], [lab], [user, lab]):
        assert [each.id.val for each in service.getUserScripts(wanted)] == [number]
    nobody = omero.model.ExperimenterI(4711, False)
    assert service.getUserScripts([nobody, lab]) == []
    # Without a word the session's group is meant, and root works in another one.
    assert here.connect().getScriptService().getUserScripts([]) == []
    with pytest.raises(omero.ValidationException, match="Unsupported accept-type: ImageI"):
        service.getUserScripts([omero.model.ImageI(1, False)])
    service.deleteScript(number)


def test_the_memory_of_a_session(ada: Any) -> None:
    service, key = ada.c.sf.getSessionService(), ada.getEventContext().sessionUuid
    service.setInput(key, "a", rstring("b"))
    assert service.getInputKeys(key) == ["a"]
    assert ada.c.getInput("a").val == "b"
    service.setInput(key, "a", None)
    assert service.getInputs(key) == {}
    with pytest.raises(omero.RemovedSessionException):
        service.getOutput("nobody's", "a")


def test_twenty_clients_run_scripts_at_once(here: Here) -> None:
    def one(number: int) -> str:
        gateway = here.connect("ada")
        inputs = {"Name": rstring(str(number)), "Times": rlong(1)}
        process = gateway.getScriptService().runScript(
            script_id(gateway, "Hello.py"), inputs, rint(120)
        )
        process.wait()
        return str(process.getResults(0)["Message"].val)

    with ThreadPoolExecutor(20) as pool:
        assert list(pool.map(one, range(20))) == [f"hello {each}" for each in range(20)]
