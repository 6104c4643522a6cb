"""Decoders share a memory budget: they wait for each other, or are refused."""

import subprocess
import sys
import threading
from contextlib import ExitStack

import pytest

from generation import archive, decoding_slots, pictures, uploads
from generation.decoding_slots import BUDGET_BYTES, SLOT_BYTES, SLOTS, Busy, taken
from generation.downloads import NotWritten
from tests.colour_profiles import plain


@pytest.fixture(autouse=True)
def own_slots(settings, tmp_path, monkeypatch):
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr(decoding_slots, "RETRY_SECONDS", 0.001)


def fits(needed):
    try:
        with taken(needed, wait=0.0):
            return True
    except Busy:
        return False


def test_no_more_than_the_budget_is_given_out():
    with ExitStack() as held:
        for _ in range(SLOTS - 1):
            held.enter_context(taken(SLOT_BYTES, wait=0.0))
        assert fits(SLOT_BYTES)
        assert not fits(SLOT_BYTES + 1)
        held.enter_context(taken(1, wait=0.0))
        assert not fits(1)
    assert fits(BUDGET_BYTES)


def test_a_refused_one_keeps_no_slot():
    with taken(SLOT_BYTES, wait=0.0):
        assert not fits(BUDGET_BYTES)
        assert fits(BUDGET_BYTES - SLOT_BYTES)


def test_one_waits_for_another():
    began, order = threading.Event(), []

    def second():
        began.set()
        with taken(BUDGET_BYTES, wait=60.0):
            order.append("second")

    with taken(1, wait=0.0):
        thread = threading.Thread(target=second)
        thread.start()
        assert began.wait(60)
        order.append("first")
    thread.join(60)
    assert order == ["first", "second"]


def test_the_budget_holds_for_all_processes(tmp_path):
    """Another process holds all of it; killed, it holds nothing."""
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from django.conf import settings\n"
        f"settings.configure(DATA_DIR=Path({str(tmp_path)!r}))\n"
        "from generation.decoding_slots import BUDGET_BYTES, taken\n"
        "with taken(BUDGET_BYTES, wait=0.0):\n"
        "    print('held', flush=True)\n"
        "    sys.stdin.read()\n"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with other:
        assert other.stdout.readline() == b"held\n"
        assert not fits(1)
        other.kill()
    assert fits(BUDGET_BYTES)


def test_decoding_keeps_slots_by_its_pixels(monkeypatch):
    monkeypatch.setattr(decoding_slots, "SLOT_BYTES", 8 * 1000)
    with pictures.decoded(plain("red", (100, 90)), most_pixels=10_000, wait=0.0):
        assert fits(1)  # nine of ten
        assert not fits(8 * 1000 + 1)
    assert fits(10 * 8 * 1000)


def test_an_upload_is_refused_while_others_decode(monkeypatch):
    monkeypatch.setattr(uploads, "DECODING_WAIT", 0.0)
    with (
        taken(BUDGET_BYTES, wait=0.0),
        pytest.raises(uploads.NotTaken, match="busy with other large pictures"),
    ):
        uploads.checked(plain("red"), uploads.Limits())


def test_a_result_is_fetched_again_after_others(monkeypatch):
    """As with a full disk of ours: nothing is asked of the gateway, nothing is lost."""
    monkeypatch.setattr(archive, "DECODING_WAIT", 0.0)
    with taken(BUDGET_BYTES, wait=0.0), pytest.raises(NotWritten):
        archive.store(plain("red"))
    assert archive.store(plain("red"))
