"""Local servers that speak the formats of the AI providers, and fail in their ways."""

from ai_servers.formats import FORMATS, KEY
from ai_servers.server import AiServer, running

__all__ = ["FORMATS", "KEY", "AiServer", "running"]
