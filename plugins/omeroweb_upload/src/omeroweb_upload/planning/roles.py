"""What each declared file is: an image, an attachment, a spectrum, or nothing to send."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Final

from omeroweb_upload.planning.settings import SEM_EDX, DeclaredFile, JobSettings, Role

# Files that microscopes with an X-ray detector write beside their images.
SPECTRA: Final = frozenset({".txt", ".msa", ".emsa", ".ems"})


def role_of(file: DeclaredFile, path: str, settings: JobSettings, *, is_system_file: bool) -> Role:
    """What a file is.

    Args:
        file: as it was declared; a role that it names is used as it is.
        path: the same file's checked path.
        settings: rules for attachments, and whether there are spectra.
        is_system_file: what an operating system leaves in folders, such as `Thumbs.db`.
    """
    if file.role is not None:
        return file.role
    if is_system_file:
        return "skipped"
    if settings.special == SEM_EDX and PurePosixPath(path).suffix.lower() in SPECTRA:
        return "spectrum"
    rule = next((rule for rule in settings.attach if fits(path, rule.extensions)), None)
    if rule is not None and rule.to == "none":
        return "skipped"
    if file.import_skip or file.compatibility_skip or rule is not None:
        return "attachment"
    return "image"


def fits(path: str, extensions: tuple[str, ...]) -> bool:
    """Whether a path ends with one of the extensions; `.ome.xml` is one as well as `.xml`."""
    return path.lower().endswith(extensions)
