"""Each query of the admin tools gives its site's figures: asked of Prometheus' own engine."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import yaml

from omero_ci.paths import environment_with_tools
from omeroweb_admin_tools.planning import figures
from omeroweb_admin_tools.planning.logs.model import Site

OURS = 'namespace="imaging",instance="demo"'
POD = 'namespace="imaging",pod="demo-web-a"'
# One for each minute.
PER_MINUTE_30, PER_MINUTE_60, PER_MINUTE_600 = "0+30x20", "0+60x20", "0+600x20"
# By the figure: series, and what the query says of them.
CASES: dict[str, tuple[dict[str, str], str, float]] = {
    "node-cpu": (
        {'node_cpu_seconds_total{node="n",cpu="0",mode="idle"}': PER_MINUTE_30},
        '{node="n"}',
        50,
    ),
    "node-memory": (
        {
            'node_memory_MemAvailable_bytes{node="n"}': "25x20",
            'node_memory_MemTotal_bytes{node="n"}': "100x20",
        },
        '{node="n"}',
        75,
    ),
    "node-disk": (
        {
            'node_filesystem_avail_bytes{node="n",mountpoint="/",fstype="ext4"}': "10x20",
            'node_filesystem_size_bytes{node="n",mountpoint="/",fstype="ext4"}': "100x20",
        },
        '{node="n"}',
        90,
    ),
    "node-received": (
        {
            'node_network_receive_bytes_total{node="n",device="eth0"}': PER_MINUTE_600,
            'node_network_receive_bytes_total{node="n",device="lo"}': PER_MINUTE_600,
        },
        '{node="n"}',
        10,
    ),
    "node-sent": (
        {'node_network_transmit_bytes_total{node="n",device="eth0"}': PER_MINUTE_600},
        '{node="n"}',
        10,
    ),
    "pod-cpu": (
        {
            f'container_cpu_usage_seconds_total{{{POD},container="omero-web"}}': PER_MINUTE_30,
            f'container_cpu_usage_seconds_total{{{POD},container=""}}': PER_MINUTE_30,
        },
        '{pod="demo-web-a"}',
        0.5,
    ),
    "pod-memory": (
        {f'container_memory_working_set_bytes{{{POD},container="omero-web"}}': "5x20"},
        '{pod="demo-web-a"}',
        5,
    ),
    "database-connections": (
        {
            f'pg_stat_database_numbackends{{{OURS},component="database",datname="a"}}': "3x20",
            f'pg_stat_database_numbackends{{{OURS},component="database",datname="b"}}': "4x20",
        },
        '{component="database"}',
        7,
    ),
    "database-size": (
        {f'pg_database_size_bytes{{{OURS},component="database",datname="a"}}': "9x20"},
        '{component="database"}',
        9,
    ),
    "database-commits": (
        {f'pg_stat_database_xact_commit{{{OURS},component="database"}}': PER_MINUTE_60},
        '{component="database"}',
        1,
    ),
    "redis-memory": ({f"redis_memory_used_bytes{{{OURS}}}": "8x20"}, "{}", 8),
    "redis-clients": ({f"redis_connected_clients{{{OURS}}}": "2x20"}, "{}", 2),
    "web-requests": (
        {
            f'omero_web_requests_total{{{OURS},code="200",app="a"}}': PER_MINUTE_60,
            f'omero_web_requests_total{{{OURS},code="200",app="b"}}': PER_MINUTE_60,
        },
        '{code="200"}',
        2,
    ),
    "web-seconds": (
        {
            f'omero_web_request_seconds_bucket{{{OURS},le="0.1"}}': PER_MINUTE_60,
            f'omero_web_request_seconds_bucket{{{OURS},le="+Inf"}}': PER_MINUTE_60,
        },
        "{}",
        0.095,
    ),
    "queue-length": ({f'omero_queue_length{{{OURS},queue="q"}}': "4x20"}, '{queue="q"}', 4),
    "sessions": ({f"omero_web_sessions{{{OURS}}}": "6x20"}, "{}", 6),
    "volume-used": (
        {'kubelet_volume_stats_used_bytes{namespace="imaging",persistentvolumeclaim="c"}': "1x20"},
        '{persistentvolumeclaim="c"}',
        1,
    ),
    "volume-size": (
        {
            'kubelet_volume_stats_capacity_bytes{namespace="imaging",persistentvolumeclaim="c"}': (
                "2x20"
            )
        },
        '{persistentvolumeclaim="c"}',
        2,
    ),
}
QUERIES = {each.key: each.query for each in figures.FIGURES} | {
    "volume-used": figures.VOLUME_USED,
    "volume-size": figures.VOLUME_SIZE,
}
# Another namespace, another site of this one, and one whose name goes on.
OTHERS = (
    ('namespace="imaging"', 'namespace="elsewhere"'),
    ('instance="demo"', 'instance="demo-2"'),
    ('pod="demo-web-a"', 'pod="demo-2-web-a"'),
)


def _with_those_of_others(series: dict[str, str]) -> dict[str, str]:
    """The same for other sites, which the answer must not have."""
    changed = {
        name.replace(old, new): values
        for name, values in series.items()
        for old, new in OTHERS
        if old in name
    }
    return series | changed


def _test(key: str) -> dict[str, Any]:
    series, labels, value = CASES[key]
    query = figures.promql(QUERIES[key], Site("imaging", "demo"))
    return {
        "interval": "1m",
        "input_series": [
            {"series": name, "values": values}
            for name, values in _with_those_of_others(series).items()
        ],
        "promql_expr_test": [
            {
                "expr": query,
                "eval_time": "10m",
                "exp_samples": [{"labels": labels, "value": value}],
            }
        ],
    }


def _run(folder: Path, tests: list[dict[str, Any]]) -> None:
    path = folder / "tests.yaml"
    path.write_text(yaml.safe_dump({"tests": tests}, sort_keys=False))
    ended = subprocess.run(
        ["promtool", "test", "rules", path],
        env=environment_with_tools(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_every_query_gives_the_figures_of_its_site_alone(tmp_path: Path) -> None:
    assert set(CASES) == set(QUERIES)
    _run(tmp_path, [_test(key) for key in CASES])


def test_names_that_would_leave_their_text_are_a_text(tmp_path: Path) -> None:
    """The engine reads them as what they are: names that no series has."""
    odd = Site('a"} or vector(1) or {b="', "x\\\n.*|.+'`é")
    tests = [
        {
            "interval": "1m",
            "input_series": [{"series": "redis_memory_used_bytes", "values": "8x20"}],
            "promql_expr_test": [
                {"expr": figures.promql(query, odd), "eval_time": "10m", "exp_samples": []}
                for key, query in QUERIES.items()
                if not key.startswith("node-")
            ],
        }
    ]
    _run(tmp_path, tests)
