"""What a write or a delete does to each image: pure Python, used by the preview and by the jobs."""

from omeroweb_omp_plugin.planning.existing import Existing
from omeroweb_omp_plugin.planning.origin import Origin, origins
from omeroweb_omp_plugin.planning.ownership import Keys, signed
from omeroweb_omp_plugin.planning.pairs import Pairs, wanted_pairs
from omeroweb_omp_plugin.planning.plan import Doubled, Mode, Plan, plan_deletion, plan_image

__all__ = [
    "Doubled",
    "Existing",
    "Keys",
    "Mode",
    "Origin",
    "Pairs",
    "Plan",
    "origins",
    "plan_deletion",
    "plan_image",
    "signed",
    "wanted_pairs",
]
