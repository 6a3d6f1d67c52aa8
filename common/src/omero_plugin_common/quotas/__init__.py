"""How many bytes the groups of OMERO may have: limits, what is used, and who may add more.

Limits are rows of the plugin database. What a group uses is counted by a worker, as the job-service
account: it sees all groups, which members do not. Web processes read the last count.
"""

from omero_plugin_common.quotas.check import CODE, OverQuota, Room, one_at_a_time, room
from omero_plugin_common.quotas.model import Group, Standing, Who

__all__ = ["CODE", "Group", "OverQuota", "Room", "Standing", "Who", "one_at_a_time", "room"]
