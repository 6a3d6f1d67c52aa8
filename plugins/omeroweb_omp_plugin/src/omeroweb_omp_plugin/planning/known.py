"""What OMERO knows of images and can be written as pairs, with the keys for it."""

from __future__ import annotations

from typing import Final, Literal, get_args

Known = Literal[
    "dataset", "project", "plate", "screen", "well", "row", "column", "field", "date", "channels",
    "size",
]  # fmt: skip
KINDS: Final[tuple[Known, ...]] = get_args(Known)
# Acquisition metadata that is copied has the same keys.
KEYS: Final[dict[Known, str]] = {
    "dataset": "Dataset",
    "project": "Project",
    "plate": "Plate",
    "screen": "Screen",
    "well": "Well",
    "row": "Row",
    "column": "Column",
    "field": "Field",
    "date": "Acquisition date",
    "channels": "Channels",
    "size": "Image size (X Y Z C T)",
}
# Of what images are: in datasets or in plates; the others are of all.
WHERE: Final[dict[Known, str]] = {
    "dataset": "datasets",
    "project": "datasets",
    "plate": "plates",
    "screen": "plates",
    "well": "plates",
    "row": "plates",
    "column": "plates",
    "field": "plates",
}
