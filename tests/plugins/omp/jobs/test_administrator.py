"""An administrator writes to images of their own: the job has no right but an owner's."""

from __future__ import annotations

from typing import Any

import pytest

from omero_plugin_common.errors import Forbidden
from omero_plugin_common.omero_api import hql
from omeroweb_omp_plugin.services import start_job
from omeroweb_omp_plugin.services.job_parameters import SelectionJob
from omeroweb_omp_plugin.store import selections
from omp_lab import Lab


@pytest.fixture(scope="module")
def more_in_lab() -> list[dict[str, Any]]:
    entry = {"name": "own_{:02d}.tif", "count": 2, "size": [8, 8, 1, 1, 1]}
    own = {"name": "tests of the microscope", "datasets": [{"name": "own", "images": [entry]}]}
    return [{"owner": "manager", "group": "system", "projects": [own]}]


def test_own_images_are_written_and_no_others(lab: Lab) -> None:
    manager = lab.user("manager")
    rows = hql.rows(manager, "select i.id, i.name from Image i where i.name like 'own%'")
    own, others = sorted(id_ for id_, _ in rows), lab.images("private")
    lab.annotate("manager", own, {"typed": "by hand"})
    lab.annotate("ada", others[:1], {"typed": "by ada"})
    group = start_job.check_may_start(manager, is_admin=True, images=own + others)
    assert group == lab.group("system")
    with pytest.raises(Forbidden, match="you can write to the images that you own") as refused:
        start_job.check_may_start(manager, is_admin=True, images=others)
    assert refused.value.code == "administrator"
    chosen = [(image, "name", "") for image in [*own, *others[:1]]]
    selection = selections.save(int(manager.getUserId()), chosen)
    wanted = SelectionJob(selection=selection)
    done = lab.finish(lab.start("manager", "system", "omp.delete_all", wanted))
    assert done.state == "done", done.error_text
    assert done.result == {"images": 3, "removed": 2, "error": 1}
    assert lab.pairs(own[0], "manager") == []
    assert lab.pairs(others[0]) == [{"typed": "by ada"}]
