"""The client for Imaris, with the address of this site in it."""

from __future__ import annotations

from importlib import resources
from typing import Final

NAME: Final = "XTOmeroConnector.py"
_EMPTY: Final = 'SITE = ""\n'


def client_of(address: str) -> str:
    """The text of the file.

    Args:
        address: of OMERO.web, with a `/` at the end; the client starts with it.
    """
    text = resources.files("omeroweb_imaris_connector").joinpath("client", NAME).read_text("utf-8")
    before, found, after = text.partition(_EMPTY)
    if not found:
        raise AssertionError(f"{NAME} has no line {_EMPTY!r}")
    # As Python writes it: whatever the address is, it stays a text.
    return f"{before}SITE = {address!a}\n{after}"
