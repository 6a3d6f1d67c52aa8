"""Addresses below `/omeroweb_admin_tools/`; their names begin with the label."""

from __future__ import annotations

from typing import Any

from django.urls import path

from omero_plugin_common.help_page import help_view
from omeroweb_admin_tools.views import (
    diagnostics,
    gone,
    grafana,
    logs,
    pages,
    quotas,
    resources,
    storage,
)


def _at(route: str, view: Any, name: str) -> Any:
    return path(route, view, name=f"omeroweb_admin_tools_{name}")


urlpatterns = [
    _at("", pages.index, "index"),
    _at("help/", help_view("omeroweb_admin_tools"), "help"),
    _at("root-status/", pages.root_status, "root_status"),
    _at("logs/", pages.logs, "logs"),
    _at("logs/data/", logs.data, "logs_data"),
    _at("logs/sources/", logs.sources, "logs_sources"),
    _at("logs/files/", logs.files, "logs_files"),
    _at("logs/internal-labels/", logs.internal_labels, "internal_labels"),
    _at("logs/around/", logs.around, "logs_around"),
    _at("logs/table.csv", logs.table, "logs_table"),
    _at("resource-monitoring/", pages.resource_monitoring, "resource_monitoring"),
    _at("resource-monitoring/data/", resources.data, "resource_monitoring_data"),
    _at("resource-monitoring/figures/", resources.figures, "resource_monitoring_figures"),
    _at("resource-monitoring/grafana-proxy/", gone.grafana_proxy, "grafana_proxy_root"),
    _at("resource-monitoring/grafana-proxy/<path:subpath>", gone.grafana_proxy, "grafana_proxy"),
    _at("resource-monitoring/prometheus-proxy/", gone.prometheus_proxy, "prometheus_proxy_root"),
    _at(
        "resource-monitoring/prometheus-proxy/<path:subpath>",
        gone.prometheus_proxy,
        "prometheus_proxy",
    ),
    _at("grafana/token/", grafana.token, "grafana_token"),
    _at("server-database-testing/", pages.diagnostics, "diagnostics"),
    _at("server-database-testing/checks/", diagnostics.checks, "diagnostics_checks"),
    _at("server-database-testing/run/", diagnostics.run, "diagnostics_run"),
    _at("server-database-testing/runs/", diagnostics.runs, "diagnostics_runs"),
    _at("server-database-testing/runs/<uuid:run>/", diagnostics.state, "diagnostics_state"),
    _at(
        "server-database-testing/runs/<uuid:run>/report.<slug:kind>",
        diagnostics.report,
        "diagnostics_report",
    ),
    _at("storage/", pages.storage, "storage"),
    _at("storage/data/", storage.data, "storage_data"),
    _at("storage/table/<slug:view>.csv", storage.table, "storage_table"),
    _at("storage/quota/data/", quotas.data, "storage_quota_data"),
    _at("storage/quota/update/", quotas.update, "storage_quota_update"),
    _at("storage/quota/import/", quotas.import_file, "storage_quota_import"),
    _at("storage/quota/template/", quotas.template, "storage_quota_template"),
    _at("storage/quota/table/", quotas.table, "storage_quota_table"),
    _at("storage/quota/rules/", quotas.rules, "storage_quota_rules"),
]
