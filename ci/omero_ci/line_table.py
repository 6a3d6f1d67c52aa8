"""`ci/line-table`: writes the table of X-ray lines of the upload plugin, from xraylib.

xraylib is Schoonjans et al., Spectrochimica Acta B 66 (2011) 776. The image does not need it: the
table is committed, and a test compares it with this script and with xraydb.

Lines that no detector of a SEM separates are one row, its energy their mean by rate. Rows of one
series have a weight: the expected height against the series' main line, from electrons of the
subshell * fluorescence yield * radiative rate. It leaves out Coster-Kronig transitions and the
sample, so it is right to a factor of two only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from omero_ci.paths import ROOT

TABLE: Final = ROOT / "plugins/omeroweb_upload/src/omeroweb_upload/lines/lines.csv"
_LOWEST_KEV, _HIGHEST_KEV = 0.1, 40.0
_ELEMENTS: Final = range(4, 93)


@dataclass(frozen=True)
class Row:
    """How one row is made.

    Attributes:
        series: K, L or M.
        line: its name in Siegbahn's notation, in ASCII.
        shell: which electron is missing.
        electrons: how many the shell has.
        transitions: xraylib's names of what is put together.
    """

    series: str
    line: str
    shell: str
    electrons: int
    transitions: tuple[str, ...]


# xraylib has no Ma and Mb of the lanthanides before gadolinium, where the 4f shell binds with a few
# eV: the lines are at the edge. Their rates are those of gadolinium.
_AT_THE_EDGE: Final = {"Ma": 0.887, "Mb": 0.817}
_LANTHANIDES: Final = range(57, 64)
_LANTHANUM_M5_YIELD: Final = 0.001

# Without its main line a series has no weights: the lines are known, and nothing is found by them.
_MAIN: Final = ("Ka", "La", "Ma")
_ROWS: Final = (
    Row("K", "Ka", "K", 2, ("KL3", "KL2")),
    Row("K", "Kb", "K", 2, ("KM3", "KM2", "KN3", "KN2")),
    Row("L", "La", "L3", 4, ("L3M5", "L3M4")),
    Row("L", "Lb1", "L2", 2, ("L2M4",)),
    Row("L", "Lb2", "L3", 4, ("L3N5", "L3N4")),
    Row("L", "Lg1", "L2", 2, ("L2N4",)),
    Row("L", "Ll", "L3", 4, ("L3M1",)),
    Row("L", "Le", "L2", 2, ("L2M1",)),
    Row("L", "Lb3", "L1", 2, ("L1M3",)),
    Row("L", "Lb4", "L1", 2, ("L1M2",)),
    Row("L", "Lg3", "L1", 2, ("L1N3", "L1N2")),
    Row("M", "Ma", "M5", 6, ("M5N7", "M5N6")),
    Row("M", "Mb", "M4", 4, ("M4N6",)),
    Row("M", "Mg", "M3", 4, ("M3N5",)),
    Row("M", "Mz", "M5", 6, ("M5N3",)),
)


def text() -> str:
    """What the table should be."""
    import xraylib

    lines = [
        f"# Written by ci/line-table from xraylib {xraylib.__version__.rsplit('.', 1)[0]}",
        "atomic_number,symbol,series,line,kev,weight,edge_kev,yield",
    ]
    for element in _ELEMENTS:
        main: dict[str, float] = {}
        for row in _ROWS:
            found = _row(xraylib, element, row)
            if not found:
                continue
            kev, rate, edge, shell_yield = found
            strength = row.electrons * shell_yield * rate
            if row.line in _MAIN:
                main[row.series] = strength
            weight = strength / main[row.series] if row.series in main else 0.0
            if _LOWEST_KEV <= kev <= _HIGHEST_KEV:
                symbol = xraylib.AtomicNumberToSymbol(element)
                lines.append(
                    f"{element},{symbol},{row.series},{row.line},{kev:.4f},{weight:.3f},"
                    f"{edge:.4f},{shell_yield:.5f}"
                )
    return "\n".join(lines) + "\n"


def _row(xraylib: Any, element: int, row: Row) -> tuple[float, float, float, float] | None:
    """Energy, rate, edge and yield of a row; nothing when the element has no such line."""
    try:
        shell = getattr(xraylib, f"{row.shell}_SHELL")
        edge = xraylib.EdgeEnergy(element, shell)
    except ValueError:
        return None
    try:
        shell_yield = xraylib.FluorYield(element, shell)
    except ValueError:
        if (element, row.shell) != (57, "M5"):
            return None
        shell_yield = _LANTHANUM_M5_YIELD
    rates, energies = [], []
    for name in row.transitions:
        line = getattr(xraylib, f"{name}_LINE")
        try:
            rate, energy = xraylib.RadRate(element, line), xraylib.LineEnergy(element, line)
        except ValueError:
            continue
        rates.append(rate)
        energies.append(energy)
    if row.line in _AT_THE_EDGE and element in _LANTHANIDES:
        return edge, _AT_THE_EDGE[row.line], edge, shell_yield
    if not sum(rates):
        return None
    mean = sum(r * e for r, e in zip(rates, energies, strict=True)) / sum(rates)
    return mean, sum(rates), edge, shell_yield


if __name__ == "__main__":
    TABLE.write_text(text(), encoding="utf-8")
