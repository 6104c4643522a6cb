"""Disturbances of the portal's processes, database and disk.

Each acts on a working portal, and returns when it is over.
"""

import contextlib
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.db import connection, transaction
from psycopg import sql

from tests.faults.portal import Portal, is_postgresql

Disturbance = Callable[[Portal, random.Random], bool]
DISTURBANCES: dict[str, Disturbance] = {}


def disturbance(done: Disturbance) -> Disturbance:
    """False: its target does not exist now."""
    DISTURBANCES[done.__name__.replace("_", " ")] = done
    return done


def _send(number: int, pid: int | None) -> bool:
    with contextlib.suppress(ProcessLookupError):
        if pid is not None:
            os.kill(pid, number)
            return True
    return False


def _pick(pids: list[int], dice: random.Random) -> int | None:
    return dice.choice(pids) if pids else None


def _first(pids: list[int]) -> int | None:
    return pids[0] if pids else None


# --- kill -9


@disturbance
def pump_leader_killed(portal: Portal, dice: random.Random) -> bool:
    return _send(signal.SIGKILL, portal.leader())


@disturbance
def cluster_process_killed(portal: Portal, dice: random.Random) -> bool:
    """Any child of its main process: sentinel, worker, pusher or monitor."""
    return _send(signal.SIGKILL, _pick(portal.pids("qcluster")[1:], dice))


@disturbance
def cluster_killed(portal: Portal, dice: random.Random) -> bool:
    return _send(signal.SIGKILL, _first(portal.pids("qcluster")))


@disturbance
def sandbox_killed(portal: Portal, dice: random.Random) -> bool:
    portal.sandbox.state("no")  # its counts end with it
    return _send(signal.SIGKILL, _first(portal.pids("-m\0sandbox")))


@disturbance
def web_server_killed(portal: Portal, dice: random.Random) -> bool:
    return _send(signal.SIGKILL, _first(portal.pids("granian")))


@disturbance
def web_worker_killed(portal: Portal, dice: random.Random) -> bool:
    return _send(signal.SIGKILL, _pick(portal.pids("granian")[1:], dice))


@disturbance
def everything_killed(portal: Portal, dice: random.Random) -> bool:
    """As after a crash and restart of the machine."""
    portal.sandbox.state("no")
    portal.kill()
    portal.start()
    return True


# --- SIGSTOP: for the process the clock jumps


def _stopped(pid: int | None, seconds: float) -> bool:
    if not _send(signal.SIGSTOP, pid):
        return False
    time.sleep(seconds)
    return _send(signal.SIGCONT, pid)


@disturbance
def pump_leader_stopped(portal: Portal, dice: random.Random) -> bool:
    """Longer than its lease, sometimes longer than a call may take."""
    return _stopped(portal.leader(), dice.choice([7.5, 12.5]))


@disturbance
def sandbox_stopped(portal: Portal, dice: random.Random) -> bool:
    return _stopped(_first(portal.pids("-m\0sandbox")), 3.0)


# --- Database and disk


@disturbance
def database_away(portal: Portal, dice: random.Random) -> bool:
    with no_database():
        time.sleep(2.5)
    return True


@contextlib.contextmanager
def no_database() -> Iterator[None]:
    """PostgreSQL refuses and ends connections; SQLite is locked."""
    if not is_postgresql():
        with transaction.atomic():  # immediate: no other writer
            yield
        return
    name = str(connection.settings_dict["NAME"])
    connection.close()
    server = urlsplit(os.environ["TEST_DATABASE_URL"])
    let = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
    with psycopg.connect(urlunsplit(server), autocommit=True) as outside:
        outside.execute(let.format(sql.Identifier(name), sql.SQL("false")))
        try:
            end_connections(outside, name)
            yield
        finally:
            outside.execute(let.format(sql.Identifier(name), sql.SQL("true")))


def end_connections(outside: psycopg.Connection[tuple[int]], name: str) -> None:
    outside.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
        [name],
    )


@disturbance
def storage_away(portal: Portal, dice: random.Random) -> bool:
    """The media folder is not writable, as on a full disk."""
    media, aside = portal.data_dir / "media", portal.data_dir / "media-aside"
    if not media.is_dir():
        return False
    media.rename(aside)
    media.touch()
    time.sleep(1.5)
    media.unlink()
    aside.rename(media)
    return True


def hands(dice: random.Random, players: int) -> list[list[str]]:
    """Deals each disturbance to at least one population."""
    names = dice.sample(sorted(DISTURBANCES), len(DISTURBANCES))
    more = [name for name in names if name != "everything killed"]
    names += [dice.choice(more) for _ in range(-len(names) % players)]
    return [names[number::players] for number in range(players)]
