"""The names under which the image's entry points know `env_utils`."""

from omero_plugin_common.env_utils import EnvironmentProblem
from omero_plugin_common.env_utils import get_env as text
from omero_plugin_common.env_utils import get_int_env as integer
from omero_plugin_common.env_utils import get_secret_env as secret

__all__ = ["EnvironmentProblem", "integer", "secret", "text"]
