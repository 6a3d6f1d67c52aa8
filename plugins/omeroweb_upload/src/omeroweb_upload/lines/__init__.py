"""Which elements a spectrum shows: the lines of the elements, peaks, and what they mean."""

from omeroweb_upload.lines.identify import identify
from omeroweb_upload.lines.model import Identification, Named, Unnamed

__all__ = ["Identification", "Named", "Unnamed", "identify"]
