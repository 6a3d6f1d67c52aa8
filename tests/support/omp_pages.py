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

from cryptography.fernet import Fernet

import collected_static
import local_services
from ai_servers import AiServer, running
from ai_servers.models import reads
from browser.site_under_test import SiteUnderTest
from omero_plugin_common.database import Database
from omero_plugin_common.database.pool import Address
from omp_lab import Lab
from omp_site import OmpSite
from plugin_site import database_variables, path_of_sources

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
    description = folder / "lab.json"
    description.write_text(json.dumps(described(large=large)))
    (folder / "keys").write_text(Fernet.generate_key().decode())
    link = {"label": "OMP", "url": f"{PLUGIN}_index"}
    with ExitStack() as stack:
        data = stack.enter_context(local_services.folder_for_postgres())
        postgres = stack.enter_context(local_services.postgres(data))
        base = Database(Address("127.0.0.1", postgres.port, "omero", "omero", postgres.password))
        stack.callback(base.close)
        shared = {
            **database_variables(postgres, folder),
            "PLUGIN_KEYS_FILE": str(folder / "keys"),
            "FMP_HASH_SECRET": "the secret of the tests",
            "WEB_EXTRA_PLUGINS": json.dumps([{"name": "omp", "app": PLUGIN, "topLink": link}]),
            "WEB_EXTRA_PLUGINS_FOLDER": str(folder),
        }
        model = None
        if assistant:
            model = stack.enter_context(running("openai_compatible"))
            model.reply = reads()
            provider = {"name": "Lab", "kind": "openai_compatible", "baseUrl": model.base}
            shared["OMP_AI_PROVIDERS"] = json.dumps([provider])
        if development:
            shared["OMERO_WEB_DEVELOPMENT"] = "1"
        else:
            shared["OMERO_WEB_STATIC_ROOT"] = str(collected_static.static_root())
        site = stack.enter_context(
            local_services.site(
                folder,
                # A browser opens connections that it may need, and each keeps a thread.
                drop_in="config set omero.web.wsgi_threads 16\n",
                data=str(description),
                PYTHONPATH=path_of_sources(),
                **shared,
            )
        )
        lab = Lab(site.standin, folder)
        stack.callback(lab.close)
        shared |= {name: site.environment[name] for name in site.environment if "REDIS" in name}
        omp = OmpSite(site, base, shared | lab.variables(), folder)
        stack.enter_context(omp.worker())
        yield PageSite(SiteUnderTest(site.url, "ada", "ada", site), omp, lab, model)
