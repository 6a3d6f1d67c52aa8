"""The demo: four groups of the four permission levels, their people, a few hundred images.

`--data demo` and `make dev` load it as rows; `omero_standin.through_api` makes it in any OMERO.

The same number gives the same names, tags and values each time.
"""

from __future__ import annotations

import random
from typing import Any, Final

# Everybody's password is the name followed by `-demo`.
USERS: Final[tuple[dict[str, Any], ...]] = (
    {"name": "ada", "first": "Ada", "last": "Berger", "groups": ["imaging-core", "cell-biology"],
     "owns": ["cell-biology"]},
    {"name": "ben", "first": "Ben", "last": "Castro", "groups": ["cell-biology", "screening"]},
    {"name": "chi", "first": "Chi", "last": "Dang", "groups": ["cell-biology", "published"]},
    {"name": "dora", "first": "Dora", "last": "Engel", "groups": ["screening", "imaging-core"],
     "owns": ["screening"]},
    {"name": "emil", "first": "Emil", "last": "Fink", "groups": ["imaging-core"]},
    {"name": "manager", "first": "Mona", "last": "Admin", "groups": [], "privileges": "all"},
    {"name": "importer", "first": "Ivo", "last": "Helper", "groups": [], "privileges": ["Sudo"]},
)  # fmt: skip
_GROUPS: Final = (
    ("cell-biology", "rwra--", "Read-annotate: everybody sees and annotates everything"),
    ("screening", "rwrw--", "Read-write: everybody may change everything"),
    ("published", "rwr---", "Read-only: everybody sees everything"),
    ("imaging-core", "rw----", "Private: everybody sees what is their own"),
)
_CELLS: Final = ("HeLa", "U2OS", "MCF7", "NIH3T3", "RPE1", "mESC")
_STAINS: Final = (("DAPI", "GFP"), ("DAPI", "GFP", "mCherry"), ("Hoechst", "FITC", "TRITC", "Cy5"))
_TREATMENTS: Final = (
    ("DMSO", "0uM"),
    ("nocodazole", "0.1uM"),
    ("taxol", "0.01uM"),
    ("blebbistatin", "50uM"),
    ("latrunculin", "1uM"),
)
_SCOPES: Final[tuple[tuple[dict[str, str], dict[str, float], str], ...]] = (
    (
        {"manufacturer": "Zeiss", "model": "LSM 980"},
        {"magnification": 63.0, "aperture": 1.4},
        "czi",
    ),
    (
        {"manufacturer": "Nikon", "model": "Ti2-E"},
        {"magnification": 40.0, "aperture": 0.95},
        "nd2",
    ),
    (
        {"manufacturer": "Leica", "model": "Stellaris 8"},
        {"magnification": 100.0, "aperture": 1.46},
        "lif",
    ),
)
_FORMATS: Final = {"czi": "Zeiss CZI", "nd2": "Nikon ND2", "lif": "Leica LIF"}
_STUDIES: Final = ("Mitotic spindle", "Golgi dynamics", "Actin cortex", "Nuclear envelope")


def demo(seed: int) -> dict[str, Any]:
    """The demo's description."""
    chance = random.Random(seed)
    users = [user | {"password": f"{user['name']}-demo"} for user in USERS]
    return {
        "groups": [
            {"name": name, "permissions": level, "description": text}
            for name, level, text in _GROUPS
        ],
        "users": users,
        "data": [
            _block(chance, "ada", "cell-biology", studies=2),
            _block(chance, "ben", "cell-biology", studies=1),
            _block(chance, "chi", "cell-biology", studies=1),
            _block(chance, "chi", "published", studies=1),
            _block(chance, "emil", "imaging-core", studies=1),
            _block(chance, "ada", "imaging-core", studies=1),
            _screening(chance),
        ],
    }


def _block(chance: random.Random, owner: str, group: str, *, studies: int) -> dict[str, Any]:
    day = chance.randint(1, 28)
    return {
        "owner": owner,
        "group": group,
        "created": f"2026-{chance.randint(2, 9):02d}-{day:02d}T09:00",
        "tag-sets": {"Quality": ["good", "to repeat"], "Cell line": list(_CELLS)},
        "projects": [_project(chance, name) for name in chance.sample(_STUDIES, studies)],
        "images": [
            {"name": f"test_{owner}_{{:02d}}.tif", "count": 3, "type": "uint8",
             "size": [256, 256, 1, 1, 1], "format": "Tiff"},
        ],
    }  # fmt: skip


def _project(chance: random.Random, name: str) -> dict[str, Any]:
    cells = chance.sample(_CELLS, 2)
    return {
        "name": name,
        "description": f"{name} in {' and '.join(cells)} cells",
        "key-values": {"Grant": f"DEMO-{chance.randint(100, 999)}", "Organism": "Homo sapiens"},
        "datasets": [_dataset(chance, cell) for cell in cells],
    }


def _dataset(chance: random.Random, cell: str) -> dict[str, Any]:
    microscope, objective, suffix = chance.choice(_SCOPES)
    stains = chance.choice(_STAINS)
    date = f"2026-{chance.randint(2, 9):02d}-{chance.randint(1, 28):02d}"
    optics = {"microscope": microscope, "objective": objective, "format": _FORMATS[suffix]}
    fixed = [
        {
            "name": f"{date}_{cell}_{drug}_{dose}_{_times(objective)}_{{:02d}}.{suffix}",
            "count": chance.randint(4, 8),
            "channels": list(stains),
            "size": [1024, 1024, 1, len(stains), 1],
            "pixel-size": 0.0706,
            "acquired": f"{date}T{chance.randint(9, 17):02d}:30",
            "tags": [cell, chance.choice(("good", "to repeat"))],
            "key-values": {
                "Cell line": cell,
                "Treatment": f"{drug} {dose}",
                "Passage": chance.randint(3, 30),
            },
            "files": "each",
            **optics,
        }
        for drug, dose in chance.sample(_TREATMENTS, 2)
    ]
    stack = {
        "name": f"{date}_{cell}_stack.{suffix} [series {{}}]",
        "count": 3,
        "channels": list(stains[:2]),
        "size": [512, 512, 21, 2, 5],
        "depth": 0.3,
        "interval": 60.0,
        "files": f"{date}_{cell}_stack.{suffix}",
        "rois": 3,
        "rating": chance.randint(1, 5),
        "comments": [f"Checked by {chance.choice(USERS)['first']}"],
        **optics,
    }
    notes = f"{date} {cell}\nmedium: DMEM\nfixation: PFA 4 %\n"
    return {
        "name": f"{date} {cell}",
        "description": f"{cell} cells, {', '.join(stains)}",
        "attachments": [{"name": "protocol.txt", "text": notes}],
        "images": [*fixed, stack],
    }


def _times(objective: dict[str, float]) -> str:
    return f"{objective['magnification']:.0f}x"


def _screening(chance: random.Random) -> dict[str, Any]:
    return {
        "owner": "dora",
        "group": "screening",
        "created": "2026-05-04T08:00",
        "projects": [_dose_response()],
        "screens": [
            {
                "name": "Kinase inhibitors",
                "description": "Two plates, DMSO in column 1",
                "tags": ["screen"],
                "plates": [
                    {
                        "name": f"KI-{number:03d}",
                        "rows": 6,
                        "columns": 8,
                        "fields": 1 + number % 2,
                        "key-values": {"Library": "kinase v2", "Batch": chance.randint(1, 9)},
                        "images": {
                            "name": f"2026-05-04_HeLa_KI-{number:03d}_20x",
                            "channels": ["Hoechst", "GFP"],
                            "size": [512, 512, 1, 2, 1],
                            "pixel-size": 0.325,
                        },
                    }
                    for number in (1, 2)
                ],
            }
        ],
    }


def _dose_response() -> dict[str, Any]:
    """Names that the OMP plugin reads, on images that nobody has described yet; one does not fit.

    Days, cell lines and compounds are made up.
    """
    datasets = []
    for date, cell in (("2026-05-06", "HeLa"), ("2026-05-07", "U2OS")):
        common = {"channels": ["Hoechst", "GFP"], "size": [512, 512, 1, 2, 1], "pixel-size": 0.325,
                  "acquired": f"{date}T10:00", "format": "OMETiff"}  # fmt: skip
        images = [
            {
                "name": f"{date}_{cell}_{drug}_{dose}_20x_{row}{{:02d}}.ome.tif",
                "count": 4,
                "files": "each",
                **common,
            }
            for row, (drug, dose) in zip("ABCDE", _TREATMENTS, strict=True)
        ]
        images.append({"name": "overview.tif", "files": "each", **common})
        datasets.append({"name": f"{date} {cell}", "images": images})
    return {
        "name": "Dose response",
        "description": "Five compounds on two cell lines; the name of each image says what it is",
        "datasets": datasets,
    }
