"""Which images there are, and what each is made from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

ROLES: Final = {
    # The chart's name of an image → the image on a machine without a registry.
    "operator": "omero-operator",
    "server": "omero-standin",
    "web": "omero-web",
    "maintenance": "postgres-maintenance",
    "postgres": "postgres",
    "redis": "redis",
    "postgresExporter": "postgres-exporter",
    "redisExporter": "redis-exporter",
}
MONITORING: Final = {
    # The part of charts/omero-monitoring → the image.
    "prometheus": "prometheus",
    "alertmanager": "alertmanager",
    "kubeStateMetrics": "kube-state-metrics",
    "nodeExporter": "node-exporter",
    "blackbox": "blackbox-exporter",
    "victorialogs": "victoria-logs",
    "otelCollector": "otelcol",
}


@dataclass(frozen=True, eq=False)
class Image:
    """One image.

    Attributes:
        name: the last part of its repository.
        folder: where its Dockerfile is; empty for the base, which has none.
        inputs: what the build copies from the repository, beside the Dockerfile's folder.
        uses: build argument → the image that it names.
        arguments: other build arguments.
        ice: whether the build needs the Ice wheel.
        program: what `ci/tools` has built and the image contains.
        shipped: whether a cluster runs it; the others are bases and builders.
        own_context: whether it is built from its folder alone, as a plugin of somebody else's is.
    """

    name: str
    folder: str = ""
    inputs: tuple[str, ...] = ()
    uses: dict[str, str] = field(default_factory=dict)
    arguments: dict[str, str] = field(default_factory=dict)
    ice: bool = False
    program: str = ""
    shipped: bool = True
    own_context: bool = False

    @property
    def dockerfile(self) -> str:
        """Where the Dockerfile is in the build context."""
        return "Dockerfile" if self.own_context else f"{self.folder}/Dockerfile"


def _debian_program(name: str, program: str) -> Image:
    """The image of one of Debian's programs."""
    return Image(
        name,
        "images/local/debian-program",
        uses={"BASE": "debian-base"},
        arguments={"PROGRAM": program},
    )


def _go_program(name: str) -> Image:
    """The image of a program from Go modules."""
    return Image(name, "images/local/go-program", arguments={"PROGRAM": name}, program=name)


_PYTHON: Final = {"BASE": "python", "BUILDER": "python-build"}

# In the order in which they can be built.
CATALOGUE: Final = (
    Image("debian-base", shipped=False),
    Image("python", "images/local/python", uses={"BASE": "debian-base"}, shipped=False),
    Image("python-build", "images/local/python-build", uses={"BASE": "python"}, shipped=False),
    Image("postgres", "images/local/postgres", uses={"BASE": "debian-base"}),
    Image("redis", "images/local/redis", uses={"BASE": "debian-base"}),
    _debian_program("alertmanager", "prometheus-alertmanager"),
    _debian_program("node-exporter", "prometheus-node-exporter"),
    _debian_program("blackbox-exporter", "prometheus-blackbox-exporter"),
    _debian_program("postgres-exporter", "prometheus-postgres-exporter"),
    _debian_program("redis-exporter", "prometheus-redis-exporter"),
    _go_program("prometheus"),
    _go_program("victoria-logs"),
    _go_program("otelcol"),
    _go_program("kube-state-metrics"),
    Image("postgres-maintenance", "images/postgres-maintenance", uses={"BASE": "postgres"}),
    Image(
        "omero-operator",
        "images/omero-operator",
        inputs=("requirements/operator.txt", "operator/src"),
        uses=_PYTHON,
    ),
    Image(
        "omero-standin",
        "images/local/omero-standin",
        inputs=(
            "requirements/standin.txt",
            "requirements/bio-formats.txt",
            "standin/src",
            "ims/src",
            "images/omero-server/scripts",
            "images/ice",
        ),
        uses=_PYTHON,
        ice=True,
    ),
    Image(
        "omero-web",
        "images/omero-web",
        inputs=(
            "requirements/web.txt",
            "requirements/bio-formats.txt",
            "common/src",
            "plugins/omeroweb_omp_plugin/src",
            "plugins/omeroweb_upload/src",
            "plugins/omeroweb_imaris_connector/src",
            "plugins/omeroweb_admin_tools/src",
            "ims/src",
            "images/ice",
        ),
        uses=_PYTHON,
        ice=True,
    ),
    Image(
        "omeroweb-example",
        "examples/omeroweb_example",
        uses={"BASE": "debian-base", "BUILDER": "python-build"},
        own_context=True,
    ),
)
BY_NAME: Final = {image.name: image for image in CATALOGUE}

# Built only where its base, the public image of OMERO.server, can be fetched.
ELSEWHERE: Final = (
    Image(
        "omero-server",
        "images/omero-server",
        inputs=(
            "requirements/bio-formats.txt",
            "requirements/figure.txt",
            "requirements/server.txt",
            "images/postgres-maintenance",
            "ims/src",
        ),
    ),
)


def needed(names: list[str]) -> list[Image]:
    """These images (all shipped ones when none is named) and what they are built on, in order."""
    wanted = set(names) or {image.name for image in CATALOGUE if image.shipped}
    for image in reversed(CATALOGUE):
        if image.name in wanted:
            wanted |= set(image.uses.values())
    return [image for image in CATALOGUE if image.name in wanted]
