"""``python -m tests.mutants [--check] [NAME…]``: see script/mutants.

Exit codes: 0 all are caught or explained; 1 not all; 2 misuse.
"""

import argparse
import signal
import sys
import time
from collections import Counter
from collections.abc import Sequence

from tests.mutants import runner
from tests.mutants.table import Mutant, TableError, load, problems, select


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="script/mutants")
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument(
        "--check", action="store_true", help="whether each row applies; runs no test"
    )
    options = parser.parse_args(arguments)
    # Ends as Ctrl-C does, so that the scratch copies are removed.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        mutants = select(load(), options.names)
    except TableError as error:
        parser.error(str(error))
    return _check(mutants) if options.check else _run(mutants)


def _check(mutants: Sequence[Mutant]) -> int:
    found = [
        f"{mutant.name}: {problem}"
        for mutant in mutants
        for problem in problems(mutant)
    ]
    _say(*found, f"{len(mutants)} mutants, {len(found)} problems")
    return 1 if found else 0


def _run(mutants: Sequence[Mutant]) -> int:
    began = time.monotonic()
    width = max(len(mutant.name) for mutant in mutants)
    outcomes = []
    for one in runner.run(mutants):
        outcomes.append(one)
        row = f"{one.mutant.name:{width}}  {one.result:8}  {one.seconds:4.0f} s"
        _say(f"{row}  {one.detail}")
    counts = Counter(one.result for one in outcomes)
    parts = [f"{count} {result}" for result, count in counts.items()]
    minutes = (time.monotonic() - began) / 60
    _say(f"{len(outcomes)} mutants: {', '.join(parts)}; {minutes:.0f} minutes")
    return 0 if all(one.result in runner.GOOD for one in outcomes) else 1


def _say(*lines: str) -> None:
    for line in lines:
        sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
