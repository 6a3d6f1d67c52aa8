"""`spec.web.plugins`: the platform's own plugins of OMERO.web, which the web image has."""

from typing import Literal

from pydantic import Field

from omero_operator.api.v1alpha1.fields import Block, ConfigMapKeyRef, SecretKeyRef


class OmpPlugin(Block):
    """Metadata from names: reads the names of images and writes key-value pairs."""

    enabled: bool = Field(True, description="Show it in OMERO.web's menu.")
    hash_secret_ref: SecretKeyRef | None = Field(
        None,
        description="Secret by which the plugin recognises pairs that it has written, for "
        "example FMP_HASH_SECRET of a site that moves here. One value per line: the "
        "first signs, the others only verify. Without it, a value is generated in "
        "the Secret <name>-omp-hash-secret.",
    )
    signature: Literal["pair", "description"] = Field(
        "pair",
        description="Where the plugin writes the hash by which it recognises its pairs: as the "
        "last pair, omp_hash, or in the description of the annotation, where users do not see it "
        "among their values. Existing pairs stay as they are and are recognised in both.",
    )
    rules: ConfigMapKeyRef | None = Field(
        None,
        description="The site's own nomenclature, in the format of the plugin's "
        "nomenclature.toml; its entries take precedence over the plugin's.",
    )


class UploadPlugin(Block):
    """Upload: files from the browser into OMERO. `spec.web.uploads` has its pods and its volume."""

    enabled: bool = Field(True, description="Show it in OMERO.web's menu.")


class ImarisPlugin(Block):
    """Export to Imaris: images as files. `spec.imaris` has its pods and its volume."""

    enabled: bool = Field(True, description="Show it in OMERO.web's menu.")


class AdminToolsPlugin(Block):
    """Admin tools: usage of OMERO's storage, and quotas of groups, for administrators of OMERO."""

    enabled: bool = Field(False, description="Show it in the menu of OMERO's administrators.")


class Plugins(Block):
    """The platform's own plugins."""

    omp: OmpPlugin = Field(default_factory=OmpPlugin, description="Metadata from names.")
    upload: UploadPlugin = Field(
        default_factory=UploadPlugin, description="Files from the browser into OMERO."
    )
    imaris: ImarisPlugin = Field(
        default_factory=ImarisPlugin, description="Images as files that Imaris opens."
    )
    admin_tools: AdminToolsPlugin = Field(
        default_factory=AdminToolsPlugin,
        description="Storage and quotas, for administrators of OMERO.",
    )
