"""One object per process and arguments, whatever the number of threads."""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from net.process_local import process_local


def test_the_same_arguments_get_the_same_object():
    @process_local
    def make(name):
        return [name]

    assert make("a") is make("a")
    assert make("a") is not make("b")


def test_threads_wait_for_the_first_call():
    made = []
    ready = threading.Barrier(8)

    @process_local
    def make():
        time.sleep(0.02)
        made.append(object())
        return made[-1]

    def call(_):
        ready.wait()
        return make()

    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(call, range(8)))
    assert len(found) == len(made) == 1


def test_a_forked_process_makes_its_own(monkeypatch):
    @process_local
    def make():
        return object()

    parent = make()
    monkeypatch.setattr(os, "getpid", lambda: -1)
    assert make() is not parent
    monkeypatch.undo()
    assert make() is parent


def test_an_error_is_not_remembered():
    outcomes = [ValueError("once"), None]

    @process_local
    def make():
        if error := outcomes.pop(0):
            raise error
        return "made"

    with pytest.raises(ValueError, match="once"):
        make()
    assert make() == "made"
