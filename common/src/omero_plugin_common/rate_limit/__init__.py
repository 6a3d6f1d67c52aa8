"""How many major actions a user may start in a short time."""

from omero_plugin_common.rate_limit.identity import identity_of
from omero_plugin_common.rate_limit.limiter import RateLimiter

__all__ = ["RateLimiter", "identity_of"]
