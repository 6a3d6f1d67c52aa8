"""What an upload is started with: files, target, and how they are imported.

The names and the body of `start/` that scripts for the Docker edition send are accepted too.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, Self

from pydantic import Field, model_validator

from omero_plugin_common.body import Body

# A `long` of OMERO.
Id = Annotated[int, Field(ge=1, lt=2**63)]
# OMERO stores names as text of 255 characters.
Name = Annotated[str, Field(min_length=1, max_length=255)]
Sha1 = Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]
Role = Literal["image", "attachment", "spectrum", "skipped"]
Driver = Literal["auto", "native", "command_line"]
# Where a file is linked: the image with its name in its folder, else the dataset, else the project.
AttachTo = Literal["image", "dataset", "project", "none"]
SEM_EDX: Final = "sem_edx_spectra"


class DeclaredFile(Body):
    """One file that will be sent.

    Attributes:
        relative_path: from the dropped folder on, with `/`; `name` when it has no folder.
        size: in bytes.
        modified: milliseconds since 1970.
        sha1: of its content, where it is known before.
        role: what it is; found from its name when not given.
        import_skip: it is sent and not imported (a name of the Docker edition).
        compatibility_skip: the same.
    """

    relative_path: Annotated[str, Field(max_length=4096)] = ""
    name: Annotated[str, Field(max_length=4096)] = ""
    size: Annotated[int, Field(ge=0, lt=2**62)]
    modified: Annotated[int, Field(ge=-(2**53), le=2**53)] | None = None
    sha1: Sha1 | None = None
    role: Role | None = None
    import_skip: bool = False
    compatibility_skip: bool = False

    @property
    def path(self) -> str:
        """As it was declared; `transfer.paths` says whether it can be used."""
        return self.relative_path or self.name


class Target(Body):
    """Where images go: a dataset, which may be new and in a project, or a screen for plates.

    Attributes:
        project: id of a project, for new datasets.
        new_project: name of a project that is created.
        dataset: id of a dataset that all images go to.
        new_dataset: name of a dataset that is created.
        from_folders: datasets are named after the folders of the files.
        folder_depth: how many folders from the top make the name; 0 is all of them.
        screen: id of a screen, for plates.
        new_screen: name of a screen that is created.
        group: where new objects are created when nothing above exists yet.
    """

    project: Id | None = None
    new_project: Name | None = None
    dataset: Id | None = None
    new_dataset: Name | None = None
    from_folders: bool = False
    folder_depth: Annotated[int, Field(ge=0, le=50)] = 0
    screen: Id | None = None
    new_screen: Name | None = None
    group: Annotated[int, Field(ge=0, lt=2**63)] | None = None

    @model_validator(mode="after")
    def _one_of_each(self) -> Self:
        """A target is one place."""
        for first, second in (
            ("project", "new_project"),
            ("dataset", "new_dataset"),
            ("screen", "new_screen"),
        ):
            if getattr(self, first) is not None and getattr(self, second) is not None:
                raise ValueError(f"{first} and {second} exclude each other")
        if self.from_folders and (self.dataset is not None or self.new_dataset is not None):
            raise ValueError("from_folders excludes dataset and new_dataset")
        if self.dataset is not None and (self.project is not None or self.new_project is not None):
            raise ValueError("a dataset that exists is in its project already")
        return self


class AttachRule(Body):
    """Files of some extensions are attached instead of imported.

    Attributes:
        extensions: with the dot, in lower case.
        to: what they are linked to; `none` leaves them out: they are not sent.
    """

    extensions: Annotated[
        tuple[Annotated[str, Field(pattern=r"^\.[^\s/\\]{1,30}$")], ...],
        Field(max_length=100, strict=False),
    ]
    to: AttachTo = "image"


class SpectrumSettings(Body):
    """What is made of spectra: the names of the Docker edition."""

    create_tables: bool = True
    create_figures_attachments: bool = True
    create_figures_images: bool = True


class JobSettings(Body):
    """How files are imported.

    Attributes:
        driver: which importer.
        transfer: `in_place` leaves the files where they are and links them (`ln_s`).
        confirm: whether a person looks at what the files contain before they are imported:
            `always`, or only when there are `problems`.
        thumbnails: whether OMERO makes thumbnails at once.
        statistics: whether OMERO reads all pixels for their minimum and maximum.
        batch_files: files of one batch of the command line.
        attach: rules for files that are attached; the first that fits.
        special: `sem_edx_spectra` for spectra beside their images.
        associations: spectrum → image, as relative paths, where the user has changed them.
        spectra: what is made of spectra.
    """

    driver: Driver = "auto"
    transfer: Literal["upload", "in_place"] = "upload"
    confirm: Literal["always", "problems"] = "problems"
    thumbnails: bool = True
    statistics: bool = True
    batch_files: Annotated[int, Field(ge=1, le=1000)] | None = None
    attach: Annotated[tuple[AttachRule, ...], Field(max_length=50, strict=False)] = ()
    special: Literal["", "sem_edx_spectra"] = ""
    associations: dict[str, str] = Field(default_factory=dict)
    spectra: SpectrumSettings = SpectrumSettings()


class StoredSettings(Body):
    """What a job stores: target and settings.

    Attributes:
        target: as it was chosen.
        settings: as they were chosen.
    """

    target: Target = Target()
    settings: JobSettings = JobSettings()


class StartBody(Body):
    """The body of `start/` and of `preflight/`.

    Attributes:
        files: those that will be sent.
        target: where images go.
        settings: how they are imported.
        project_id: and the rest: names of the Docker edition.
    """

    files: Annotated[tuple[DeclaredFile, ...], Field(min_length=1, strict=False)]
    target: Target | None = None
    settings: JobSettings | None = None
    project_id: Id | None = None
    project_name: str | None = None
    compatibility_enabled: bool = True
    special_upload: Literal["", "sem_edx_spectra"] = ""
    # Image → its text files.
    sem_edx_associations: dict[str, list[str]] = Field(default_factory=dict)
    sem_edx_settings: dict[str, bool] = Field(default_factory=dict)
    batch_size: Annotated[int, Field(ge=1, le=1000)] | None = None

    def stored(self) -> StoredSettings:
        """Target and settings, from either form.

        Raises:
            ValueError: the old names and the new ones are mixed.
        """
        if self.target is None:
            folders = Target(project=self.project_id, from_folders=True)
            target = folders if self.project_id is not None else Target(from_folders=True)
        elif self.project_id is not None:
            raise ValueError("project_id is the older name of target.project: send one of them")
        else:
            target = self.target
        return StoredSettings(target=target, settings=self.settings or self._of_older_names())

    def _of_older_names(self) -> JobSettings:
        known = SpectrumSettings.model_fields
        chosen: dict[str, Any] = {
            name: value for name, value in self.sem_edx_settings.items() if name in known
        }
        return JobSettings(
            confirm="problems",
            batch_files=self.batch_size,
            special=self.special_upload,
            associations={
                text: image for image, texts in self.sem_edx_associations.items() for text in texts
            },
            spectra=SpectrumSettings(**chosen),
        )
