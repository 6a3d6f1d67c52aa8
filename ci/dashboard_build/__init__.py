"""The dashboards of charts/omero-monitoring, written in Python; `ci/dashboards`."""
