"""Decoders share a memory budget: they wait for each other, or are refused."""

import subprocess
import sys
import threading
from contextlib import ExitStack

import pytest

from generation import archive, decoding_slots, pictures, uploads
from generation.decoding_slots import (
    BUDGET_BYTES,
    QUICK_SLOTS,
    SLOT_BYTES,
    SLOTS,
    Busy,
    Queue,
    taken,
)
from generation.downloads import NotWritten
from tests.colour_profiles import plain

LARGE = SLOT_BYTES + 1
NO_WAIT = Queue(seconds=0.0, places=10)
LONG_WAIT = Queue(seconds=60.0, places=10)


@pytest.fixture(autouse=True)
def own_slots(settings, tmp_path, monkeypatch):
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr(decoding_slots, "RETRY_SECONDS", 0.001)


def fits(needed):
    try:
        with taken(needed, NO_WAIT):
            return True
    except Busy:
        return False


def take_all(held):
    held.enter_context(taken(BUDGET_BYTES, NO_WAIT))
    for _ in range(QUICK_SLOTS):
        held.enter_context(taken(1, NO_WAIT))


def test_no_more_than_the_budget_is_given_out():
    with ExitStack() as held:
        held.enter_context(taken(BUDGET_BYTES - SLOT_BYTES, NO_WAIT))
        assert not fits(LARGE)
        for _ in range(QUICK_SLOTS + 1):
            held.enter_context(taken(SLOT_BYTES, NO_WAIT))
        assert not fits(1)
    assert fits(BUDGET_BYTES)


def test_a_small_picture_passes_large_ones():
    with taken(BUDGET_BYTES, NO_WAIT):
        assert fits(SLOT_BYTES)


def test_a_refused_one_keeps_no_slot():
    with taken(LARGE, NO_WAIT):
        assert not fits(BUDGET_BYTES)
        assert fits(BUDGET_BYTES - 2 * SLOT_BYTES)


def test_one_waits_for_another():
    began, order = threading.Event(), []

    def second():
        began.set()
        with taken(BUDGET_BYTES, LONG_WAIT):
            order.append("second")

    with taken(LARGE, NO_WAIT):
        thread = threading.Thread(target=second)
        thread.start()
        assert began.wait(60)
        order.append("first")
    thread.join(60)
    assert order == ["first", "second"]


def test_many_at_once_all_have_their_turn():
    """Each needs more than half: none holds what another waits for."""
    done = []

    def one():
        with taken((SLOTS // 2 + 1) * SLOT_BYTES, LONG_WAIT):
            done.append(1)

    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(done) == 8


def test_the_budget_holds_for_all_processes(tmp_path):
    """Another process holds all of it; killed, it holds nothing."""
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from django.conf import settings\n"
        f"settings.configure(DATA_DIR=Path({str(tmp_path)!r}))\n"
        "from generation.decoding_slots import BUDGET_BYTES, Queue, taken\n"
        "with taken(BUDGET_BYTES, Queue(seconds=0.0, places=1)):\n"
        "    print('held', flush=True)\n"
        "    sys.stdin.read()\n"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with other:
        assert other.stdout.readline() == b"held\n"
        assert not fits(LARGE)
        other.kill()
    assert fits(BUDGET_BYTES)


def test_one_thread_of_a_process_waits_with_a_large_picture():
    """The second is refused at once: the other threads stay free for pages."""
    queue, waiting = Queue(seconds=60.0, places=1), threading.Event()

    def wait():
        with queue.place():
            waiting.set()
            leave.wait(60)

    leave, thread = threading.Event(), threading.Thread(target=wait)
    thread.start()
    assert waiting.wait(60)
    with pytest.raises(Busy), taken(LARGE, queue):
        pass
    with taken(SLOT_BYTES, queue):
        pass
    leave.set()
    thread.join(60)
    with taken(LARGE, queue), taken(LARGE, queue):  # decoding takes no place
        pass


def test_decoding_keeps_slots_by_its_pixels(monkeypatch):
    monkeypatch.setattr(decoding_slots, "SLOT_BYTES", 8 * 1000)
    decoding = pictures.decoded(
        plain("red", (100, 40)), most_pixels=10_000, queue=NO_WAIT
    )
    with decoding:
        assert not fits(8 * 1000 + 1)  # four of five
        assert fits(8 * 1000)
    assert fits(5 * 8 * 1000)


def test_an_upload_is_refused_while_others_decode(monkeypatch):
    monkeypatch.setattr(uploads, "DECODING", NO_WAIT)
    with ExitStack() as held:
        take_all(held)
        with pytest.raises(uploads.NotTaken, match="busy with other large pictures"):
            uploads.checked(plain("red"), uploads.Limits())


def test_a_result_is_fetched_again_after_others(monkeypatch):
    """As with a full disk of ours: nothing is asked of the gateway, nothing is lost."""
    monkeypatch.setattr(archive, "DECODING", NO_WAIT)
    with ExitStack() as held:
        take_all(held)
        with pytest.raises(NotWritten):
            archive.store(plain("red"))
    assert archive.store(plain("red"))
