"""What the plugin stores about a user: settings, the same in every browser; and deleting all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from omero_plugin_common.body import Body
from omero_plugin_common.errors import Conflict
from omero_plugin_common.jobs import Job
from omero_plugin_common.jobs.launch import job_store
from omeroweb_omp_plugin.configuration import PLUGIN
from omeroweb_omp_plugin.providers.configured import ModelName, ProviderName
from omeroweb_omp_plugin.services.variable_sets import MOST_VARIABLES, VariableName
from omeroweb_omp_plugin.store import user_data, user_settings
from omeroweb_omp_plugin.store.user_data import Part

# REMBI's study components, as far as they can be read off a file name.
# https://www.nature.com/articles/s41592-021-01166-8
DEFAULT_VARIABLES: Final = [
    "Project number",
    "Sample type",
    "Substrate",
    "Position",
    "Image acquisition",
    "Specific experimental conditions",
]
# More than anybody can start while jobs are kept.
_MOST_JOBS: Final = 10_000


class Preferences(Body):
    """All settings; each has a default.

    Attributes:
        mode: how names are taken apart at first.
        separators: the characters, with that mode.
        default_variables: names offered for variables that nothing else names.
        existing_pairs: what happens to pairs that are there, at first.
        show_collaboration: whether colleagues' projects are listed as well.
        ai_provider: the provider that is chosen at first.
        ai_models: the model that is chosen at first, by provider.
    """

    model_config = ConfigDict(alias_generator=to_camel)

    mode: Literal["detect", "separators", "regex"] = "detect"
    separators: Annotated[str, Field(min_length=1, max_length=50)] = "_-. "
    default_variables: Annotated[list[VariableName], Field(max_length=MOST_VARIABLES)] = Field(
        default=DEFAULT_VARIABLES
    )
    existing_pairs: Literal["add", "replace_own"] = "replace_own"
    show_collaboration: bool = False
    ai_provider: ProviderName | None = None
    ai_models: Annotated[dict[ProviderName, ModelName], Field(max_length=50)] = Field(default={})


class SavePreferences(Body):
    """The settings to store; what is left out gets its default."""

    settings: Preferences


def _jobs(user_id: int) -> Sequence[Job]:
    return job_store().of_user(user_id, PLUGIN, _MOST_JOBS)


def load_preferences(user_id: int) -> dict[str, Any]:
    """A user's settings, complete.

    What another version of the plugin stored and this one does not know or allow counts as not set.
    """
    stored = user_settings.load(user_id)
    known = {field.alias for field in Preferences.model_fields.values()}
    kept = {name: value for name, value in stored.items() if name in known}
    try:
        return as_json(Preferences.model_validate(kept))
    except ValidationError as error:
        for each in error.errors():
            kept.pop(str(each["loc"][0]), None)
        return as_json(Preferences.model_validate(kept))


def save_preferences(user_id: int, wanted: SavePreferences) -> dict[str, Any]:
    """Store a user's settings; as they are then."""
    user_settings.save(user_id, as_json(wanted.settings))
    return load_preferences(user_id)


def as_json(settings: BaseModel) -> dict[str, Any]:
    """As pages and the database get them."""
    return settings.model_dump(mode="json", by_alias=True)


def delete(user_id: int, parts: Sequence[Part] = user_data.ALL) -> dict[str, int]:
    """Delete what is stored about a user. Pairs in OMERO are not part of it.

    All of it includes the jobs that have ended, with their reports, logs and backups.

    Args:
        user_id: the user.
        parts: which; all of it when not given.

    Returns:
        How many rows there were of each part.

    Raises:
        Conflict: all is to be deleted, and jobs need some of it; they are named.
    """
    if "jobs" in parts and (open_ := [job for job in _jobs(user_id) if job.finished is None]):
        names = "; ".join(" · ".join(filter(None, [job.title, job.about])) for job in open_)
        raise Conflict(
            f"These jobs have not ended: {names}. Wait for them or cancel them, then delete again",
            code="jobs_open",
        )
    return user_data.delete(user_id, parts)
