"""The base of the models of request bodies and of jobs' parameters. It imports no Django."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Body(BaseModel):
    """A model without unknown fields, and without types that are merely similar."""

    model_config = ConfigDict(
        extra="forbid", strict=True, allow_inf_nan=False, frozen=True, hide_input_in_errors=True
    )
