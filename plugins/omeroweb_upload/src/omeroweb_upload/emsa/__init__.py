"""Spectra in EMSA/MSA files (ISO 22029), as microscopes for SEM-EDX write them."""

from omeroweb_upload.emsa.errors import EmsaError
from omeroweb_upload.emsa.model import Label, Spectrum
from omeroweb_upload.emsa.reader import looks_like_emsa, read

__all__ = ["EmsaError", "Label", "Spectrum", "looks_like_emsa", "read"]
