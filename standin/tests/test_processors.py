"""SharedResources.acquireProcessor: a script run in steps, as programs did before IScript."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import omero
import omero.grid
import omero.model
import omero.processor
import pytest
from omero.rtypes import rint, rlong, rmap, rstring, unwrap
from omero_ext.path import path

from omero_standin.scripts.processor import PROCESSORS, USER_SCRIPTS
from standin_here import Here

ADDS = """
import omero.scripts as scripts
from omero.rtypes import rlong, unwrap

client = scripts.client(
    "Adds.py", "Adds two numbers.", scripts.Long("a"), scripts.Long("b", default=1),
    scripts.Long("sum").out(),
)
print("adding")
client.setOutput("sum", rlong(sum(unwrap(client.getInput(name)) for name in "ab")))
client.closeSession()
"""
SLEEPS = (
    'import omero.scripts as scripts, time\nclient = scripts.client("Sleeps.py")\ntime.sleep(600)\n'
)


@pytest.fixture(scope="module")
def here(here: Here) -> Here:
    """With official scripts."""
    for name, text in {"Adds.py": ADDS, "Sleeps.py": SLEEPS}.items():
        here.kernel.data.path("Scripts", "omero", "tests", name).write_text(text)
    return here


@pytest.fixture(scope="module")
def ada(here: Here) -> Any:
    """A member's connection."""
    return here.connect("ada")


def job_for(gateway: Any, where: str = "/omero/tests/Adds.py", script: int | None = None) -> Any:
    """An unsaved job for a script."""
    number = gateway.getScriptService().getScriptID(where) if script is None else script
    job = omero.model.ScriptJobI()
    job.linkOriginalFile(omero.model.OriginalFileI(number, False))
    return job


def acquired(gateway: Any, job: Any) -> Any:
    """A processor for a job."""
    return gateway.c.sf.sharedResources().acquireProcessor(job, 5)


def test_a_script_is_run_and_its_results_read(here: Here, ada: Any) -> None:
    processor = acquired(ada, job_for(ada))
    try:
        job = processor.getJob()
        assert unwrap(job.status.value) == "Waiting"
        assert set(processor.params().inputs) == {"a", "b"}
        assert processor.expires() > 0
        process = processor.execute(rmap({"a": rlong(4)}))
        with pytest.raises(omero.ApiUsageException, match=r"currently running|retrieve results"):
            processor.execute(rmap({"a": rlong(4)}))
        assert process.wait() == 0
        assert process.poll().val == 0
        results = processor.getResults(process).val
        assert results["sum"].val == 5
        file = ada.getObject("OriginalFile", results["stdout"].val.id.val)
        assert b"".join(file.getFileInChunks()) == b"adding\n"
        done = ada.getQueryService().get("ScriptJob", job.id.val)
        status = here.store.get("JobStatus", done.status.id.val)
        assert status.values["value"] == "Finished"
        assert done.details.owner.id.val == ada.getUserId()
        # Once the results are read, it may run again.
        again = processor.execute(rmap({"a": rlong(1), "b": rlong(1)}))
        again.wait()
        assert processor.getResults(again).val["sum"].val == 2
    finally:
        processor.stop()
    with pytest.raises(omero.ApiUsageException, match="stopped"):
        processor.execute(rmap({}))


def test_results_before_the_end_are_refused(ada: Any) -> None:
    processor = acquired(ada, job_for(ada, "/omero/tests/Sleeps.py"))
    with pytest.raises(omero.ApiUsageException, match="No current process"):
        processor.getResults(None)
    process = processor.execute(rmap({}))
    with pytest.raises(omero.ApiUsageException, match="still running"):
        processor.getResults(process)
    # The script ends with its processor.
    processor.stop()
    assert process.wait() != 0


def test_a_detached_script_outlives_its_processor(ada: Any) -> None:
    processor = acquired(ada, job_for(ada, "/omero/tests/Sleeps.py"))
    process = processor.execute(rmap({}))
    assert processor.setDetach(True) is False
    processor.stop()
    assert process.poll() is None
    assert process.kill() is True
    process.wait()


def test_inputs_that_do_not_fit_make_the_job_an_error(here: Here, ada: Any) -> None:
    processor = acquired(ada, job_for(ada))
    with pytest.raises(omero.ValidationException, match="Invalid parameters"):
        processor.execute(rmap({"a": rstring("four")}))
    row = here.store.get("ScriptJob", processor.getJob().id.val)
    assert here.store.get(*row.values["status"]).values["value"] == "Error"
    assert "Invalid parameters" in row.values["message"]
    processor.stop()


def test_without_a_processor_it_fails_at_once_and_the_job_says_so(
    here: Here, ada: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(here.kernel.config, PROCESSORS, "0")
    with pytest.raises(omero.NoProcessorAvailable, match="No processor available"):
        acquired(ada, job_for(ada))
    row = here.store.rows("ScriptJob")[-1]
    assert here.store.get(*row.values["status"]).values["value"] == "Error"
    assert row.values["message"].startswith("No processor available")


def test_scripts_of_users_need_a_processor_of_their_own(
    here: Here, ada: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = ada.getScriptService().uploadScript("/mine/Adds.py", ADDS)
    with pytest.raises(omero.NoProcessorAvailable):
        acquired(ada, job_for(ada, script=script))
    monkeypatch.setitem(here.kernel.config, USER_SCRIPTS, "true")
    processor = acquired(ada, job_for(ada, script=script))
    process = processor.execute(rmap({"a": rlong(2), "b": rlong(2)}))
    process.wait()
    assert processor.getResults(process).val["sum"].val == 4
    processor.stop()


@pytest.fixture
def serving(here: Here, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Adds a processor of a client's, as `omero script serve` does."""
    started: list[Any] = []
    home = path(tmp_path)
    (tmp_path / "lib" / "server").mkdir(parents=True)

    def serve(gateway: Any, *accepted: Any) -> Any:
        processor = omero.processor.usermode_processor(
            gateway.c, cfg=os.devnull, accepts_list=list(accepted) or None, omero_home=home
        )
        started.append(processor)
        return omero.grid.ProcessorPrx.uncheckedCast(processor.prx)

    yield serve
    for processor in started:
        here.kernel.added.remove(processor.prx.ice_getIdentity())
        processor.cleanup()
        # A script that was killed leaves its files open in OMERO's own class.
        for servant in processor.ctx.servant_map.values():
            if isinstance(servant, omero.processor.ProcessI):
                servant.cleanup_output()


def test_a_users_own_processor_runs_their_scripts(
    here: Here, ada: Any, serving: Callable[..., Any]
) -> None:
    service = ada.getScriptService()
    script = service.uploadScript("/mine/Served.py", ADDS)
    assert service.canRunScript(script) is False
    with pytest.raises(omero.ResourceError, match="No processor available"):
        service.runScript(script, {"a": rlong(1)}, None)
    proxy = serving(ada)
    assert service.canRunScript(script) is True
    process = service.runScript(script, {"a": rlong(3), "b": rlong(4)}, None)
    assert process.wait() == 0
    results = process.getResults(0)
    assert results["sum"].val == 7
    file = ada.getObject("OriginalFile", results["stdout"].val.id.val)
    assert b"".join(file.getFileInChunks()) == b"adding\n"
    row = here.store.get("ScriptJob", process.getJob().id.val)
    assert here.store.get(*row.values["status"]).values["value"] == "Finished"
    assert row.owner == ada.getUserId()
    process.close(False)
    # The same by the older interface.
    processor = acquired(ada, job_for(ada, script=script))
    again = processor.execute(rmap({"a": rlong(2)}))
    again.wait()
    assert processor.getResults(again).val["sum"].val == 3
    processor.stop()
    ada.c.sf.sharedResources().removeProcessor(proxy)
    assert service.canRunScript(script) is False


def test_a_processor_takes_what_it_accepts_and_serves_its_own_user(
    here: Here, ada: Any, serving: Callable[..., Any]
) -> None:
    bob = here.connect("bob")
    mine = ada.getScriptService().uploadScript("/mine/Other.py", ADDS)
    theirs = bob.getScriptService().uploadScript("/mine/Bob.py", ADDS)
    serving(ada)
    # It is ada's: bob's scripts do not run in it, whoever starts them.
    assert bob.getScriptService().canRunScript(theirs) is False
    with pytest.raises(omero.ResourceError, match="No processor available"):
        bob.getScriptService().runScript(mine, {"a": rlong(1)}, None)
    with pytest.raises(omero.ResourceError, match="No processor available"):
        ada.getScriptService().runScript(theirs, {"a": rlong(1)}, rint(1))
    assert here.store.rows("ScriptJob")[-1].values["message"] == "No processor available"


def test_a_script_in_a_users_processor_is_cancelled(ada: Any, serving: Callable[..., Any]) -> None:
    script = ada.getScriptService().uploadScript("/mine/Sleeps.py", SLEEPS)
    serving(ada)
    process = ada.getScriptService().runScript(script, {}, None)
    assert process.poll() is None
    assert process.kill() is True
    assert process.wait() != 0
    process.close(False)


def test_a_processor_goes_with_its_session(here: Here, serving: Callable[..., Any]) -> None:
    here.user("eve", here.kernel.accounts.group_named("lab").id)
    eve, same = here.connect("eve"), here.connect("eve")
    script = same.getScriptService().uploadScript("/mine/Eve.py", ADDS)
    serving(eve)
    assert same.getScriptService().canRunScript(script) is True
    here.kernel.sessions.end(eve.getSession().getUuid().val)
    assert same.getScriptService().canRunScript(script) is False


def test_a_job_handle_tells_and_sets_the_status(here: Here, ada: Any) -> None:
    handle = ada.c.sf.createJobHandle()
    with pytest.raises(omero.ApiUsageException, match="Please submit"):
        handle.jobRunning()
    number = handle.submit(job_for(ada))
    assert unwrap(handle.jobStatus().value) == "Submitted"
    assert (handle.jobFinished(), handle.jobRunning(), handle.jobError()) == (None, False, False)
    other = ada.c.sf.createJobHandle()
    assert unwrap(other.attach(number).value) == "Submitted"
    assert other.setStatus("Running") == "Submitted"
    assert handle.jobRunning() is True
    assert other.setStatusAndMessage("Error", rstring("why")) == "Running"
    assert (handle.jobMessage(), handle.jobError()) == ("why", True)
    assert handle.jobFinished() is not None
    with pytest.raises(omero.ApiUsageException, match="no status Odd"):
        handle.setStatus("Odd")
    theirs = here.connect("bob").c.sf.createJobHandle()
    theirs.attach(number)
    with pytest.raises(omero.SecurityViolation):
        theirs.setStatus("Finished")
    for each in (handle, other, theirs):
        each.close()


def test_misuse_is_named(here: Here, ada: Any) -> None:
    shared = ada.c.sf.sharedResources()
    with pytest.raises(omero.ApiUsageException, match="Maximum = 3 minutes"):
        shared.acquireProcessor(job_for(ada), 181)
    with pytest.raises(omero.ApiUsageException, match="Could not submit job"):
        shared.acquireProcessor(None, 1)
    with pytest.raises(omero.ValidationException, match="No script for job"):
        shared.acquireProcessor(omero.model.ScriptJobI(), 1)
