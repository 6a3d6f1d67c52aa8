"""What OMERO.web offers beside itself: applications, links, viewers, plugins of the site's own."""

from typing import Annotated, Literal, get_args

from pydantic import Field

from omero_operator.api.v1alpha1.fields import Block, ImageReference

# The applications that the web image has; its catalogue says what each of them needs.
WebApp = Literal[
    "gallery",
    "figure",
    "fpbioimage",
    "iviewer",
    "mapr",
    "parade",
    "zarr",
    "autotag",
    "tagsearch",
]
ALL_APPS: tuple[WebApp, ...] = get_args(WebApp)

Label = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\n\r]*$")]
# A path of this site or a page elsewhere; nothing that a browser would run.
Address = Annotated[str, Field(min_length=1, max_length=2048, pattern=r"^(https?://|/)[^\s]*$")]
# A Python package or a module in one.
AppName = Annotated[
    str,
    Field(min_length=1, max_length=128, pattern=r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_]\w*)*$"),
]
PluginName = Annotated[
    str, Field(min_length=1, max_length=40, pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
]
OpenWithName = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.-]+$")]
# The words that OMERO.web's tree compares a selection with; the plural admits several objects.
SupportedObject = Literal[
    "project",
    "projects",
    "dataset",
    "datasets",
    "image",
    "images",
    "screen",
    "screens",
    "plate",
    "plates",
    "acquisition",
    "acquisitions",
    "well",
    "wells",
]


class TopLink(Block):
    """A link at the top of every page."""

    label: Label = Field(description="Text of the link.")
    url: Address = Field(description="Where it leads: a path of this site, or an http(s) address.")
    title: Annotated[str, Field(max_length=255, pattern=r"^[^\n\r]*$")] = Field(
        "", description="Tooltip of the link."
    )
    new_tab: bool = Field(False, description="Open it in a new tab.")


class OpenWith(Block):
    """An entry of the menu "Open with", which is handed the selected objects."""

    name: OpenWithName = Field(description="Unique name of the entry.")
    label: Label | None = Field(None, description="Text in the menu; without it the name.")
    url: Address = Field(
        description="Page that is opened with the selection, for example ?image=1&image=2."
    )
    supported_objects: list[SupportedObject] = Field(
        min_length=1,
        max_length=14,
        description="Selections for which it is offered; the plural allows several objects.",
        json_schema_extra={"x-kubernetes-list-type": "set"},
    )
    script_url: Address | None = Field(
        None, description="Script that decides which objects it can open and builds the address."
    )
    new_tab: bool = Field(True, description="Open it in a new tab.")


class PluginLink(Block):
    """The link of a plugin at the top of every page."""

    label: Label = Field(description="Text of the link.")
    url: Annotated[str, Field(min_length=1, max_length=2048, pattern=r"^[^\s]+$")] = Field(
        description="Name of the plugin's view, for example omeroweb_example_index, or an address."
    )


class ExtraPlugin(Block):
    """A plugin that the site adds: an image whose folder /plugin holds Python packages."""

    name: PluginName = Field(description="Name of the plugin on this site.")
    image: ImageReference = Field(
        description="Image with the plugin's files under /plugin. If the cluster has no image "
        "volumes, the image also needs the command `cp`."
    )
    app: AppName = Field(description="Its Django application, for example omeroweb_example.")
    top_link: PluginLink | None = Field(None, description="Link at the top of every page.")


# For the class below; the one that it is mixed into has rules of its own.
APPEARANCE_RULES = (
    (
        "self.extraPlugins.all(p, self.extraPlugins.exists_one(other, other.app == p.app))",
        "two extraPlugins have the same app; an application can be added once",
    ),
)


class Appearance(Block):
    """Mixed into `spec.web`: everything that adds to OMERO.web's pages."""

    apps: list[WebApp] = Field(
        default_factory=lambda: list(ALL_APPS),
        # More than there are: a later version may have further ones.
        max_length=64,
        description="Third-party applications of OMERO.web that are enabled.",
        json_schema_extra={"x-kubernetes-list-type": "set"},
    )
    top_links: list[TopLink] = Field(
        default_factory=list,
        max_length=32,
        description="Links at the top of every page, after the applications' links.",
    )
    open_with: list[OpenWith] = Field(
        default_factory=list,
        max_length=32,
        description='Entries of the menu "Open with", after the applications\' entries.',
        json_schema_extra={
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["name"],
        },
    )
    extra_plugins: list[ExtraPlugin] = Field(
        default_factory=list,
        max_length=16,
        description="Your own plugins. If one cannot be loaded, the running pods are kept and "
        "WebReady names it.",
        json_schema_extra={
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["name"],
        },
    )
