"""Addresses below `/omeroweb_upload/`; their names begin with the label."""

from __future__ import annotations

from typing import Any

from django.urls import path

from omero_plugin_common.help_page import help_view
from omeroweb_upload.views import form, history, index, preflight, settings, targets, tus, uploads


def _at(route: str, view: Any, name: str) -> Any:
    return path(route, view, name=f"omeroweb_upload_{name}")


urlpatterns = [
    _at("", index.index, "index"),
    _at("help/", help_view("omeroweb_upload"), "help"),
    _at("root-status/", index.root_status, "root_status"),
    _at("projects/", targets.projects, "projects"),
    _at("targets/", targets.targets, "targets"),
    _at("preflight/", preflight.report, "preflight"),
    _at("profiles/", settings.list_profiles, "profile_list"),
    _at("profiles/save/", settings.save_profile, "profile_save"),
    _at("profiles/load/", settings.load_profile, "profile_load"),
    _at("profiles/delete/", settings.delete_profile, "profile_delete"),
    _at("user-settings/", settings.load, "settings"),
    _at("user-settings/save/", settings.save, "settings_save"),
    _at("special-method-settings/load/", settings.load_special, "special_load"),
    _at("special-method-settings/save/", settings.save_special, "special_save"),
    _at("special-method-settings/delete/", settings.delete_special, "special_delete"),
    _at("upload/<uuid:job>/", form.to_upload, "upload"),
    _at("upload/<uuid:job>/<int:number>/", tus.one_file, "upload_file"),
    _at("jobs/", history.jobs, "jobs"),
    _at("report/<uuid:job>.csv", history.report, "report"),
    _at("again/<uuid:job>/", history.again, "again"),
    _at("start/", uploads.start, "start"),
    _at("status/<uuid:job>/", uploads.status, "status"),
    _at("files/<uuid:job>/", uploads.files, "files"),
    _at("units/<uuid:job>/", uploads.units, "units"),
    _at("sums/<uuid:job>/", uploads.sums, "sums"),
    _at("import/<uuid:job>/", uploads.import_step, "import"),
    _at("confirm/<uuid:job>/", uploads.confirm, "confirm"),
    _at("prune/<uuid:job>/", uploads.prune, "prune"),
    _at("cancel/<uuid:job>/", uploads.cancel, "cancel"),
    _at("retry/<uuid:job>/", uploads.retry, "retry"),
]
