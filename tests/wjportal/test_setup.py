"""``script/setup`` with stand-ins for the interpreter: no network, no packages."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

BASE_DIR = Path(__file__).resolve().parents[2]
#: Logs its arguments; ``-m venv`` makes an environment with a copy of itself.
PYTHON = """#!/bin/sh
echo "$*" >>"$LOG"
case "$*" in
*venv*) rm -rf .venv; mkdir -p .venv/bin; cp "$0" .venv/bin/python ;;
esac
"""
TOO_OLD = """#!/bin/sh
case "$1" in --version) echo Python 3.10.1 ;; *) exit 1 ;; esac
"""
NO_VENV = """#!/bin/sh
case "$*" in *venv*) mkdir -p .venv/bin; exit 1 ;; esac
"""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    (tmp_path / "script").mkdir()
    shutil.copy(BASE_DIR / "script" / "setup", tmp_path / "script")
    (tmp_path / "requirements.lock").write_text("Django==5 --hash=sha256:1\n")
    (tmp_path / "requirements-dev.lock").write_text("pytest==9 --hash=sha256:2\n")
    return tmp_path


def setup(
    clone: Path, *arguments: str, python: str = PYTHON
) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    """The result, and the arguments that Python got."""
    interpreter, log = clone / "python", clone / "log"
    interpreter.write_text(python)
    interpreter.chmod(0o755)
    log.write_text("")
    env = {**os.environ, "PYTHON": str(interpreter), "LOG": str(log)}
    done = subprocess.run(
        [clone / "script" / "setup", *arguments],
        env=env,
        capture_output=True,
        text=True,
        timeout=30,
    )
    return done, log.read_text().splitlines()


def installs(asked: list[str]) -> list[str]:
    return [line.split()[-1] for line in asked if "pip install" in line]


def test_the_first_run_makes_and_installs(clone: Path) -> None:
    done, asked = setup(clone)
    assert done.returncode == 0
    assert "-m venv --clear .venv" in asked
    assert installs(asked) == ["requirements.lock"]
    assert any("--require-hashes --no-deps" in line for line in asked)


def test_a_second_run_does_and_says_nothing(clone: Path) -> None:
    setup(clone)
    done, asked = setup(clone)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert len(asked) == 1 and asked[0].startswith("-c import sys")


def test_changed_requirements_are_installed(clone: Path) -> None:
    setup(clone)
    (clone / "requirements.lock").write_text("Django==6 --hash=sha256:3\n")
    _, asked = setup(clone)
    assert installs(asked) == ["requirements.lock"]
    assert "-m venv --clear .venv" not in asked


def test_tests_are_set_up_beside_the_server(clone: Path) -> None:
    setup(clone)
    _, asked = setup(clone, "requirements-dev.txt")
    assert installs(asked) == ["requirements-dev.lock"]
    assert installs(setup(clone)[1]) == []
    assert installs(setup(clone, "requirements-dev.txt")[1]) == []


def test_an_interrupted_set_up_is_made_anew(clone: Path) -> None:
    setup(clone)
    ended = subprocess.Popen(["true"])
    ended.wait()
    (clone / ".venv" / "installing").write_text(str(ended.pid))
    _, asked = setup(clone)
    assert "-m venv --clear .venv" in asked
    assert installs(asked) == ["requirements.lock"]
    assert not (clone / ".venv" / "installing").exists()


def test_a_failed_install_is_made_anew(clone: Path) -> None:
    fails = PYTHON + 'case "$*" in *install*) exit 1 ;; esac\n'
    done, _ = setup(clone, python=fails)
    assert done.returncode == 1
    _, asked = setup(clone)
    assert "-m venv --clear .venv" in asked


def test_an_old_python_is_told_in_one_sentence(clone: Path) -> None:
    done, _ = setup(clone, python=TOO_OLD)
    assert done.returncode == 1
    assert done.stderr == (
        f"wjportal needs Python 3.11 or newer, and {clone}/python here is"
        " Python 3.10.1.\n"
    )


def test_a_missing_venv_module_is_named(clone: Path) -> None:
    done, _ = setup(clone, python=NO_VENV)
    assert done.returncode == 1
    assert "apt-get install python3-venv" in done.stderr
    assert not (clone / ".venv").exists()


# --- The lock files


@pytest.mark.parametrize("name", ["requirements", "requirements-dev"])
def test_each_package_is_locked_by_hash(name: str) -> None:
    """After a change of a .txt file: script/lock."""
    pins = {
        re.sub(r"\[.*\]", "", line.lower())
        for path in ("requirements.txt", f"{name}.txt")
        for line in (BASE_DIR / path).read_text().splitlines()
        if line and not line.startswith(("-", "#"))
    }
    text = (BASE_DIR / f"{name}.lock").read_text().replace("\\\n", "")
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    assert all("==" in line and "--hash=sha256:" in line for line in lines)
    assert {line.split()[0] for line in lines} >= pins
    assert "://" not in text
    assert "--index" not in text and "--find" not in text
