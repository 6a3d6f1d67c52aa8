"""Names under which the collectors of both log paths store what an entry belongs to.

All but the level are labels of the stream (Loki) or stream fields (VictoriaLogs): few values, and
none of them a secret. The level is beside the entry, in small letters, as `model.LEVELS` has it.
"""

from __future__ import annotations

from typing import Final

NAMESPACE: Final = "namespace"
# Labels app.kubernetes.io/instance and app.kubernetes.io/component of the pod.
INSTANCE: Final = "instance"
COMPONENT: Final = "component"
POD: Final = "pod"
CONTAINER: Final = "container"
# Base name of a log file; missing where the entry is a container's output.
FILE: Final = "file"
LEVEL: Final = "level"
