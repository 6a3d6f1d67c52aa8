"""Quieter logs of OMERO's Python gateway."""

from __future__ import annotations

import logging
from typing import Final

GATEWAY_LOGGER: Final = "omero.gateway.utils"


def configure_omero_gateway_logging() -> None:
    """Keep the gateway's debug lines out of the log: each call of OMERO would write several.

    A stricter level that somebody else has set stays. Calling it again changes nothing.
    """
    logger = logging.getLogger(GATEWAY_LOGGER)
    if logger.level < logging.INFO:
        logger.setLevel(logging.INFO)
