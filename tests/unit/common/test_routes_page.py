"""Routes as a page: models as shapes, docstrings as descriptions."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

import pytest
from pydantic import Field

from omero_plugin_common.body import Body


class Inner(Body):
    names: Annotated[tuple[str, ...], Field(max_length=1000)] = ()


class Whole(Body):
    id: UUID
    inner: Inner
    mode: Literal["add", "replace"] = "add"
    note: Annotated[str | None, Field(alias="aNote", max_length=20)] = None
    values: dict[int, dict[str, str | None]]
    sure: bool = False


@pytest.mark.usefixtures("django")
def test_a_model_is_shown_as_json_with_types() -> None:
    from omero_plugin_common.routes_page import shape

    assert shape(Whole) == (
        '{"id": uuid, "inner": {"names"?: [text, …] (at most 1,000)}, '
        '"mode"?: "add" or "replace", "aNote"?: text (at most 20) or null, '
        '"values": {text: {text: text or null, …}, …}, "sure"?: true or false}'
    )


@pytest.mark.usefixtures("django")
def test_a_view_without_a_described_answer_cannot_be_listed() -> None:
    from omero_plugin_common.routes_page import _described

    def view() -> None:
        """Do something.

        In two paragraphs.

        Returns:
            {"done": number,
            "left"}
        """

    def silent() -> None:
        """Do something."""

    assert _described(view) == (
        "Do something. In two paragraphs.",
        '`{"done": number, "left"}`',
    )
    with pytest.raises(ValueError, match=r"silent: its docstring has no Returns:"):
        _described(silent)
