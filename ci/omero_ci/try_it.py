"""What `ci/demo` and `ci/dev` tell somebody who sees the site for the first time.

The data is described in `omero_standin.data.demo`, which is not installed before `.venv` is there;
a test compares.
"""

from __future__ import annotations

from typing import Final

# Whose first page has a project, a dataset and plates.
SCIENTIST: Final = "dora"
OTHERS: Final = ("ada", "ben", "chi", "emil", "manager", "importer")
PROJECT: Final = "Dose response"
SCREEN: Final = "Kinase inhibitors"

LINES: Final = f"""\
Try         "{PROJECT}" in the tree: open a dataset, double-click an image for the viewer
            "Metadata from names" in the menu: choose "{PROJECT}", tick all, name piece 3, write
            "{SCREEN}" in the tree: click a plate, then a well
            "Imaris" beside an image: export it, and download the file when it is ready
            "Upload" in the menu: drop a folder of images, or the one that ci/upload-samples makes;
            close the page while it sends, open it again, drop the folder again: it goes on"""
