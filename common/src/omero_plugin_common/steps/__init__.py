"""A job over many objects: in steps, each with a lock, a report, and a place to go on from.

`run_steps` is what a plugin's service calls; `undo` is how a job is undone.
"""

from omero_plugin_common.steps.report import Line, Outcome
from omero_plugin_common.steps.run import RunningJob, Step, run_steps
from omero_plugin_common.steps.undo import Change

__all__ = ["Change", "Line", "Outcome", "RunningJob", "Step", "run_steps"]
