"""One name of a selection, cut by hand: from its pieces to a pattern."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from omero_plugin_common.errors import BadRequest
from omeroweb_omp_plugin.parsing.cut_pieces import CutPiece, PiecesRefused
from omeroweb_omp_plugin.parsing.parser import extensions
from omeroweb_omp_plugin.parsing.pattern_from_pieces import PatternFound, pattern_from_pieces
from omeroweb_omp_plugin.services.site_rules import site_rules
from omeroweb_omp_plugin.store import selections


def pattern_for(
    user_id: int, selection: UUID, name: str, pieces: Sequence[CutPiece]
) -> PatternFound:
    """The pattern for names like the one that was cut.

    Args:
        user_id: the user.
        selection: of images.
        name: of one of them.
        pieces: of the name.

    Raises:
        NotFound: no such selection.
        BadRequest: no image of it has this name, or a name cannot be cut like this.
    """
    names = [each.name for each in selections.load(selection, user_id).images]
    if name not in names:
        raise BadRequest(f"No image of the selection is called “{name}”", code="unknown_name")
    try:
        return pattern_from_pieces(name, pieces, names, extensions(site_rules()))
    except PiecesRefused as refused:
        raise BadRequest(str(refused), code="pieces_refused") from None
