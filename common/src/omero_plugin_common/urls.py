"""Routes below `/omero_plugin_common/`."""

from __future__ import annotations

from django.urls import path

from omero_plugin_common.jobs import views

urlpatterns = [
    path("jobs/", views.list_jobs, name="omero_plugin_common_job_list"),
    path("jobs/<uuid:job_id>/", views.show_job, name="omero_plugin_common_job_show"),
    path("jobs/<uuid:job_id>/cancel/", views.cancel_job, name="omero_plugin_common_job_cancel"),
    path("jobs/<uuid:job_id>/log/", views.job_log, name="omero_plugin_common_job_log"),
]
