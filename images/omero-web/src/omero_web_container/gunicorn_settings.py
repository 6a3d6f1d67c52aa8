"""gunicorn's own log lines, in the format of the others (`--config python:…`)."""

import os

from omero_web_container.json_logs import configuration

logconfig_dict = configuration(os.environ.get("LOG_LEVEL", "INFO"))
