"""Each broken invariant is found and named; what is sound is not reported."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from accounts.models import Team
from generation import books
from generation.models import Artwork, Generation, ProviderTask
from spend.models import Budget, BudgetMonth, LedgerAccount
from tests import factories

Status = Generation.Status


@pytest.fixture
def population(alice: Any) -> Artwork:
    """One of everything that is sound: done, queued, running, refused-like, jumdata."""
    Budget.objects.create(team=factories.team(), user=alice, limit=500)
    factories.generation(alice)
    running = factories.generation(alice, status=Status.RUNNING)
    factories.task(running, poll_after=timezone.now())
    factories.artwork(alice, generation_fields={"provider": "jumdata", "reserved": 1})
    return factories.artwork(alice)


def found() -> list[str]:
    return list(books.broken())


def test_a_sound_population_is_not_reported(
    population: Artwork, capsys: pytest.CaptureFixture[str]
) -> None:
    assert found() == []
    call_command("check_books")
    assert "balance" in capsys.readouterr().out


def change(model: Any, pk: int, **fields: Any) -> None:
    """Past every guard, as a broken program would."""
    table = model._meta.db_table
    names = ", ".join(f"{name} = %s" for name in fields)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET {names} WHERE id = %s", [*fields.values(), pk]
        )


LONG_AGO = timezone.now() - datetime.timedelta(days=1)


def spoil_balance(artwork: Artwork) -> None:
    account = LedgerAccount.objects.get(
        team=artwork.team, unit="integral", kind=LedgerAccount.Kind.SPENT
    )
    change(LedgerAccount, account.pk, balance=account.balance + 1)


def spoil_budget(artwork: Artwork) -> None:
    change(BudgetMonth, BudgetMonth.objects.get().pk, used=999)


def spoil_settlement(artwork: Artwork) -> None:
    change(ProviderTask, artwork.task_id, cost=99)


def book_early(artwork: Artwork) -> None:
    change(ProviderTask, artwork.task_id, is_booked=False)


def spoil_reservation(artwork: Artwork) -> None:
    change(Generation, artwork.generation_id, reserved=3)


def refuse_without_release(artwork: Artwork) -> None:
    queued = Generation.objects.get(status=Status.QUEUED)
    change(Generation, queued.pk, status=Status.REFUSED, finished_at=timezone.now())


def forget_queued(artwork: Artwork) -> None:
    queued = Generation.objects.get(status=Status.QUEUED)
    change(Generation, queued.pk, send_after=LONG_AGO)


def forget_submitting(artwork: Artwork) -> None:
    queued = Generation.objects.get(status=Status.QUEUED)
    change(Generation, queued.pk, status=Status.SUBMITTING, submitting_at=LONG_AGO)


def forget_task(artwork: Artwork) -> None:
    task = ProviderTask.objects.get(status=ProviderTask.Status.QUEUED)
    change(ProviderTask, task.pk, poll_after=None)


def forget_artwork(artwork: Artwork) -> None:
    change(Artwork, artwork.pk, stored_at=None, fetch_after=None)


def end_early(artwork: Artwork) -> None:
    running = Generation.objects.get(status=Status.RUNNING)
    change(Generation, running.pk, status=Status.FAILED, finished_at=timezone.now())


def end_never(artwork: Artwork) -> None:
    change(Generation, artwork.generation_id, status=Status.RUNNING)


def fail_a_success(artwork: Artwork) -> None:
    change(Generation, artwork.generation_id, status=Status.FAILED)


def end_without_time(artwork: Artwork) -> None:
    change(Generation, artwork.generation_id, finished_at=None)


def lose_picture(artwork: Artwork) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM generation_artwork WHERE id = %s", [artwork.pk])


def stray_picture(artwork: Artwork) -> None:
    other = Team.objects.create(name="Elsewhere")
    change(Artwork, artwork.pk, team_id=other.pk)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (spoil_balance, "its transfers say"),
        (spoil_budget, "counts 999"),
        (spoil_settlement, "cost 99"),
        (book_early, "provider task"),
        (spoil_reservation, "says it reserves 3"),
        (refuse_without_release, "still reserves 4"),
        (forget_queued, "nobody took it"),
        (forget_submitting, "nobody took it"),
        (forget_task, "asked after by nobody"),
        (forget_artwork, "nobody fetches it"),
        (end_early, "ended with an open task"),
        (end_never, "runs with no open task"),
        (fail_a_success, "succeeded and is not done"),
        (end_without_time, "does not say when"),
        (lose_picture, "has no artwork"),
        (stray_picture, "is not its generation's"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_it_names_what_is_broken(
    population: Artwork, spoil: Callable[[Artwork], None], says: str
) -> None:
    spoil(population)
    sentences = found()
    assert any(says in sentence for sentence in sentences), sentences


def test_the_command_fails_when_something_is_broken(population: Artwork) -> None:
    spoil_balance(population)
    with pytest.raises(SystemExit) as ended:
        call_command("check_books")
    assert ended.value.code == 1
