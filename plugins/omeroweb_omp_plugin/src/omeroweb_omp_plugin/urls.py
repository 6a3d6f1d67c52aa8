"""Addresses below `/omeroweb_omp_plugin/`; names begin with the label, so no two plugins collide."""

from __future__ import annotations

from typing import Any

from django.urls import path

from omero_plugin_common.help_page import help_view
from omeroweb_omp_plugin.views import index, jobs, preview, projects, selections


def _at(route: str, view: Any, name: str) -> Any:
    return path(route, view, name=f"omeroweb_omp_plugin_{name}")


urlpatterns = [
    _at("", index.index, "index"),
    _at("help/", help_view("omeroweb_omp_plugin"), "help"),
    _at("root-status/", index.root_status, "root_status"),
    _at("projects/", projects.projects, "projects"),
    _at("selections/", selections.make, "selection_make"),
    _at("selections/<uuid:selection>/backup.csv", selections.backup_csv, "backup"),
    _at("previews/", preview.make, "preview_make"),
    _at("previews/<uuid:preview>/", preview.show, "preview"),
    _at("previews/<uuid:preview>/rows/", preview.rows, "preview_rows"),
    _at("previews/<uuid:preview>/values/", preview.values, "preview_values"),
    _at("start_job/", jobs.start_write, "start_write"),
    _at("start_acq_job/", jobs.start_acquisition, "start_acquisition"),
    _at("start_delete_plugin_job/", jobs.start_delete_plugin, "start_delete_plugin"),
    _at("start_delete_all_job/", jobs.start_delete_all, "start_delete_all"),
    _at("restore/", jobs.start_restore, "start_restore"),
    _at("progress/<uuid:job_id>/", jobs.progress, "progress"),
    _at("jobs/<uuid:job_id>/report.csv", jobs.report_csv, "report"),
]
