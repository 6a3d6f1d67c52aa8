"""A job over many objects: in steps, each with a lock, a report, and a place to go on from.

`run_steps` is what a plugin's service calls. Undoing a job belongs here, too, as `undo.py`: a step
says in `Step.plan`, before its first change of OMERO, what it is about to do to each object. What
undoing needs (ids of what is added, content of what is removed) is stored at the same place.
"""

from omero_plugin_common.steps.report import Line, Outcome
from omero_plugin_common.steps.run import RunningJob, Step, run_steps

__all__ = ["Line", "Outcome", "RunningJob", "Step", "run_steps"]
