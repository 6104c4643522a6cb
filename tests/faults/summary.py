"""The summary of the fault suite at the end of a test run.

Each population attaches its numbers to its test report, which xdist passes on.
"""

import json
from collections import Counter
from typing import Any

from tests.faults import menu

PROPERTY = "faults"


def pytest_terminal_summary(terminalreporter: Any) -> None:
    found = [
        json.loads(value)
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", "") == "call"
        for name, value in report.user_properties
        if name == PROPERTY
    ]
    if found:
        terminalreporter.section("faults")
        for line in lines(found):
            terminalreporter.write_line(line)


def lines(found: list[dict[str, Any]]) -> list[str]:
    totals = {
        name: sum((Counter(one[name]) for one in found), Counter())
        for name in ("ends", "faults", "kills", "forged", "differences")
    }
    never = sorted(menu.kinds() - totals["faults"].keys())
    checked = sum(one["checked"] for one in found)
    broken = sum(one["broken"] for one in found)
    accepted = sum(one["generations"] for one in found)
    return [
        f"database {found[0]['database']}, WJPORTAL_FAULTS_SEED={found[0]['seed']}",
        f"{'populations':24}{len(found)}",
        f"{'generations accepted':24}{accepted} ({_list(totals['ends'])})",
        f"{'disturbances':24}{totals['kills'].total()}",
        *_table(totals["kills"]),
        f"{'faults injected':24}{totals['faults'].total()}",
        *_table(totals["faults"]),
        f"{'never struck':24}{', '.join(never) or 'none'}",
        f"{'named a foreign key':24}{sum(one['named'] for one in found)}",
        f"{'differences found':24}{_list(totals['differences'])}",
        f"{'answers to forgeries':24}{_list(totals['forged'])}",
        f"{'invariants checked':24}{checked}",
        f"{'broken':24}{broken}",
    ]


def _list(counts: "Counter[str]") -> str:
    named: Counter[str] = Counter()
    for name, count in counts.items():
        named[" ".join(name.split())[:40]] += count
    return ", ".join(f"{name} {count}" for name, count in sorted(named.items()))


def _table(counts: "Counter[str]") -> list[str]:
    return [f"{count:8}  {name}" for name, count in sorted(counts.items())]
