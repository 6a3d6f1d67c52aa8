"""The site of the page's tests: OMERO.web with the OMP plugin, a worker, a local model, and data.

Everybody's password is their name. Ada has a project of her own, one with 50 datasets, and may do
different things with her colleague Ben's.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import collected_static
from ai_servers import AiServer, running
from ai_servers.models import reads
from browser.site_under_test import SiteUnderTest
from omp_lab import Lab
from omp_lab_site import omp_lab_site
from omp_site import OmpSite

PLUGIN: Final = "omeroweb_omp_plugin"
EVIL: Final = "<img src=x onerror=\"document.title='broken'\">"
GROUPS: Final = {"Imaging lab": "rwra--", "Sharing": "rwrw--", "Archive": "rwr---"}
_SMALL: Final = [8, 8, 1, 1, 1]
DATASETS, EACH = 50, 2000
LONG = 6000


def described(*, large: bool = False) -> dict[str, Any]:
    """The description of the data for the stand-in.

    Args:
        large: with a project of 50 datasets and 100 000 images.
    """
    groups = [{"name": name, "permissions": level} for name, level in GROUPS.items()]
    users = [
        {"name": "ada", "groups": list(GROUPS)},
        {"name": "ben", "groups": list(GROUPS)},
        {"name": "chi", "groups": ["Imaging lab"]},
        {"name": "job-service", "groups": [], "privileges": ["Sudo"]},
    ]
    data = [
        {
            "owner": "ada",
            "group": "Imaging lab",
            "projects": [_screening(), _odd(), _empty(), _long(), *([_large()] if large else [])],
            "screens": [
                {
                    "name": "Compound screen",
                    "plates": [{"name": "Plate 7", "rows": 2, "columns": 3}],
                }
            ],
            "datasets": [
                {"name": "Not sorted yet", "images": [_images("liver_{:02d}_GFP.tif", 4)]}
            ],
        }
    ]
    data += [
        {
            "owner": "ben",
            "group": group,
            "projects": [
                {
                    "name": f"Ben's {group.lower()}",
                    "datasets": [{"name": "cells", "images": [_images("U2OS_{:02d}_RFP.tif", 3)]}],
                }
            ],
        }
        for group in GROUPS
    ]
    return {"groups": groups, "users": users, "data": data}


def _images(name: str, count: int = 1, **pairs: str) -> dict[str, Any]:
    return {
        "name": name,
        "count": count,
        "size": _SMALL,
        **({"key-values": pairs} if pairs else {}),
    }


def _screening() -> dict[str, Any]:
    """Names with compounds, doses, magnifications, wells and times; three that do not fit."""
    plates = {
        day: [
            _images(f"2024-05-{day}_HeLa_{drug}_{dose}_20x_{well}{{:02d}}.ome.tif", 6)
            for drug, dose, well in (
                ("DMSO-d6", "0.1uM", "A"),
                ("5-HT2A", "1.5uM", "B"),
                ("Taxol", "10uM", "C"),
            )
        ]
        for day in ("06", "07")
    }
    plates["07"].append(_images("overview.tif"))
    plates["07"].append(_images("2024-05-07_HeLa_Taxol_20x_D{:02d}.ome.tif", 2))
    typed = _images(
        "2024-05-06_HeLa_Taxol_10uM_20x_D01.ome.tif",
        1,
        **{"Line": "HeLa Kyoto", "Checked by": "Ada"},
    )
    plates["06"].append(typed)
    return {
        "name": "Screening May",
        "datasets": [{"name": f"plate {day}", "images": plates[day]} for day in plates],
    }


def _odd() -> dict[str, Any]:
    """Names that look like markup."""
    return {
        "name": f"Odd names {EVIL}",
        "datasets": [{"name": EVIL, "images": [_images(f"a_{EVIL}_{{:02d}}.tif", 2)]}],
    }


def _empty() -> dict[str, Any]:
    return {"name": "Nothing imported yet", "datasets": []}


def _long() -> dict[str, Any]:
    """More images than are compared with OMERO in one request."""
    images = [_images("fly_{:04d}_GFP.tif", LONG)]
    return {"name": "Long", "datasets": [{"name": "flies", "images": images}]}


def _large() -> dict[str, Any]:
    return {
        "name": "Large",
        "datasets": [
            {
                "name": f"day {day:02}",
                "images": [_images(f"HeLa_d{day:02}w{{:04d}}_DAPI.tif", EACH)],
            }
            for day in range(DATASETS)
        ],
    }


@dataclass
class PageSite:
    """The site as tests of the page see it.

    Attributes:
        visited: for page objects; its user is Ada.
        omp: for requests without a browser.
        lab: what is in OMERO.
        model: what stands for a language model; `None` where the site has no provider.
    """

    visited: SiteUnderTest
    omp: OmpSite
    lab: Lab
    model: AiServer | None

    def bare_images(self) -> list[int]:
        """Those of the dataset without a project; whatever tests wrote to them is deleted."""
        query = "select d.id from Dataset d where d.name = 'Not sorted yet'"
        images = self.lab.images_of(self.lab.one(query, "ada"))
        sets = self.lab.sets(images).values()
        if old := [each.annotation for some in sets for each in some]:
            self.lab.user("ada").deleteObjects("Annotation", old, wait=True)
        return images


@contextmanager
def page_site(
    folder: Path, *, assistant: bool = True, large: bool = False, development: bool = False
) -> Iterator[PageSite]:
    """The site to the end of the block.

    Args:
        folder: for files; new.
        assistant: whether the site lists a language model.
        large: see `described`.
        development: static files from their sources, for work on the page.
    """
    link = {"label": "OMP", "url": f"{PLUGIN}_index"}
    variables = {
        "WEB_EXTRA_PLUGINS": json.dumps([{"name": "omp", "app": PLUGIN, "topLink": link}]),
        "WEB_EXTRA_PLUGINS_FOLDER": str(folder),
    }
    if development:
        variables["OMERO_WEB_DEVELOPMENT"] = "1"
    else:
        variables["OMERO_WEB_STATIC_ROOT"] = str(collected_static.static_root())
    with ExitStack() as stack:
        model = None
        if assistant:
            model = stack.enter_context(running("openai_compatible"))
            model.reply = reads()
            provider = {"name": "Lab", "kind": "openai_compatible", "baseUrl": model.base}
            variables["OMP_AI_PROVIDERS"] = json.dumps([provider])
        omp, lab = stack.enter_context(omp_lab_site(folder, described(large=large), **variables))
        stack.enter_context(omp.worker())
        yield PageSite(SiteUnderTest(omp.site.url, "ada", "ada", omp.site), omp, lab, model)
