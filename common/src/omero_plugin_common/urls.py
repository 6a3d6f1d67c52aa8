"""Routes below `/omero_plugin_common/`."""

from __future__ import annotations

from django.urls import path

from omero_plugin_common import job_views

urlpatterns = [
    path("jobs/", job_views.list_jobs, name="omero_plugin_common_job_list"),
    path("jobs/<uuid:job_id>/", job_views.show_job, name="omero_plugin_common_job_show"),
    path("jobs/<uuid:job_id>/cancel/", job_views.cancel_job, name="omero_plugin_common_job_cancel"),
    path("jobs/<uuid:job_id>/undo/", job_views.undo_job, name="omero_plugin_common_job_undo"),
    path("jobs/<uuid:job_id>/log/", job_views.job_log, name="omero_plugin_common_job_log"),
    path(
        "jobs/<uuid:job_id>/report.csv",
        job_views.job_report,
        name="omero_plugin_common_job_report",
    ),
]
