"""Tests that starve each other stay on one worker of pytest-xdist."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.scheduling import GROUPS, group

BASE_DIR = Path(__file__).resolve().parent.parent
CONFTEST = """
import os
from pathlib import Path
import pytest
from tests import scheduling

scheduling.GROUPS = {"test_one.py": "both", "test_two.py": "both"}


def pytest_xdist_make_scheduler(config, log):
    return scheduling.Scheduling(config, log)


@pytest.fixture(autouse=True)
def told(request):
    seen = Path(__file__).with_name("seen")
    with seen.open("a") as file:
        file.write(f"{request.node.path.name} {os.environ['PYTEST_XDIST_WORKER']}\\n")
"""


def test_a_group_is_told_by_its_path() -> None:
    first = group("tests/browser/test_pages.py::test_it[x]")
    assert first == group("tests/browser/test_office.py::test_it")
    alone = "tests/net/test_masking.py::test_it"
    assert group(alone) == alone


@pytest.mark.parametrize("path", GROUPS)
def test_each_path_of_a_group_is_there(path: str) -> None:
    assert (BASE_DIR / path).exists()


@pytest.mark.slow
def test_a_group_stays_on_one_worker(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    five = "import time\n" + "".join(
        f"def test_{number}(): time.sleep(0.02)\n" for number in range(5)
    )
    for name in ("one", "two", "alone"):
        (tmp_path / f"test_{name}.py").write_text(five)
    two_workers = ["-n", "2", "--dist", "loadscope"]
    nothing_else = ["-p", "no:django", "-p", "no:cacheprovider"]
    subprocess.run(
        [sys.executable, "-m", "pytest", *two_workers, *nothing_else, str(tmp_path)],
        cwd=tmp_path,
        env={"PYTHONPATH": str(BASE_DIR), "PATH": ""},
        check=True,
    )
    workers: dict[str, set[str]] = {}
    for line in (tmp_path / "seen").read_text().splitlines():
        name, worker = line.split()
        workers.setdefault(name, set()).add(worker)
    assert workers["test_one.py"] == workers["test_two.py"], workers
    assert len(workers["test_one.py"]) == 1, workers
