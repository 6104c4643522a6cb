"""The table of mutants: `table/*.toml`, one file per package.

[name-of-the-mutant]
file = "spend/ledger/charges.py"
old = "min(reserved, cost)"           occurs exactly once in the file
new = "cost"
tests = ["tests/spend::test_name"]    a file, or a file or folder with a test's name
why = "One sentence on the damage."
database = "postgresql"               optional; sqlite by default
survives = "Why no test can fail."    optional
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TABLE = Path(__file__).with_name("table")
DATABASES = ("sqlite", "postgresql")


class TableError(ValueError):
    """A row lacks a field, has an unknown one, or repeats a name."""


@dataclass(frozen=True, slots=True)
class Mutant:
    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    why: str
    database: str = "sqlite"
    survives: str = ""


def load(folder: Path = TABLE) -> list[Mutant]:
    """All rows, by file and place. Raises TableError."""
    found: dict[str, Mutant] = {}
    for path in sorted(folder.glob("*.toml")):
        for name, fields in tomllib.loads(path.read_text("utf-8")).items():
            if name in found:
                raise TableError(f"{path.name}: {name} is there twice")
            try:
                tests = tuple(fields.pop("tests"))
                found[name] = Mutant(name=name, tests=tests, **fields)
            except (AttributeError, KeyError, TypeError) as error:
                raise TableError(f"{path.name}: {name}: {error}") from error
    return list(found.values())


def problems(mutant: Mutant, root: Path = ROOT) -> list[str]:
    """Why the mutant cannot be tried on the code in ``root``; empty: it can."""
    found = []
    path = root / mutant.file
    count = path.read_text("utf-8").count(mutant.old) if path.is_file() else None
    if count is None:
        found.append(f"no file {mutant.file}")
    elif count != 1:
        found.append(f"the old text occurs {count} times in {mutant.file}")
    if mutant.old == mutant.new:
        found.append("old and new text are the same")
    if mutant.database not in DATABASES:
        found.append(f"no database {mutant.database}")
    if not mutant.why:
        found.append("no reason")
    if not mutant.tests:
        found.append("no tests")
    found += [f"no test {test}" for test in mutant.tests if not nodes(test, root)]
    return found


def nodes(test: str, root: Path = ROOT) -> list[str]:
    """The pytest node ids that an entry of ``tests`` names; empty: there are none."""
    place, _, name = test.partition("::")
    path = root / place
    files = sorted(path.rglob("test_*.py")) if path.is_dir() else [path]
    files = [file for file in files if file.is_file()]
    if not name:
        return [place] if path.is_file() else []
    defines = re.compile(rf"^(?:async )?def {re.escape(name)}\(", re.MULTILINE)
    return [
        f"{file.relative_to(root).as_posix()}::{name}"
        for file in files
        if defines.search(file.read_text("utf-8"))
    ]


def select(table: Iterable[Mutant], names: Iterable[str]) -> list[Mutant]:
    """The rows of those names, or all without a name. Raises TableError."""
    rows: Mapping[str, Mutant] = {mutant.name: mutant for mutant in table}
    if unknown := sorted(set(names) - set(rows)):
        raise TableError(f"no such mutant: {', '.join(unknown)}")
    return [rows[name] for name in dict.fromkeys(names)] or list(rows.values())
