"""What each alert of the chart waits for, as series of Prometheus."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

SITE = 'namespace="images", instance="demo"'
HERE = {"namespace": "images", "instance": "demo"}
_PLATFORM = 'namespace="images", platform="demo"'
_DAY = 86400


@dataclass(frozen=True)
class Case:
    """One way to make an alert fire.

    Attributes:
        alert: its name.
        bad: series → samples, one a minute: it fires.
        good: the same, and it never fires.
        fires: minutes after which it fires.
        quiet: minutes after which it does not fire yet.
        labels: of the firing alert, beside its name and severity.
        also: series of both; nearly always that the site exists.
    """

    alert: str
    bad: dict[str, str]
    good: dict[str, str]
    fires: int
    quiet: int | None = None
    labels: dict[str, str] = field(default_factory=lambda: HERE)
    also: dict[str, str] = field(default_factory=dict)


def condition(kind: str) -> str:
    """The operator's series of a condition that is True."""
    return f'omero_platform_condition{{{_PLATFORM}, type="{kind}", status="True"}}'


READY = {condition("Ready"): "1x250"}


def _of_condition(alert: str, kind: str, minutes: int) -> Case:
    series = condition(kind)
    return Case(alert, {series: "1 0x60"}, {series: "1x61"}, fires=minutes + 2, quiet=minutes - 1)


def _exporter(alert: str, series: str) -> Case:
    return Case(alert, {series: "1 0x60"}, {series: "1x61"}, fires=4, quiet=1)


def _volume(alert: str, free: int, enough: int, fires: int, quiet: int) -> Case:
    claim = 'namespace="images", persistentvolumeclaim="demo-plugin-db"'
    available = f"kubelet_volume_stats_available_bytes{{{claim}}}"
    size = {f"kubelet_volume_stats_capacity_bytes{{{claim}}}": "1000x90"}
    return Case(
        alert,
        {available: f"{free}x90"},
        {available: f"{enough}x90"},
        fires,
        quiet,
        labels={**HERE, "persistentvolumeclaim": "demo-plugin-db"},
        also=READY | size,
    )


def _disk(alert: str, free: int, fires: int, quiet: int) -> Case:
    where = 'instance="node-1", mountpoint="/", fstype="ext4", device="/dev/sda1"'
    available = f"node_filesystem_avail_bytes{{{where}}}"
    return Case(
        alert,
        {available: f"{free}x90"},
        {available: "500x90"},
        fires,
        quiet,
        labels={"instance": "node-1", "mountpoint": "/"},
        also={f"node_filesystem_size_bytes{{{where}}}": "1000x90"},
    )


def _certificate(alert: str, days: int, fires: int, quiet: int) -> Case:
    series = (
        f"omero_certificate_expiry_timestamp_seconds{{{SITE},"
        ' address="demo-server:4064", pod="demo-exporter-1"}'
    )
    return Case(
        alert,
        {series: f"{days * _DAY}x90"},
        {series: f"{90 * _DAY}x90"},
        fires,
        quiet,
        labels={**HERE, "address": "demo-server:4064"},
    )


def _late(alert: str, cronjob: str) -> Case:
    """Every hour; the last success is that of minute 0, or was a moment ago."""
    which = f'namespace="images", cronjob="{cronjob}"'
    success = f"kube_cronjob_status_last_successful_time{{{which}}}"
    schedule = {
        f"kube_cronjob_next_schedule_time{{{which}}}": "7200x250",
        f"kube_cronjob_status_last_schedule_time{{{which}}}": "3600x250",
    }
    return Case(
        alert,
        {success: "0x250"},
        {success: "0+60x250"},
        fires=185,
        quiet=175,
        labels={**HERE, "cronjob": cronjob},
        also=READY | schedule,
    )


def _own(component: str) -> str:
    """The series that says whether a part of the monitoring answers."""
    return f'up{{job="monitoring", component="{component}", namespace="omero-system", pod="x-1"}}'


def _absent(alert: str, series: str, minutes: int) -> tuple[Case, Case]:
    """It answers no more, or has never been there."""
    good = {series: "1x60"}
    down = Case(alert, {series: "0x60"}, good, fires=minutes + 1, quiet=minutes - 2, labels={})
    return down, Case(alert, {}, good, fires=minutes + 1, quiet=minutes - 2, labels={})


def _probe(alert: str, series: str, **labels: str) -> Case:
    return Case(alert, {series: "1 0x60"}, {series: "1x61"}, fires=7, quiet=4, labels=labels)


_LENGTH = f'omero_queue_length{{{SITE}, queue="default", pod="demo-exporter-1"}}'
_OLDEST = f'omero_queue_oldest_seconds{{{SITE}, queue="default", pod="demo-exporter-1"}}'
_CONTAINER = 'namespace="images", pod="demo-web-7d9f8c6b5-x2x4z", container="web"'
_POD = {
    'kube_pod_info{namespace="images", pod="demo-web-7d9f8c6b5-x2x4z", instance="10.0.0.1"}': "1x90"
}
_RESTARTS = f"kube_pod_container_status_restarts_total{{{_CONTAINER}}}"
_WAITING = f'kube_pod_container_status_waiting_reason{{{_CONTAINER}, reason="ImagePullBackOff"}}'
_OF_WEB = f'omero_web_requests_total{{{SITE}, pod="demo-web-1", method="GET", app="webclient"'
_JOBS = f'omero_jobs_finished_total{{{SITE}, pod="demo-worker-1", kind="imaris.export"'
_LOGS = f'omero_log_errors{{{SITE}, component="exporter", writer="server"}}'
_EXPORTER = f'up{{{SITE}, component="exporter", pod="demo-exporter-1", job="omero-platform"}}'
_UP = f'up{{{SITE}, component="web", pod="demo-web-1", job="omero-platform"}}'
_LOGIN_PAGE = f'probe_success{{{SITE}, component="web", job="probe-login-page"}}'
_INGRESS = f'probe_success{{{SITE}, job="probe-ingress", target="https://x.org/webclient/login/"}}'
_NODE = 'up{job="node-exporter", node="node-1", instance="node-1"}'
_STORE = _own("victorialogs")
_COLLECTOR = _own("otel-collector")
_LEADER = 'omero_operator_leader{pod="omero-operator-1"}'
_OTHER = 'omero_operator_leader{pod="omero-operator-2"}'
_DEPTH = 'omero_operator_queue_depth{pod="omero-operator-1"}'
_PASSES = 'omero_operator_passes_total{pod="omero-operator-1", result="done"}'
_LAG = 'omero_operator_watch_lag_seconds{pod="omero-operator-1"}'
_NEXT = f'omero_operator_next_attempt_seconds{{{_PLATFORM}, pod="omero-operator-1"}}'
_REPAIRS = f'omero_operator_repairs_total{{{_PLATFORM}, kind="Deployment", pod="omero-operator-1"}}'
_SUCCESS = f"omero_operator_last_success_timestamp_seconds{{{_PLATFORM}}}"

_AWAKE = (
    Case("Watchdog", {}, {}, fires=0, labels={}),
    _of_condition("OmeroServerDown", "ServerReady", 5),
    _of_condition("OmeroWebDown", "WebReady", 2),
    _of_condition("OmeroDatabaseDown", "DatabaseReady", 2),
    _exporter("OmeroDatabaseDown", f'pg_up{{{SITE}, component="database"}}'),
    _of_condition("OmeroPluginDatabaseDown", "PluginDatabaseReady", 2),
    _exporter("OmeroPluginDatabaseDown", f'pg_up{{{SITE}, component="plugin-database"}}'),
    _of_condition("OmeroRedisDown", "RedisReady", 2),
    _exporter("OmeroRedisDown", f'redis_up{{{SITE}, component="redis"}}'),
    _of_condition("OmeroWorkerDown", "WorkerReady", 5),
    _of_condition("OmeroWorkerDown", "ExportWorkerReady", 5),
    _of_condition("OmeroNotReady", "Ready", 15),
    Case(
        "OmeroLoginFails",
        {f"omero_login_probe_success{{{SITE}}}": "1 0x60"},
        {f"omero_login_probe_success{{{SITE}}}": "1x61"},
        fires=7,
        quiet=4,
    ),
    Case(
        "OmeroLoginSlow",
        {f"omero_login_probe_seconds{{{SITE}}}": "11x60"},
        {f"omero_login_probe_seconds{{{SITE}}}": "0.3x60"},
        fires=16,
        quiet=13,
    ),
    Case(
        "OmeroWebErrors",
        {f'{_OF_WEB}, code="500"}}': "0+10x60", f'{_OF_WEB}, code="200"}}': "0+90x60"},
        {f'{_OF_WEB}, code="500"}}': "0+1x60", f'{_OF_WEB}, code="200"}}': "0+90x60"},
        fires=20,
        quiet=8,
    ),
    Case(
        "OmeroQueueStuck",
        {_LENGTH: "3x60", _OLDEST: "0+60x60"},
        {_LENGTH: "3x60", _OLDEST: "30x60"},
        fires=22,
        quiet=17,
        labels={**HERE, "queue": "default"},
    ),
    Case(
        "OmeroQueueUnknown",
        {_LENGTH: "3x9 _x60"},
        {_LENGTH: "0x70"},
        fires=27,
        quiet=15,
        also=READY,
    ),
    # Redis has never answered, or the exporter has never run.
    Case(
        "OmeroQueueUnknown",
        {_EXPORTER: "1x60"},
        {_EXPORTER: "1x60", _LENGTH: "0x60"},
        fires=11,
        quiet=8,
        also=READY,
    ),
    Case("OmeroQueueUnknown", {_EXPORTER: "0x60"}, {}, fires=11, quiet=8, also=READY),
    # A site that was deleted.
    Case(
        "OmeroQueueUnknown",
        {_LENGTH: "3x9 _x60", **READY},
        {_LENGTH: "3x9 _x60", condition("Ready"): "1x9 _x60"},
        fires=27,
    ),
    Case(
        "OmeroJobsFail",
        {f'{_JOBS}, state="failed"}}': "0+1x60", f'{_JOBS}, state="done"}}': "0x60"},
        {f'{_JOBS}, state="failed"}}': "0+1x60", f'{_JOBS}, state="done"}}': "0+9x60"},
        fires=59,
        labels={**HERE, "kind": "imaris.export"},
    ),
    Case(
        "OmeroRestartLoop",
        {_RESTARTS: "0+0.2x60"},
        {_RESTARTS: "0x30 1x30"},
        fires=40,
        labels={**HERE, "pod": "demo-web-7d9f8c6b5-x2x4z", "container": "web"},
        also=READY | _POD,
    ),
    Case(
        "OmeroContainerStuck",
        {_WAITING: "1x60"},
        {_WAITING: "0x60"},
        fires=12,
        quiet=8,
        labels={
            **HERE,
            "pod": "demo-web-7d9f8c6b5-x2x4z",
            "container": "web",
            "reason": "ImagePullBackOff",
        },
        also=READY | _POD,
    ),
    Case(
        "OmeroTargetDown",
        {_UP: "0x60"},
        {_UP: "1x60"},
        fires=11,
        quiet=8,
        labels={**HERE, "component": "web", "pod": "demo-web-1", "job": "omero-platform"},
    ),
    # The blackbox exporter is away: not the part that it asks.
    Case(
        "OmeroTargetDown",
        {_UP: "0x60"},
        {f'up{{{SITE}, component="web", job="probe-login-page"}}': "0x60", _STORE: "0x60"},
        fires=11,
        labels={**HERE, "component": "web", "pod": "demo-web-1", "job": "omero-platform"},
    ),
    _probe("OmeroLoginPageFails", _LOGIN_PAGE, **HERE),
    _probe("OmeroSiteUnreachable", _INGRESS, **HERE, target="https://x.org/webclient/login/"),
    # OMERO.web itself does not answer: that is the alert before.
    Case(
        "OmeroSiteUnreachable",
        {_INGRESS: "0x60", _LOGIN_PAGE: "1x60"},
        {_INGRESS: "0x60", _LOGIN_PAGE: "0x60"},
        fires=7,
        quiet=4,
        labels={**HERE, "target": "https://x.org/webclient/login/"},
    ),
    _probe(
        "OmeroPortFails", f'probe_success{{{SITE}, component="server", job="probe-omero"}}', **HERE
    ),
    _probe(
        "OmeroProbeFails",
        'probe_success{job="probe-tcp", target="ldap.example.org:636"}',
        job="probe-tcp",
        target="ldap.example.org:636",
    ),
    *(_absent("OmeroKubeStateMetricsDown", 'up{job="kube-state-metrics"}', 10)),
    *(_absent("OmeroProbesUnknown", _own("blackbox"), 10)),
    *(_absent("OmeroLogStoreDown", _STORE, 5)),
    Case(
        "OmeroNodeExporterDown",
        {_NODE: "0x60"},
        {_NODE: "1x60"},
        fires=11,
        quiet=8,
        labels={"job": "node-exporter", "node": "node-1", "instance": "node-1"},
    ),
    Case(
        "OmeroNodeExporterDown",
        {},
        {_NODE: "1x60"},
        fires=11,
        quiet=8,
        labels={"job": "node-exporter"},
    ),
    Case(
        "OmeroLogCollectorDown",
        {_COLLECTOR: "0x60"},
        {_COLLECTOR: "1x60"},
        fires=11,
        quiet=8,
        labels={
            "job": "monitoring",
            "component": "otel-collector",
            "namespace": "omero-system",
            "pod": "x-1",
        },
    ),
    Case(
        "OmeroLogCollectorDown",
        {},
        {_COLLECTOR: "1x60"},
        fires=11,
        quiet=8,
        labels={"job": "monitoring"},
    ),
    _volume("OmeroVolumeAlmostFull", free=140, enough=160, fires=12, quiet=8),
    _volume("OmeroVolumeFull", free=40, enough=60, fires=4, quiet=1),
    Case(
        "OmeroVolumeFillsUp",
        {
            'kubelet_volume_stats_available_bytes{namespace="images",'
            ' persistentvolumeclaim="demo-server"}': "390-0.2x90"
        },
        {
            'kubelet_volume_stats_available_bytes{namespace="images",'
            ' persistentvolumeclaim="demo-server"}': "390-0.01x90"
        },
        fires=70,
        labels={**HERE, "persistentvolumeclaim": "demo-server"},
        also=READY
        | {
            'kubelet_volume_stats_capacity_bytes{namespace="images",'
            ' persistentvolumeclaim="demo-server"}': "1000x90"
        },
    ),
    _disk("OmeroNodeDiskAlmostFull", free=140, fires=12, quiet=8),
    _disk("OmeroNodeDiskFull", free=40, fires=4, quiet=1),
    _certificate("OmeroCertificateExpiresSoon", days=10, fires=65, quiet=55),
    _certificate("OmeroCertificateExpires", days=2, fires=7, quiet=3),
    _of_condition("OmeroMaintenanceFailed", "MaintenanceHealthy", 15),
    _late("OmeroMaintenanceLate", "demo-vacuum"),
    _of_condition("OmeroBackupFailed", "BackupHealthy", 15),
    _late("OmeroBackupLate", "demo-backup"),
    Case(
        "OmeroManyErrorsInLogs",
        {_LOGS: "0x3 200x57"},
        {_LOGS: "50x60"},
        fires=20,
        quiet=8,
        labels={**HERE, "component": "server"},
    ),
    Case(
        "OmeroRepositoryIdentity",
        {f"omero_duplicate_repositories{{{SITE}}}": "1x60"},
        {f"omero_duplicate_repositories{{{SITE}}}": "0x60"},
        fires=6,
        quiet=3,
    ),
    Case("OmeroOperatorDown", {_LEADER: "0x60"}, {_LEADER: "1x60"}, fires=6, quiet=3, labels={}),
    Case("OmeroOperatorDown", {}, {_LEADER: "1x60"}, fires=6, quiet=3, labels={}),
    Case(
        "OmeroOperatorTwoLeaders",
        {_LEADER: "1x60", _OTHER: "1x60"},
        {_LEADER: "1x60", _OTHER: "0x60"},
        fires=4,
        quiet=1,
        labels={},
    ),
    Case(
        "OmeroOperatorNotReconciling",
        {_DEPTH: "2x60", _PASSES: "7x60"},
        {_DEPTH: "2x60", _PASSES: "7+1x60"},
        fires=13,
        quiet=8,
        labels={},
    ),
    Case(
        "OmeroOperatorNotReconciling",
        {_LAG: "400x60"},
        {_LAG: "0x60"},
        fires=12,
        quiet=8,
        labels={},
    ),
    Case(
        "OmeroPassFails",
        {_NEXT: "120x60"},
        {_NEXT: "0x60"},
        fires=32,
        quiet=28,
        labels={**HERE, "platform": "demo"},
    ),
    Case(
        "OmeroPassFails",
        {_SUCCESS: "0x90"},
        {_SUCCESS: "0+60x90"},
        fires=62,
        quiet=58,
        labels={**HERE, "platform": "demo"},
    ),
    Case(
        "OmeroDriftRepeats",
        {_REPAIRS: "0+1x120"},
        {_REPAIRS: "0x60 1x60"},
        fires=119,
        labels={**HERE, "platform": "demo", "kind": "Deployment"},
    ),
)

# What does not run while a site hibernates.
_SLEEPING = {
    *("OmeroServerDown", "OmeroWebDown", "OmeroDatabaseDown", "OmeroPluginDatabaseDown"),
    *("OmeroRedisDown", "OmeroWorkerDown", "OmeroNotReady", "OmeroLoginPageFails"),
    *("OmeroPortFails", "OmeroQueueUnknown"),
}
_ASLEEP = {f"omero_platform_hibernated{{{_PLATFORM}}}": "1x250"}
_NOT_ASLEEP = {f"omero_platform_hibernated{{{_PLATFORM}}}": "0x250"}

CASES = _AWAKE + tuple(
    replace(case, bad=case.bad | _NOT_ASLEEP, good=case.bad | _ASLEEP)
    for case in _AWAKE
    if case.alert in _SLEEPING
)
