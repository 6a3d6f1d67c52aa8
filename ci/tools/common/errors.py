"""The one error that the programs in this folder show a person."""

from __future__ import annotations


class Refusal(Exception):
    """A step cannot go on; the text says what happened, to what, and what to do."""
