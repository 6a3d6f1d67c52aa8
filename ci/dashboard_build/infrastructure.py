"""`omero-infrastructure`: the site as a whole, its pods and volumes, and the nodes below."""

from __future__ import annotations

from dashboard_build.logs import Wanted
from dashboard_build.pages import Page, Row, Variable
from dashboard_build.panels import Limits, Line, figure, graph, rows, up
from dashboard_build.series import SITE, cluster, node, of_pods, rate, site

_DISK = Limits(0.85, 0.95)
_BUSY = Limits(0.8, 0.95)
_IDLING = 'mode="idle"'
_IDLE = rate(node("node_cpu_seconds_total", _IDLING))
_ROOT = 'mountpoint="/"'
_LINES = 'device!="lo"'
_NO_LOOPS = 'device!~"loop.*|dm-.*|ram.*"'
_REAL_DISKS = 'fstype!~"tmpfs|overlay|squashfs|ramfs"'
_CONTAINER = 'container!="", image!=""'
_MEMORY = f"1 - {node('node_memory_MemAvailable_bytes')} / {node('node_memory_MemTotal_bytes')}"
_SWAP = (
    f"1 - {node('node_memory_SwapFree_bytes')} / ({node('node_memory_SwapTotal_bytes')} > 0)"
    f" or 0 * {node('node_memory_SwapTotal_bytes')}"
)
_VOLUMES = f"omero:volume:used_ratio{{{SITE}}}"
_WAITING = f"omero:condition:status{{{SITE}}}"

_HEALTH = Row(
    "Site",
    [
        up(
            "Ready", f'omero:condition:status{{{SITE}, type="Ready"}}', "Condition of the platform."
        ),
        up(
            "Login",
            f"min({site('omero_login_probe_success')})",
            "A login to OMERO with a low-privilege account, every minute.",
        ),
        figure("Targets up", f"sum({site('up')})"),
        figure("Targets", f"count({site('up')})"),
        figure("Fullest volume", f"max({_VOLUMES})", unit="percentunit", limits=_DISK),
        figure(
            "Certificate expires in",
            f"min({site('omero_certificate_expiry_timestamp_seconds')}) - time()",
            unit="s",
            limits=Limits(14 * 86400, 3 * 86400, falling=True),
            about="The certificate that expires first.",
        ),
        rows(
            "Conditions",
            f"sort_desc({_WAITING})",
            {"type": "Condition", "Value": "True"},
            about="1 is True, 0 is False or Unknown. `kubectl describe omero` has the reasons.",
        ),
        rows(
            "Scraped pods",
            site("up"),
            {"component": "Component", "pod": "Pod", "job": "Job", "Value": "Up"},
        ),
        graph(
            "Login to OMERO",
            [Line(site("omero_login_probe_seconds"), "seconds")],
            unit="s",
        ),
        graph(
            "Errors in logs",
            [Line(f"60 * omero:log_errors:rate10m{{{SITE}}}", "{{component}}")],
            about="Entries a minute of the levels error and fatal.",
        ),
        graph(
            "Probes",
            [Line(f"min by (job, target) ({site('probe_success')})", "{{target}}")],
            highest=1,
            about="Addresses that the blackbox exporter asks: 1 answers, 0 does not.",
        ),
    ],
)

_PODS = Row(
    "Pods",
    [
        graph(
            "CPU of containers",
            [
                Line(
                    "sum by (pod, container) ("
                    f"{of_pods(rate(cluster('container_cpu_usage_seconds_total', _CONTAINER)))})",
                    "{{pod}} {{container}}",
                )
            ],
            about="Cores.",
        ),
        graph(
            "Memory of containers",
            [
                Line(
                    "sum by (pod, container) ("
                    f"{of_pods(cluster('container_memory_working_set_bytes', _CONTAINER))})",
                    "{{pod}} {{container}}",
                )
            ],
            unit="bytes",
        ),
        graph(
            "Memory of the limit",
            [
                Line(
                    "sum by (pod, container) ("
                    f"{of_pods(cluster('container_memory_working_set_bytes', _CONTAINER))})"
                    " / sum by (pod, container) ("
                    + of_pods(cluster("kube_pod_container_resource_limits", 'resource="memory"'))
                    + ")",
                    "{{pod}} {{container}}",
                )
            ],
            unit="percentunit",
            limits=_BUSY,
            about="At 100 % the kernel kills the container.",
        ),
        graph(
            "CPU of the request",
            [
                Line(
                    "sum by (pod, container) ("
                    f"{of_pods(rate(cluster('container_cpu_usage_seconds_total', _CONTAINER)))})"
                    " / sum by (pod, container) ("
                    + of_pods(cluster("kube_pod_container_resource_requests", 'resource="cpu"'))
                    + ")",
                    "{{pod}} {{container}}",
                )
            ],
            unit="percentunit",
            about="Above 100 % the container uses more than it is guaranteed.",
        ),
        graph(
            "Restarts in an hour",
            [
                Line(
                    "sum by (pod, container) ("
                    + of_pods(
                        f"increase({cluster('kube_pod_container_status_restarts_total')}[1h])"
                    )
                    + ")",
                    "{{pod}} {{container}}",
                )
            ],
        ),
        rows(
            "Pods",
            of_pods(f"({cluster('kube_pod_status_phase')} == 1)"),
            {"pod": "Pod", "phase": "Phase"},
        ),
    ],
)

_STORAGE = Row(
    "Volumes",
    [
        graph(
            "Used space",
            [Line(_VOLUMES, "{{persistentvolumeclaim}}")],
            unit="percentunit",
            limits=_DISK,
            highest=1,
        ),
        graph(
            "Free space",
            [
                Line(
                    f"omero:volume:available_bytes{{{SITE}}}",
                    "{{persistentvolumeclaim}}",
                ),
                Line(
                    f"predict_linear(omero:volume:available_bytes{{{SITE}}}[6h], 4 * 86400)",
                    "{{persistentvolumeclaim}} in 4 days",
                ),
            ],
            unit="bytes",
            lowest=None,
            about="The second line of each volume continues its last six hours for four days.",
        ),
    ],
)

_NODES = Row(
    "Nodes",
    [
        figure(
            "CPU",
            f"1 - avg({_IDLE})",
            unit="percentunit",
            limits=_BUSY,
        ),
        figure("Memory", f"max({_MEMORY})", unit="percentunit", limits=_BUSY),
        figure(
            "Root disk",
            f"max(1 - {node('node_filesystem_avail_bytes', _ROOT)}"
            f" / {node('node_filesystem_size_bytes', _ROOT)})",
            unit="percentunit",
            limits=_DISK,
        ),
        figure("Swap", f"max({_SWAP})", unit="percentunit", limits=Limits(0.5, 0.9)),
        figure("CPU cores", f"count({node('node_cpu_seconds_total', _IDLING)})"),
        figure(
            "Longest uptime",
            f"max(time() - {node('node_boot_time_seconds')})",
            unit="s",
        ),
        rows(
            "Systems",
            f"{node('node_os_info')} * on (instance) group_left (release, machine)"
            f" {node('node_uname_info')}",
            {
                "instance": "Node",
                "pretty_name": "System",
                "release": "Kernel",
                "machine": "Architecture",
            },
        ),
        rows(
            "Memory of nodes",
            node("node_memory_MemTotal_bytes"),
            {"instance": "Node", "Value": "Bytes"},
        ),
        graph(
            "CPU",
            [Line(f"1 - avg by (instance) ({_IDLE})", "{{instance}}")],
            unit="percentunit",
            highest=1,
        ),
        graph("Memory", [Line(_MEMORY, "{{instance}}")], unit="percentunit", highest=1),
        graph(
            "Disk operations",
            [
                Line(
                    "sum by (instance) ("
                    f"{rate(node('node_disk_reads_completed_total', _NO_LOOPS))})",
                    "{{instance}} reads",
                ),
                Line(
                    "sum by (instance) ("
                    f"{rate(node('node_disk_writes_completed_total', _NO_LOOPS))})",
                    "{{instance}} writes",
                ),
            ],
            unit="iops",
        ),
        graph(
            "Network",
            [
                Line(
                    f"sum by (instance) ({rate(node('node_network_receive_bytes_total', _LINES))})",
                    "{{instance}} received",
                ),
                Line(
                    "sum by (instance) ("
                    f"{rate(node('node_network_transmit_bytes_total', _LINES))})",
                    "{{instance}} sent",
                ),
            ],
            unit="Bps",
        ),
        graph(
            "Free space of file systems",
            [
                Line(
                    node("node_filesystem_avail_bytes", _REAL_DISKS),
                    "{{instance}} {{mountpoint}}",
                )
            ],
            unit="bytes",
            span=24,
        ),
    ],
)

PAGE = Page(
    uid="omero-infrastructure",
    title="Server Infrastructure",
    about="The site as a whole: health, pods, volumes, and the nodes of the cluster.",
    variables=[Variable("node", "Node", "label_values(node_uname_info, instance)", all=True)],
    rows=[_HEALTH, _PODS, _STORAGE, _NODES],
    logs={
        "Errors of the site": Wanted(errors=True),
        "OMERO.server": Wanted("server"),
    },
)
