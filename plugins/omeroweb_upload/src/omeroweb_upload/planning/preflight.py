"""What can be said of an upload before a byte moves: as data, from names, sizes and checksums."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from omeroweb_upload.planning import datasets, skip
from omeroweb_upload.planning.attachments import Place
from omeroweb_upload.planning.settings import Role
from omeroweb_upload.planning.together import Together

Severity = Literal["blocks", "warns", "informs"]
EXAMPLES: Final = 10
_ORDER: Final[tuple[Severity, ...]] = ("blocks", "warns", "informs")
_SUM_OF_NOTHING: Final = "da39a3ee5e6b4b0d3255bfef95601890afd80709"


@dataclass(frozen=True, slots=True)
class Planned:
    """A file of the list.

    Attributes:
        path: relative, with `/`.
        size: in bytes.
        role: what it is.
        sha1: of its content, if it is known.
    """

    path: str
    size: int
    role: Role
    sha1: str | None = None

    @property
    def name(self) -> str:
        """Without folders."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that the user should know.

    Attributes:
        severity: whether it prevents the upload.
        code: for programs.
        message: what it is, and what to do.
        count: how many files or names it is about.
        examples: the first of them.
    """

    severity: Severity
    code: str
    message: str
    count: int = 1
    examples: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """As pages get it."""
        return {
            "severity": self.severity,
            "code": self.code,
            "message": self.message,
            "count": self.count,
            "examples": list(self.examples),
        }


def about(severity: Severity, code: str, message: str, what: Sequence[str]) -> Iterator[Finding]:
    """A finding about these files or names; none when there are none.

    Args:
        severity: whether it prevents the upload.
        code: for programs.
        message: `{}` stands for `1 file` or `12 files`.
        what: all of them.
    """
    if what:
        count = f"{len(what)} file{'' if len(what) == 1 else 's'}"
        yield Finding(severity, code, message.format(count), len(what), tuple(what[:EXAMPLES]))


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """What prevents the upload first."""
    return sorted(findings, key=lambda each: _ORDER.index(each.severity))


def of_list(files: Sequence[Planned]) -> Iterator[Finding]:
    """What the list itself shows: files that are not sent, empty ones, names and contents twice."""
    skipped = [file for file in files if file.role == "skipped"]
    sent = [file for file in files if file.role != "skipped"]
    why = [f"{each.path} ({skip.reason(each.path) or 'left out'})" for each in skipped]
    yield from about("informs", "skipped", "{} will not be sent", why)
    empty = [file.path for file in sent if not file.size]
    yield from about("warns", "empty", "{} of 0 bytes: no image can be read from it", empty)
    alike = datasets.alike(dict.fromkeys(file.path for file in sent))
    yield from about(
        "warns",
        "names_alike",
        "{} with a name that differs from another one only in upper and lower case, or in how "
        "Unicode writes it: is it there twice?",
        [" = ".join(same) for same in alike],
    )
    by_sum: dict[str, list[str]] = {}
    for file in sent:
        if file.sha1 and file.sha1 != _SUM_OF_NOTHING:
            by_sum.setdefault(file.sha1, []).append(file.path)
    twice = [" = ".join(same[:3]) for same in by_sum.values() if len(same) > 1]
    yield from about("warns", "same_content", "{} with the same content as another one", twice)


def of_datasets(by_dataset: Mapping[str, Sequence[Planned]]) -> Iterator[Finding]:
    """Names that folders give to datasets, and images of one name in one dataset.

    Args:
        by_dataset: name of the dataset → files whose images go there.
    """
    long = [f"{name[:80]}…" for name in datasets.too_long(by_dataset)]
    yield from about(
        "blocks",
        "dataset_name_too_long",
        "Folders give a dataset a name of more than "
        f"{datasets.LONGEST} characters, which OMERO cannot store: let fewer levels of folders "
        "name the datasets",
        long,
    )
    yield from about(
        "warns",
        "datasets_alike",
        "Folders make datasets whose names differ only in upper and lower case, or in how Unicode "
        "writes them",
        [" = ".join(same) for same in datasets.alike(by_dataset)],
    )
    equal = [
        f"{name} ({count} times in {dataset})"
        for dataset, files in by_dataset.items()
        for name, count in Counter(file.name for file in files).items()
        if count > 1
    ]
    yield from about(
        "informs",
        "same_name_in_dataset",
        "{} with a name that several images of one dataset will have",
        equal,
    )


def of_groups(groups: Sequence[Together], series: Sequence[Sequence[str]]) -> Iterator[Finding]:
    """What will become one image or one plate, as far as names tell.

    Args:
        groups: files that belong together.
        series: files whose names differ in numbers only.
    """
    words = {"image": "one image", "images": "one or several images", "plate": "a plate"}
    for becomes, text in words.items():
        found = [each for each in groups if each.becomes == becomes]
        if found:
            files = sum(len(each.files) for each in found)
            yield Finding(
                "informs",
                f"becomes_{becomes}",
                f"{files} files belong together by their names: each group becomes {text}. "
                "Bio-Formats reads the files after the transfer and decides",
                len(found),
                tuple(
                    f"{each.path}: {each.format}, {len(each.files)} files"
                    for each in found[:EXAMPLES]
                ),
            )
    if series:
        files = sum(map(len, series))
        yield Finding(
            "informs",
            "numbered",
            f"{files} TIFF files differ from others only in numbers: each becomes an image, unless "
            "their own metadata or a .pattern file joins them",
            len(series),
            tuple(f"{each[0]} … {each[-1]}: {len(each)} files" for each in series[:EXAMPLES]),
        )


def of_attachments(places: Mapping[str, Place]) -> Iterator[Finding]:
    """What files that are no images are linked to."""
    words = {
        "image": "{} will be attached to the image of the same name",
        "dataset": "{} will be attached to the dataset",
        "project": "{} will be attached to the project",
        "none": "{} will be sent, but neither imported nor attached",
    }
    for to, text in words.items():
        paths = [path for path, place in places.items() if place.to == to]
        yield from about("informs", f"attached_to_{to}", text, paths)


def of_names(files: Iterable[Planned]) -> Iterator[Finding]:
    """Files that would be imported although their names are those of documents."""
    documents = [
        file.path
        for file in files
        if file.role == "image" and file.name.lower().endswith(_NO_IMAGES)
    ]
    yield from about(
        "warns",
        "no_images",
        "{} with the name of a document: it cannot be imported. Attach it instead, or leave it out",
        documents,
    )


# Bio-Formats has a reader for text, tables and XML, so those are not among them.
_NO_IMAGES: Final = (
        ".pdf", ".doc", ".docx", ".odt", ".rtf", ".md", ".ppt", ".pptx", ".odp", ".xls", ".xlsx",
        ".ods", ".html", ".htm", ".json", ".zip", ".7z", ".rar", ".exe", ".lnk", ".py",
    ".ipynb", ".m", ".r", ".msi", ".mp3",
)  # fmt: skip


def totals(files: Sequence[Planned]) -> dict[str, int]:
    """Files and bytes, in all and by role."""
    sent = [file for file in files if file.role != "skipped"]
    by_role = Counter(file.role for file in files)
    return {
        "files": len(sent),
        "bytes": sum(file.size for file in sent),
        "images": by_role["image"],
        "attachments": by_role["attachment"],
        "spectra": by_role["spectrum"],
        "skipped": by_role["skipped"],
        "largest": max((file.size for file in sent), default=0),
    }
