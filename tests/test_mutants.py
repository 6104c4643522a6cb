"""The table of mutants fits the code. The mutants themselves: script/mutants."""

from collections import Counter
from pathlib import Path

import pytest

from tests.mutants import __main__, runner, table
from tests.mutants.table import Mutant, TableError

ROWS = table.load()
#: Folder or file → mutants that it must have at least.
LEAST = {"generation/lifecycle": 20, "spend/ledger": 8}


@pytest.mark.parametrize("mutant", ROWS, ids=lambda mutant: mutant.name)
def test_each_row_applies_once(mutant: Mutant) -> None:
    assert not table.problems(mutant)


def test_there_are_enough() -> None:
    assert len(ROWS) >= 66
    packages = Counter(mutant.file.partition("/")[0] for mutant in ROWS)
    assert set(packages) >= {"generation", "spend", "net"}
