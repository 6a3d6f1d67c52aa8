"""What workers and plugins count, for Prometheus; docs/metrics.md explains each metric.

Several processes count: where `PROMETHEUS_MULTIPROC_DIR` names a folder, each has files of its own
in it, and `omero_web_container.metrics_server` adds them up. Elsewhere nobody reads them.
"""

from __future__ import annotations

from typing import Final

from prometheus_client import Counter, Histogram

JOBS_FINISHED: Final = Counter(
    "omero_jobs_finished",
    "Jobs that a worker has ended, by kind and by how they ended: done, failed or cancelled.",
    ["kind", "state"],
)
UPLOAD_BYTES: Final = Counter(
    "omero_upload_bytes",
    "Bytes of uploaded files that were received and stored.",
)
EXPORT_SECONDS: Final = Histogram(
    "omero_export_seconds",
    "How long an image took that was written as a file for Imaris; only those that succeeded.",
    buckets=(1, 5, 15, 60, 300, 900, 1800, 3600, 7200, 14400),
)
