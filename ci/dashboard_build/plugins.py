"""`omero-plugins`: OMERO.web, its plugins and their jobs, and OMERO's own figures."""

from __future__ import annotations

from dashboard_build.logs import Wanted
from dashboard_build.pages import Page, Row
from dashboard_build.panels import Limits, Line, figure, graph, rows, up
from dashboard_build.series import rate, site

_OF_WEB = 'component="web"'
_RUNNING = 'state="running"'
_ENDED_BADLY = 'state="failed"'
_ACTIVE = 'state="active"'
_REQUESTS = rate(site("omero_web_requests_total"))
_FAILED = rate(site("omero_web_requests_total", 'code=~"5.."'))


def _late(quantile: float, metric: str, *by: str) -> str:
    series = rate(site(f"{metric}_bucket"))
    return f"histogram_quantile({quantile}, sum by ({', '.join(('le', *by))}) ({series}))"


_WEB = Row(
    "OMERO.web",
    [
        up("Web pods", f"min({site('up', _OF_WEB)})"),
        figure("Requests", f"sum({_REQUESTS})", unit="reqps"),
        figure(
            "Failed requests",
            f"(sum({_FAILED}) or vector(0)) / (sum({_REQUESTS}) > 0)",
            unit="percentunit",
            limits=Limits(0.01, 0.05),
            about="Answers with a status of 500 or above.",
        ),
        figure(
            "95 % are faster than",
            _late(0.95, "omero_web_request_seconds"),
            unit="s",
            limits=Limits(2, 10),
        ),
        figure("Running requests", f"sum({site('omero_web_requests_running')})"),
        figure(
            "Uploaded in a day",
            f"sum(increase({site('omero_upload_bytes_total')}[1d]))",
            unit="bytes",
        ),
        graph(
            "Requests by status",
            [Line(f"sum by (code) ({_REQUESTS})", "{{code}}")],
            unit="reqps",
        ),
        graph(
            "Requests by application",
            [Line(f"sum by (app) ({_REQUESTS})", "{{app}}")],
            unit="reqps",
        ),
        graph(
            "Duration",
            [Line(_late(0.95, "omero_web_request_seconds", "app"), "{{app}}")],
            unit="s",
            about="95 % of the requests are faster.",
        ),
        graph(
            "Uploads",
            [Line(f"sum({rate(site('omero_upload_bytes_total'))})", "received")],
            unit="Bps",
        ),
    ],
)

_JOBS = Row(
    "Jobs",
    [
        figure("Waiting tasks", f"sum({site('omero_queue_length')})", limits=Limits(20, 100)),
        figure(
            "Oldest waiting task",
            f"max({site('omero_queue_oldest_seconds')})",
            unit="s",
            limits=Limits(300, 900),
        ),
        figure("Running jobs", f"sum({site('omero_jobs', _RUNNING)})"),
        figure(
            "Failed jobs in a day",
            f"sum(increase({site('omero_jobs_finished_total', _ENDED_BADLY)}[1d])) or vector(0)",
            limits=Limits(1, 20),
        ),
        figure(
            "95 % of exports are faster than",
            _late(0.95, "omero_export_seconds"),
            unit="s",
        ),
        up("Exporter", f"min({site('omero_exporter_up')})", "All of its sources answer."),
        graph(
            "Queue",
            [Line(site("omero_queue_length"), "{{queue}}")],
        ),
        graph(
            "Oldest waiting task",
            [Line(site("omero_queue_oldest_seconds"), "{{queue}}")],
            unit="s",
            about="A task that waits although a worker is free: is a worker running?",
        ),
        graph(
            "Jobs by state",
            [Line(f"sum by (kind, state) ({site('omero_jobs')})", "{{kind}} {{state}}")],
        ),
        graph(
            "Finished jobs in an hour",
            [
                Line(
                    f"sum by (kind, state) (increase({site('omero_jobs_finished_total')}[1h]))",
                    "{{kind}} {{state}}",
                )
            ],
        ),
        rows(
            "Sources of the exporter",
            site("omero_exporter_up"),
            {"source": "Source", "Value": "Up"},
            span=24,
        ),
    ],
)

_OMERO = Row(
    "OMERO",
    [
        figure("Sessions", f"max({site('omero_web_sessions')})"),
        figure("Active users", f"max({site('omero_users', _ACTIVE)})"),
        figure("Groups", f"max({site('omero_groups')})"),
        figure("Images", f"max({site('omero_images')})"),
        figure(
            "Imports in a day",
            f"max(delta({site('omero_filesets')}[1d]))",
            about="New filesets.",
        ),
        figure("Stored", f"sum({site('omero_stored_bytes')})", unit="bytes"),
        graph("Sessions", [Line(site("omero_web_sessions"), "sessions")]),
        graph("Images", [Line(site("omero_images"), "images")], lowest=None),
        graph(
            "Imports in an hour",
            [Line(f"delta({site('omero_filesets')}[1h])", "filesets")],
            lowest=None,
        ),
        graph(
            "Stored by group",
            [Line(f"topk(20, {site('omero_stored_bytes')})", "{{group}}")],
            unit="bytes",
            about="The twenty largest groups.",
        ),
    ],
)

PAGE = Page(
    uid="omero-plugins",
    title="OMERO.web and plugins",
    about="OMERO.web, its plugins and their jobs, and OMERO's own figures.",
    rows=[_WEB, _JOBS, _OMERO],
    logs={
        "OMERO.web": Wanted("web"),
        "Workers": Wanted("worker|export-worker"),
        "Uploads and exports": Wanted("uploads|exports"),
    },
)
