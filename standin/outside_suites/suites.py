"""Which suites run, where their tests are and how many of them have to pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Suite:
    """The tests of one client, taken from its repository and never changed.

    Attributes:
        name: what the suite is called here.
        repository: `owner/name` on GitHub.
        revision: full commit or tag; a commit is preferred, because a tag can be moved.
        tests: the folder of its tests in the repository; only what `needs` names is checked out.
        goal: how many per cent of its tests have to pass.
        needs: paths of the repository that the tests read; `tests` itself when empty.
        web: an OMERO.web has to run beside the stand-in.
        apps: applications that OMERO.web's settings name, for tests that run OMERO.web themselves.
        settings: what the server is configured with beside its defaults.
        marks: only tests with these marks, as in pytest's `-m`.
        seconds: the time that the whole suite may take.
    """

    name: str
    repository: str
    revision: str
    tests: str
    goal: int
    needs: tuple[str, ...] = ()
    web: bool = False
    apps: tuple[str, ...] = ()
    settings: tuple[tuple[str, str], ...] = ()
    marks: str = ""
    seconds: int = 1200

    @property
    def paths(self) -> tuple[str, ...]:
        """What is checked out."""
        return self.needs or (self.tests,)


_TRANSFER: Final = "0ed35f3d25af0d09fb96a6ba6b9287a156c574b1"
SUITES: Final = (
    Suite("ezomero", "TheJacksonLaboratory/ezomero", "7d629c06741cc6cbc0d73667c0773e3fb4e181de",
          "tests", 100, web=True),
    Suite("omero-metadata", "ome/omero-metadata", "3cd120cf6f10f71421a4db91fa87baba865c7997",
          "test/integration", 85, seconds=3600),
    # As its own workflow runs it: against a server that lets plates be downloaded, and the tests
    # that expect a refusal against one with the default.
    Suite("omero-cli-transfer", "ome/omero-cli-transfer", _TRANSFER,
          "test/integration", 85, needs=("test",), marks="not limit_plate",
          settings=(("omero.policy.binary_access", "+read,+write,+image,+plate"),), seconds=3600),
    Suite("omero-cli-transfer-refused", "ome/omero-cli-transfer", _TRANSFER,
          "test/integration", 85, needs=("test",), marks="limit_plate"),
    Suite("omero-cli-duplicate", "ome/omero-cli-duplicate",
          "4777ef8a2eeff2eb06474a89c8ce591e5b1f2a96",
          "test/integration", 85),
    Suite("omero-scripts", "ome/omero-scripts", "2078ac72dbf11f2733e685000a274eff81c2ac2d",
          "test/integration", 85),
    Suite("omero-mapr", "ome/omero-mapr", "0a557da89145e65db313c1721a26cb43e490dd8a",
          "tests", 100, apps=("omero_mapr",)),
    Suite("omero-rois", "ome/omero-rois", "fc9ff96901ce7b92e3ba51327ba7ba64fff76959", "test", 100),
    Suite("omero-iviewer", "ome/omero-iviewer", "3af5a3461d5bbae51d9026388abf0139a32474ea",
          "test/python/integration", 100, apps=("omero_iviewer",)),
    Suite("omero-user-token", "glencoesoftware/omero-user-token",
          "7be20d552e7906be1f098c62e9956e4e887c3f51", "tests", 100),
    # The tests of OMERO.web and of the gateway stayed in the server's repository.
    Suite("OMERO.web", "ome/openmicroscopy", "v5.6.16",
          "components/tools/OmeroWeb/test/integration", 90,
          needs=("components/tools/OmeroWeb/test",), apps=("omeroweb.webadmin",), seconds=3600),
    Suite("gateway", "ome/openmicroscopy", "v5.6.16",
          "components/tools/OmeroPy/test/integration/gatewaytest", 90,
          needs=("components/tools/OmeroPy/test",), seconds=3600),
)  # fmt: skip
