"""One name, cut by hand."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from omero_plugin_common.body import Body
from omero_plugin_common.web import Caller, json_view
from omeroweb_omp_plugin.parsing.cut_pieces import CutPiece
from omeroweb_omp_plugin.services import cut_name


class Piece(Body):
    """A part of a name.

    Attributes:
        start: where it begins; places count Unicode characters (code points), from 0.
        end: where the next character after it is.
        key: what the value is called; empty when nobody has named it.
        used: whether it is a value; else it may be anything, and nothing is taken from it.
    """

    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=0)]
    key: Annotated[str, Field(max_length=255)] = ""
    used: bool = True


class CutName(Body):
    """A name of the selection, and its pieces."""

    name: Annotated[str, Field(max_length=1000)]
    pieces: Annotated[tuple[Piece, ...], Field(max_length=100)]


@json_view("POST", body=CutName)
def pattern(_request: Any, caller: Caller, body: CutName, selection: UUID) -> dict[str, Any]:
    """The pattern that reads names like one that was cut into pieces.

    Returns:
        {"pattern", "names": [key, …], "fits", "of"}: what a preview's `settings` take with the mode
        `regex`; of so many names that were looked at, so many fit
    """
    pieces = [CutPiece(each.start, each.end, each.key, each.used) for each in body.pieces]
    return asdict(cut_name.pattern_for(caller.user_id, selection, body.name, pieces))
