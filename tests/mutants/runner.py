"""Tries mutants in scratch copies of the repository: one copy per thread.

First all selected tests run unmutated. Then each mutant is written into a copy, its
tests run until the first failure, and the file is restored.
"""

import contextlib
import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path

from tests.mutants import template
from tests.mutants.table import ROOT, Mutant, nodes, problems

#: Mutants tried at the same time, each in a copy of its own.
COPIES = 2
#: Limits of the tests of one mutant, and of all tests unmutated.
TIME_LIMIT_SECONDS = 300.0
UNMUTATED_LIMIT_SECONDS = 3600.0
LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", "var", "*.pyc", ".*_cache", "node_modules"
)
PYTEST = ("-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider", "--no-header")
FAILED = re.compile(r"^(?:FAILED|ERROR) (\S+?)(?:\[.*)?(?: - .*)?$", re.MULTILINE)
#: Exit codes of pytest, and of script/with-postgres without PostgreSQL binaries.
PASSED, TESTS_FAILED, NO_POSTGRESQL = 0, 1, 69
#: Changes of these files change the database that the migrations make.
SCHEMA = re.compile(r"/(?:triggers\.py|append_only\.py|migrations/.*)$")
#: Runs on PostgreSQL may share one server and the name of the tests' database.
POSTGRESQL = threading.Lock()


class Result(StrEnum):
    CAUGHT = "caught"
    EXPLAINED = "survived, explained"
    NOT_RUN = "not run: no PostgreSQL"
    SURVIVED = "survived"
    MISFIT = "does not apply"
    BROKEN = "broken"
    TIMED_OUT = "out of time"


GOOD = (Result.CAUGHT, Result.EXPLAINED, Result.NOT_RUN)


@dataclass(frozen=True, slots=True)
class Outcome:
    """``detail``: the test that failed, or the reason of another result."""

    mutant: Mutant
    result: Result
    detail: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Run:
    """One run of pytest. ``code`` None: out of time."""

    code: int | None
    output: str

    @property
    def failed(self) -> list[str]:
        """Node ids without parameters."""
        return FAILED.findall(self.output)

    @property
    def last_line(self) -> str:
        lines = self.output.strip().splitlines()
        return lines[-1] if lines else ""


def run(mutants: Sequence[Mutant]) -> Iterator[Outcome]:
    """The outcomes in the order of the table, each as soon as it is known."""
    with (
        tempfile.TemporaryDirectory(prefix="wjportal-mutants-") as scratch,
        ThreadPoolExecutor(COPIES) as pool,
    ):
        copies = _copies(Path(scratch))
        misfits = {mutant.name: problems(mutant) for mutant in mutants}
        fitting = [mutant for mutant in mutants if not misfits[mutant.name]]
        failed = _failed_unmutated(fitting, copies, pool)
        work = partial(_try_in_a_copy, copies, misfits, failed)
        yield from pool.map(work, mutants)


def _copies(scratch: Path) -> "queue.Queue[Path]":
    copies: queue.Queue[Path] = queue.Queue()
    for number in range(COPIES):
        copy = scratch / f"copy{number}"
        shutil.copytree(ROOT, copy, ignore=LEFT_OUT, symlinks=True)
        copies.put(copy)
    _command(copy, ["-m", "tests.mutants.template", str(_template(copy))], {}, 600.0)
    return copies


def _template(copy: Path) -> Path:
    return copy.parent / "template.sqlite3"


def _failed_unmutated(
    mutants: Sequence[Mutant], copies: "queue.Queue[Path]", pool: ThreadPoolExecutor
) -> dict[str, set[str]]:
    """Database → node ids that fail without any mutant."""
    parts = []
    for database in {mutant.database for mutant in mutants}:
        wanted = {
            node
            for mutant in mutants
            if mutant.database == database
            for test in mutant.tests
            for node in nodes(test)
        }
        share = 1 if database == "postgresql" else COPIES
        # Whole files: some fixtures are made once per file.
        files = sorted({node.partition("::")[0] for node in wanted})
        for number in range(share):
            mine = set(files[number::share])
            part = sorted(node for node in wanted if node.partition("::")[0] in mine)
            if part:
                parts.append((database, part))

    def run_part(part: tuple[str, list[str]]) -> tuple[str, set[str]]:
        database, tests = part
        with _borrowed(copies) as copy:
            done = _pytest(copy, database, tests, UNMUTATED_LIMIT_SECONDS)
        is_sound = done.code in (PASSED, TESTS_FAILED, NO_POSTGRESQL)
        return database, set(done.failed) if is_sound else set(tests)

    failed: dict[str, set[str]] = {}
    for database, names in pool.map(run_part, parts):
        failed.setdefault(database, set()).update(names)
    return failed


@contextlib.contextmanager
def _borrowed(copies: "queue.Queue[Path]") -> Iterator[Path]:
    copy = copies.get()
    try:
        yield copy
    finally:
        copies.put(copy)


def _try_in_a_copy(
    copies: "queue.Queue[Path]",
    misfits: dict[str, list[str]],
    failed: dict[str, set[str]],
    mutant: Mutant,
) -> Outcome:
    if misfits[mutant.name]:
        return Outcome(mutant, Result.MISFIT, "; ".join(misfits[mutant.name]))
    tests = [node for test in mutant.tests for node in nodes(test)]
    for name in failed.get(mutant.database, set()):
        if any(name == test or name.startswith(f"{test}::") for test in tests):
            return Outcome(mutant, Result.BROKEN, f"fails unmutated: {name}")
    with _borrowed(copies) as copy:
        began = time.monotonic()
        with _mutated(copy / mutant.file, mutant):
            is_schema = bool(SCHEMA.search(mutant.file))
            done = _pytest(
                copy, mutant.database, tests, TIME_LIMIT_SECONDS, is_migrated=is_schema
            )
        seconds = time.monotonic() - began
    return Outcome(mutant, *_judge(mutant, done), seconds)


def _judge(mutant: Mutant, done: Run) -> tuple[Result, str]:
    if done.code is None:
        return Result.TIMED_OUT, f"after {TIME_LIMIT_SECONDS:.0f} s"
    if done.code == NO_POSTGRESQL:
        return Result.NOT_RUN, ""
    if done.code == TESTS_FAILED:
        return Result.CAUGHT, (done.failed or [done.last_line])[0]
    if done.code != PASSED:
        return Result.BROKEN, f"pytest ended with {done.code}: {done.last_line}"
    if mutant.survives:
        return Result.EXPLAINED, mutant.survives
    return Result.SURVIVED, ", ".join(mutant.tests)


@contextlib.contextmanager
def _mutated(path: Path, mutant: Mutant) -> Iterator[None]:
    sound = path.read_text("utf-8")
    _write(path, sound.replace(mutant.old, mutant.new))
    try:
        yield
    finally:
        _write(path, sound)


def _write(path: Path, text: str) -> None:
    """Without the compiled file: one of the same size and second would be used on."""
    path.write_text(text, "utf-8")
    for compiled in (path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"):
        compiled.unlink()


def _pytest(
    copy: Path,
    database: str,
    tests: Sequence[str],
    limit: float,
    *,
    is_migrated: bool = False,
) -> Run:
    """Until the first failure, unless unmutated. ``is_migrated``: without template."""
    arguments = [*PYTEST, *tests]
    if limit == TIME_LIMIT_SECONDS:
        arguments.append("-x")
    if database == "postgresql":
        with POSTGRESQL:
            return _command(copy, arguments, {}, limit, "script/with-postgres")
    if is_migrated:
        return _command(copy, arguments, {"TEST_DATABASE_URL": ""}, limit)
    arguments += ["-p", template.__name__, "--reuse-db"]
    own = {"TEST_DATABASE_URL": "", template.VARIABLE: str(_template(copy))}
    return _command(copy, arguments, own, limit)


def _command(
    copy: Path,
    arguments: Sequence[str],
    variables: dict[str, str],
    limit: float,
    *before: str,
) -> Run:
    """Run Python in the copy, with a folder for temporary files beside it."""
    own = copy.with_name(f"{copy.name}-tmp")
    own.mkdir(exist_ok=True)
    process = subprocess.Popen(
        [*before, sys.executable, *arguments],
        cwd=copy,
        env={**os.environ, "TMPDIR": str(own), "COLUMNS": "200", **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return Run(None, "")
    finally:
        shutil.rmtree(own, ignore_errors=True)
    return Run(process.returncode, output)
