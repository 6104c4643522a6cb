"""Spend page and CSV export with 1,000 and 1,000,000 transfers.

In one process without the network: from the first middleware to the page's last
byte.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

from bench.gateway import Gateway, gateway
from bench.portal import Portal

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Sizes:
    few: int = 1_000
    many: int = 1_000_000
    pages: int = 100


def run(folder: Path, say: Say, sizes: Sizes | None = None) -> dict[str, float]:
    sizes = sizes or Sizes()
    with gateway(folder / "gateway") as sandbox:
        few = _portal(folder / "few", sandbox, sizes.few)
        many = _portal(folder / "many", sandbox, sizes.many)
    say(f"spend: {sizes.few} and {sizes.many} transfers are booked")
    # Alternating: other load slows both alike.
    seconds: dict[str, list[float]] = {"few": [], "many": []}
    for _ in range(4):
        seconds["few"] += few.spend("pages", sizes.pages // 4)
        seconds["many"] += many.spend("pages", sizes.pages // 4)
    slow = {name: 1000 * _p95(found) for name, found in seconds.items()}
    say(f"spend: p95 {slow['few']:.1f} ms with few, {slow['many']:.1f} ms with many")
    export = many.spend("export")
    if export["rows"] != sizes.many:
        raise RuntimeError(f"the export has {export['rows']} rows of {sizes.many}")
    return {
        "spend.page_p95_ms": slow["many"],
        "spend.growth": slow["many"] / slow["few"],
        "spend.export_peak_mb": export["peak_mb"],
        "spend.export_s": export["seconds"],
    }


def _portal(folder: Path, sandbox: Gateway, transfers: int) -> Portal:
    portal = Portal(folder, sandbox)
    portal.rows("people", 20)
    broken = portal.spend("make", transfers)
    if broken:
        raise RuntimeError(f"violated invariants: {broken}")
    return portal


def _p95(seconds: list[float]) -> float:
    return quantiles(seconds, n=100, method="inclusive")[94]
