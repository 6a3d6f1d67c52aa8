"""Addresses below `/omeroweb_omp_plugin/`; their names begin with the label."""

from __future__ import annotations

from typing import Any

from django.urls import path

from omero_plugin_common.help_page import help_view
from omeroweb_omp_plugin.views import (
    ai,
    ai_credentials,
    cut_name,
    index,
    jobs,
    preview,
    projects,
    selections,
    user_data,
    values_file,
    variable_sets,
)


def _at(route: str, view: Any, name: str) -> Any:
    return path(route, view, name=f"omeroweb_omp_plugin_{name}")


urlpatterns = [
    _at("", index.index, "index"),
    _at("help/", help_view("omeroweb_omp_plugin"), "help"),
    _at("root-status/", index.root_status, "root_status"),
    _at("projects/", projects.projects, "projects"),
    _at("from-address/", projects.from_address, "from_address"),
    _at("selections/", selections.make, "selection_make"),
    _at("selections/<uuid:selection>/backup.csv", selections.backup_csv, "backup"),
    _at("selections/<uuid:selection>/pattern/", cut_name.pattern, "pattern_from_pieces"),
    _at("previews/", preview.make, "preview_make"),
    _at("previews/<uuid:preview>/", preview.show, "preview"),
    _at("previews/<uuid:preview>/rows/", preview.rows, "preview_rows"),
    _at("previews/<uuid:preview>/values/", preview.values, "preview_values"),
    _at("previews/<uuid:preview>/edit/", preview.edit, "preview_edit"),
    _at("previews/<uuid:preview>/only-new/", preview.only_new, "preview_only_new"),
    _at("previews/<uuid:preview>/ticks/", preview.ticks, "preview_ticks"),
    _at("previews/<uuid:preview>/values.csv", values_file.download, "preview_csv"),
    _at("previews/<uuid:preview>/values-file/check/", values_file.check, "values_file_check"),
    _at("previews/<uuid:preview>/values-file/", values_file.take, "values_file"),
    _at("start_job/", jobs.start_write, "start_write"),
    _at("start_acq_job/", jobs.start_acquisition, "start_acquisition"),
    _at("start_delete_plugin_job/", jobs.start_delete_plugin, "start_delete_plugin"),
    _at("start_delete_all_job/", jobs.start_delete_all, "start_delete_all"),
    _at("restore/", jobs.start_restore, "start_restore"),
    _at("restore/stored/", jobs.start_restore_stored, "start_restore_stored"),
    _at("start_backup_job/", jobs.start_backup, "start_backup"),
    _at("backups/<uuid:job_id>.csv", jobs.stored_backup, "stored_backup"),
    _at("jobs/<uuid:job_id>/in-omero/", jobs.in_omero, "job_in_omero"),
    _at("progress/<uuid:job_id>/", jobs.progress, "progress"),
    _at("varsets/", variable_sets.listed, "varset_list"),
    _at("varsets/save/", variable_sets.save, "varset_save"),
    _at("varsets/load/", variable_sets.load, "varset_load"),
    _at("varsets/delete/", variable_sets.delete, "varset_delete"),
    _at("user-settings/", user_data.load, "settings"),
    _at("user-settings/save/", user_data.save, "settings_save"),
    _at("user-data/delete-api-keys/", user_data.delete_api_keys, "delete_api_keys"),
    _at("user-data/delete-variable-sets/", user_data.delete_variable_sets, "delete_varsets"),
    _at("user-data/delete-all/", user_data.delete_everything, "delete_user_data"),
    _at("ai-credentials/", ai_credentials.listed, "ai_providers"),
    _at("ai-credentials/save/", ai_credentials.save, "ai_key_save"),
    _at("ai-credentials/test/", ai_credentials.test, "ai_key_test"),
    _at("ai-credentials/models/", ai_credentials.models, "ai_models"),
    _at("ai/pattern/preview/", ai.preview_pattern, "ai_pattern_preview"),
    _at("ai/pattern/start/", ai.start_pattern, "ai_pattern_start"),
    _at("ai/values/preview/", ai.preview_values, "ai_values_preview"),
    _at("ai/values/start/", ai.start_values, "ai_values_start"),
    _at("ai/values/<uuid:job>/", ai.values, "ai_values"),
    _at("previews/<uuid:preview>/ai-values/", ai.use_values, "preview_ai_values"),
]
