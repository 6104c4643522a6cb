"""The lifecycle machine: drawn at random, and as it once failed."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.apps import apps
from django.core.cache import cache
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from gateways.clients import client
from generation.models import Generation
from tests.generation.lifecycle_machine import Clock, Lifecycle
from tests.generation.paid_gateway import Gateway

pytestmark = pytest.mark.both_databases

EXAMPLES = int(os.environ.get("WJPORTAL_LIFECYCLE_EXAMPLES", "16"))
#: Steps. To look at the books is most of the work, and what is wrong there stays wrong.
LOOK_EVERY = 4 if EXAMPLES < 100 else 12


def times_of_their_own() -> list[Any]:
    """Fields that take the time themselves: they must go by the example's clock."""
    found = [
        field
        for model in apps.get_app_config("generation").get_models()
        for field in model._meta.fields
        if field.default is timezone.now
    ]
    assert len(found) > 5
    return found


@pytest.fixture
def gateway_of(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """One example: its gateway behind the real client, its clock, its own savepoint."""

    @contextmanager
    def example(gateway: Gateway, clock: Clock, written: list[str]) -> Iterator[None]:
        def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            if not sql.startswith(("SELECT", "SAVEPOINT", "RELEASE")):
                written.append(sql)
            return execute(sql, params, many, context)

        cache.clear()
        real = client("wujie")
        with (
            monkeypatch.context() as patched,
            transaction.atomic(),
            connection.execute_wrapper(watch),
        ):
            for name in ("submit", "poll", "detail", "cancel", "accelerate"):
                patched.setattr(real, name, getattr(gateway, name))
            for name in ("history", "trace"):
                patched.setattr(real, name, getattr(gateway, name))
            for field in times_of_their_own():
                patched.setattr(field, "_get_default", clock)
            patched.setattr(timezone, "now", clock)
            yield
            transaction.set_rollback(True)

    return example


@pytest.mark.slow
@pytest.mark.django_db
def test_in_any_order_nothing_is_lost_and_nothing_paid_twice(
    gateway_of: Callable[..., Any],
) -> None:
    run_state_machine_as_test(
        lambda: Lifecycle(gateway_of, LOOK_EVERY),
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=25,
            deadline=None,
            database=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("is_signed", [False, True])
def test_a_forged_callback_does_not_decide_between_rivals(
    gateway_of: Callable[..., Any], *, is_signed: bool
) -> None:
    """Found by the machine: both requests are alike, both answers lost. The callback at
    the first one's address named a key of the second one, and the first one adopted
    it."""
    state = Lifecycle(gateway_of)
    try:
        lost, rival = two_rivals(state)
        key = state.gateway.of(lost.pk if is_signed else rival.pk)[0].key
        state.hear(lost, key, is_signed=is_signed)
        walk(
            state,
            ("look", {"moves": 2, "seed": 29, "which": 72}),
            ("recover", {"mood": "well"}),
            ("land_all", {}),
        )
        assert lost.tasks.filter(key=key).exists() == is_signed
    finally:
        state.teardown()


def two_rivals(state: Lifecycle) -> tuple[Generation, Generation]:
    walk(
        state,
        ("begin", {"limit": None, "pictures": [2], "is_under_way": True}),
        ("accelerate", {"meanwhile": 89, "mood": "refuse", "steps": 1, "which": 6}),
        ("ask", {"is_alike": True, "pictures": 1, "quoted": 5}),
        ("accelerate", {"meanwhile": 31, "mood": "lost", "steps": 3, "which": 3}),
        ("accelerate_slowly", {"mood": "well", "steps": 4, "which": 8}),
        ("wait", {"by": 1}),
        ("sweep", {}),
        ("wait", {"by": 1}),
        ("land_all", {}),
        ("send", {"mood": "lost"}),
        ("wait", {"by": 1301}),
        ("accelerate_slowly", {"mood": "away", "steps": 1, "which": 3}),
        ("land_and_stay", {"which": 9}),
        ("land_and_stay", {"which": 8}),
        ("ask", {"is_alike": True, "pictures": 3, "quoted": 8}),
        ("die", {}),
        ("send", {"mood": "lost"}),
        ("sweep", {}),
        ("recover", {"mood": "well"}),
    )
    lost, rival = Generation.objects.uncertain().order_by("pk")
    return lost, rival


def walk(state: Lifecycle, *steps: tuple[str, dict[str, Any]]) -> None:
    """The steps, and the invariants after each."""
    for name, drawn in steps:
        getattr(state, name)(**drawn)
        state.the_books_balance()
        state.what_has_ended_stays_ended()
        state.nothing_is_sent_twice()
