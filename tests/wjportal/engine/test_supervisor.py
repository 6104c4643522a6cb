"""The supervisor over small stand-ins for the programs, with short times."""

import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from wjportal.engine import guard, supervisor
from wjportal.engine.supervisor import Guard, Program, Supervisor

SLEEPS = "import time; time.sleep(60)"
FAILS = "import sys; sys.exit(3)"
#: Ignores SIGTERM, as does a child that it has.
STUBBORN = (
    "import os, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "os.fork(); time.sleep(60)"
)


@pytest.fixture(autouse=True)
def short_times(monkeypatch: pytest.MonkeyPatch) -> Any:
    for name, seconds in {
        "ROUND_SECONDS": 0.01,
        "RESTART_SECONDS": 0.01,
        "UNHEALTHY_GRACE_SECONDS": 0.3,
    }.items():
        monkeypatch.setattr(supervisor, name, seconds)
    monkeypatch.setattr(guard, "GRACE", 0.5)
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    handlers = {number: signal.getsignal(number) for number in numbers}
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def programs(said: list[str]) -> Any:
    """``programs(name=code, …)``, by name; none outlives the test."""
    made: dict[str, Program] = {}

    def make(**codes: str) -> dict[str, Program]:
        for name, code in codes.items():
            command = [sys.executable, "-Sc", code]
            made[name] = Program(name, command, said.append, is_well=lambda: True)
        return made

    yield make
    for program in made.values():
        program.kill()
        if program.process:
            program.process.wait()


def run(
    programs: dict[str, Program], when_up: Any = lambda: None, say: Any = print
) -> None:
    with Path(os.devnull).open() as lock:
        Supervisor(list(programs.values()), Guard(lock.fileno()), say).run(when_up)


def group_size(leader: int) -> int:
    """Processes of the group that still run."""
    members = 0
    for path in Path("/proc").glob("[0-9]*"):
        try:
            state, _, group = (path / "stat").read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        members += int(group) == leader and state != "Z"
    return members


def until(condition: Any, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.01)


def test_what_fails_is_started_for_ever_and_takes_none_along(
    programs: Any, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    children = programs(healthy=SLEEPS, broken=FAILS)
    pids: set[int] = set()
    enough = threading.Event()

    def healthy() -> bool:
        pids.add(children["healthy"].process.pid)
        # Ten deaths are more than any number that it once gave up after.
        if len(said) > 10 and not enough.is_set():
            enough.set()
            os.kill(os.getpid(), signal.SIGTERM)
        return True

    children["healthy"].is_well, children["healthy"].every = healthy, 0.01
    monkeypatch.setattr(supervisor, "MOST_DOUBLINGS", 0)
    run(children, say=said.append)
    assert said.count("The broken ended (status 3); starting it again in 0 s.") >= 10
    assert said[-1] == "Stopped."
    assert len(pids) == 1 and group_size(pids.pop()) == 0


def test_pauses_grow_to_a_minute_and_no_further(
    programs: Any, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "RESTART_SECONDS", 1.0)
    broken = programs(broken=FAILS)["broken"]
    pauses = [broken._pause(now=float(number)) for number in range(9)]
    assert pauses == [1, 2, 4, 8, 16, 32, 64, 64, 64]
    assert broken._pause(now=1000.0) == 1  # it had run for long


@pytest.mark.parametrize("hook", ["before_start", "is_well"])
def test_a_fault_of_one_program_s_hooks_is_its_own(
    programs: Any, said: list[str], hook: str
) -> None:
    def faulty() -> Any:
        raise RuntimeError("on purpose")

    children = programs(faulty=SLEEPS, healthy=SLEEPS)
    setattr(children["faulty"], hook, faulty)
    told: list[str] = []
    looks = iter(range(20))

    def healthy() -> bool:
        if next(looks, None) == 10:
            told.append("healthy")
            os.kill(os.getpid(), signal.SIGTERM)
        return True

    children["healthy"].is_well, children["healthy"].every = healthy, 0.01
    run(children, say=said.append)
    assert told == ["healthy"]
    assert any("RuntimeError('on purpose'); trying again." in line for line in said)
    assert said[-1] == "Stopped."


def test_a_fault_of_the_welcome_ends_nothing(programs: Any, said: list[str]) -> None:
    children = programs(healthy=SLEEPS)

    def when_up() -> None:
        threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGTERM)).start()
        raise RuntimeError("on purpose")

    run(children, when_up, said.append)
    assert said[0] == "The portal is up, with a fault: RuntimeError('on purpose')"
    assert said[-1] == "Stopped."


def test_it_tells_once_when_all_are_up(programs: Any) -> None:
    children = programs(early=SLEEPS, late=SLEEPS)
    rounds = iter([False, False, True])
    children["late"].is_well = lambda: next(rounds, True)
    told: list[bool] = []

    def when_up() -> None:
        told.append(children["early"].is_up and children["late"].is_up)
        threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGTERM)).start()

    run(children, when_up)
    assert told == [True]


def test_it_kills_the_group_of_a_dead_program(programs: Any) -> None:
    children = programs(forking="import os, time; os.fork(); time.sleep(60)")
    children["forking"].tick()
    leader = children["forking"].process.pid
    until(lambda: group_size(leader) == 2)
    os.kill(leader, signal.SIGKILL)
    until(lambda: children["forking"].reap() is not None)
    until(lambda: group_size(leader) == 0)


def test_it_restarts_what_shows_no_sign_of_life(programs: Any, said: list[str]) -> None:
    children = programs(frozen=STUBBORN)
    frozen = children["frozen"]
    frozen.is_well, frozen.every, frozen.patience = lambda: False, 0.01, 0.3
    frozen.tick()
    leader, started = frozen.process.pid, time.monotonic()
    until(lambda: group_size(leader) == 2)
    until(lambda: frozen.tick() or (frozen.process and frozen.process.pid != leader))
    # Patience, three misses, and a grace that a stubborn program uses up.
    assert time.monotonic() - started > 0.6
    assert said == ["The frozen shows no sign of life; starting it again."]
    until(lambda: group_size(leader) == 0)


def test_what_nobody_can_tell_is_no_miss(programs: Any, said: list[str]) -> None:
    children = programs(unknown=SLEEPS)
    unknown = children["unknown"]
    looks: list[None] = []
    unknown.is_well, unknown.every, unknown.patience = lambda: looks.append(None), 0, 0
    until(lambda: unknown.tick() or len(looks) > 3 * supervisor.MOST_MISSES)
    assert not said and not unknown.is_up


def test_the_first_signal_waits_and_a_second_ctrl_c_does_not(
    programs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "GRACE", 60.0)
    children = programs(stubborn=STUBBORN)
    leaders: list[int] = []

    def when_up() -> None:
        leaders.append(children["stubborn"].process.pid)
        until(lambda: group_size(leaders[0]) == 2)
        for delay in (0.0, 0.5):
            threading.Timer(delay, os.kill, (os.getpid(), signal.SIGINT)).start()

    started = time.monotonic()
    run(children, when_up)
    assert 0.5 < time.monotonic() - started < 50
    until(lambda: group_size(leaders[0]) == 0)


def test_what_others_need_ends_last(programs: Any) -> None:
    last_words = (
        "import signal, sys, time;"
        "signal.signal(signal.SIGTERM, lambda *_: (time.sleep(0.2), sys.exit()));"
        "time.sleep(60)"
    )
    children = programs(needed=last_words, other=last_words)
    children["needed"].ends_last = True
    ends: list[str] = []
    for name, program in children.items():
        reap = program.reap

        def noted(name: str = name, reap: Any = reap) -> int | None:
            status = reap()
            if status is not None:
                ends.append(name)
            return status

        program.reap = noted
    # The programs need a moment to take hold of the signal.
    run(children, threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGTERM)).start)
    assert ends == ["other", "needed"]


def test_a_killed_guard_is_replaced() -> None:
    with Path(os.devnull).open() as lock:
        line = Guard(lock.fileno())
        line._process.kill()
        line._process.wait()
        line.tell([])
        assert line._process.poll() is None
        line.dismiss()
