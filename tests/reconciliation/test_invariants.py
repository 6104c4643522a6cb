"""Each broken invariant is found and named; what is sound is not reported."""

import datetime
import functools
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Team, User
from gateways.models import AccountHealth, GatewayAccount
from generation import archive, lifecycle
from generation.models import (
    Acceleration,
    Artwork,
    Generation,
    ProviderTask,
    SubmitRecovery,
    UnmatchedKey,
)
from reconciliation import invariants
from spend import ledger
from spend.models import Budget, BudgetMonth, LedgerAccount, Transfer
from tests import factories
from tests.tampering import execute, unguarded

pytestmark = pytest.mark.both_databases

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
    return list(invariants.broken())


def test_a_sound_population_is_not_reported(
    population: Artwork, capsys: pytest.CaptureFixture[str]
) -> None:
    assert found() == []
    call_command("check_books")
    said = "The books balance: 4 generations, 3 provider tasks, 2 artworks, "
    assert capsys.readouterr().out.startswith(said)


def test_an_allocation_taken_back_is_sound(population: Artwork, otto: User) -> None:
    with transaction.atomic():
        ledger.deallocate(
            factories.team(), "integral", 5, by=otto, reference="allocation:back"
        )
    assert found() == []


def change(model: Any, pk: int, **fields: Any) -> None:
    """Past every guard, as a broken program would."""
    table = model._meta.db_table
    names = ", ".join(f"{name} = %s" for name in fields)
    with unguarded():
        execute(f"UPDATE {table} SET {names} WHERE id = %s", *fields.values(), pk)


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


def accelerated(artwork: Artwork) -> Acceleration:
    running = Generation.objects.get(status=Status.RUNNING)
    running.tasks.update(ahead=9)
    made = lifecycle.claim_acceleration(
        running, steps=1, number=1, asked_by=running.requested_by
    )
    assert made
    assert found() == []
    return made


def spoil_price(artwork: Artwork) -> None:
    change(Acceleration, accelerated(artwork).pk, price=3)


def release_without_a_refusal(artwork: Artwork) -> None:
    change(Acceleration, accelerated(artwork).pk, released=1)


def forget_acceleration(artwork: Artwork) -> None:
    change(Acceleration, accelerated(artwork).pk, asked_at=LONG_AGO)


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
    artwork.entry.delete()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM generation_artwork WHERE id = %s", [artwork.pk])


def stray_picture(artwork: Artwork) -> None:
    other = Team.objects.create(name="Elsewhere")
    change(Artwork, artwork.pk, team_id=other.pk)


def forget_due_task(artwork: Artwork) -> None:
    task = ProviderTask.objects.get(status=ProviderTask.Status.QUEUED)
    change(ProviderTask, task.pk, poll_after=LONG_AGO)


def forget_due_artwork(artwork: Artwork) -> None:
    change(Artwork, artwork.pk, stored_at=None, fetch_after=LONG_AGO)


def lose_evidence(artwork: Artwork) -> None:
    queued = Generation.objects.get(status=Status.QUEUED)
    SubmitRecovery.objects.create(generation=queued)
    change(Generation, queued.pk, status=Status.UNCERTAIN)


def submit_twice(artwork: Artwork) -> None:
    factories.task(artwork.generation, status="drawing", poll_after=timezone.now())


def submit_elsewhere(artwork: Artwork) -> None:
    other = factories.account("jumdata")
    change(ProviderTask, artwork.task_id, account_id=other.pk)


def find_second_key(artwork: Artwork) -> None:
    generation = artwork.generation
    parameters = generation.parameters | {"chosen_seed": "77"}
    Generation.objects.filter(pk=generation.pk).update(parameters=parameters)
    UnmatchedKey.objects.create(
        account=generation.account,
        key="F" * 32,
        is_asked=True,
        prompt=generation.prompt,
        seed="77",
    )


def end_by_callback(artwork: Artwork) -> None:
    change(ProviderTask, artwork.task_id, polls=0)


def spend_for_nobody(artwork: Artwork) -> None:
    transfer = Transfer.objects.filter(kind=Transfer.Kind.RESERVE).first()
    assert transfer
    change(Transfer, transfer.pk, generation=999)


def spend_for_no_task(artwork: Artwork) -> None:
    reference = f"task:{artwork.task_id}"
    transfer = Transfer.objects.get(reference=reference, kind=Transfer.Kind.SETTLE)
    change(Transfer, transfer.pk, reference=f"{reference}0")


def again(artwork: Artwork, reference: str, move: Any) -> None:
    """Once more, under another name; what else is reserved pays for it."""
    with transaction.atomic():
        move(lifecycle.ledger_subject(artwork.generation), 4, reference=reference)


def settle_again(artwork: Artwork) -> None:
    settle = functools.partial(ledger.settle, cost=4)
    again(artwork, f"task:{artwork.task_id}:again", settle)


def release_again(artwork: Artwork) -> None:
    again(artwork, f"generation:{artwork.generation_id}:again", ledger.release)


def write_off_again(artwork: Artwork) -> None:
    again(artwork, f"task:{artwork.task_id}:again", ledger.write_off)


def reserve_again(artwork: Artwork) -> None:
    again(artwork, f"generation:{artwork.generation_id}:more", ledger.reserve_more)


def fail_a_drawn_task(artwork: Artwork) -> None:
    change(ProviderTask, artwork.task_id, status=ProviderTask.Status.FAILED)


def lose_name(artwork: Artwork) -> None:
    change(Artwork, artwork.pk, sha256="")


@pytest.mark.django_db
def hide_without_a_trace(artwork: Artwork) -> None:
    Artwork.objects.filter(pk=artwork.pk).update(moderation="held")


def delist(artwork: Artwork) -> None:
    artwork.entry.delete()


def hold_nothing(artwork: Artwork) -> None:
    Generation.objects.filter(pk=artwork.generation_id).update(is_held=True)


def list_elsewhere(artwork: Artwork) -> None:
    other = factories.team("Elsewhere")
    type(artwork.entry).objects.filter(pk=artwork.pk).update(team=other)


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
        (spoil_price, "costs 3"),
        (spoil_price, "says it reserves 6"),
        (release_without_a_refusal, "gave back 1"),
        (forget_acceleration, "nobody says what became of it"),
        (end_early, "ended with an open task"),
        (end_never, "runs with no open task"),
        (fail_a_success, "succeeded and is not done"),
        (end_without_time, "does not say when"),
        (lose_picture, "has no artwork"),
        (stray_picture, "is not its generation's"),
        (forget_due_task, "is due, and nobody asks"),
        (forget_due_artwork, "is due to be fetched, and nobody does"),
        (lose_evidence, "is uncertain without evidence"),
        (submit_twice, "has 2 tasks for 1 pictures"),
        (submit_elsewhere, "at another account"),
        (find_second_key, "and the unmatched key FFFF"),
        (end_by_callback, "was never asked after"),
        (spend_for_nobody, "is of no generation"),
        (hide_without_a_trace, "is not released, and the gallery lists it"),
        (delist, "is released, and the gallery does not list it"),
        (list_elsewhere, "is listed by another team"),
        (hold_nothing, "is_held differs from its pictures"),
        (spend_for_no_task, "is of no task"),
        (settle_again, "keeps -4"),
        (release_again, "keeps -4"),
        (write_off_again, "keeps -4"),
        (reserve_again, "keeps 4"),
        (fail_a_drawn_task, "of a task that did not succeed"),
        (lose_name, "is stored under no name"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_it_names_what_is_broken(
    population: Artwork, spoil: Callable[[Artwork], None], says: str
) -> None:
    spoil(population)
    sentences = found()
    assert any(says in sentence for sentence in sentences), sentences


@pytest.mark.parametrize(
    ("table", "fields"),
    [
        (AccountHealth, {"sending": "paused"}),
        (GatewayAccount, {"weight": 0}),
        (AccountHealth, {"quiet_until": timezone.now() + datetime.timedelta(hours=1)}),
        (Generation, {"submitting_at": timezone.now()}),
    ],
)
def test_what_waits_for_a_reason_is_not_forgotten(
    population: Artwork, table: Any, fields: dict[str, Any]
) -> None:
    forget_queued(population)
    generation = population.generation
    for row in (generation, generation.account, generation.account.health):
        if isinstance(row, table):
            change(table, row.pk, **fields)
    assert found() == []


def test_the_command_fails_when_something_is_broken(population: Artwork) -> None:
    spoil_balance(population)
    with pytest.raises(SystemExit) as ended:
        call_command("check_books")
    assert ended.value.code == 1


def sentences(capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit):
        call_command("check_books", files=True)
    return capsys.readouterr().out


def test_it_looks_at_the_files_when_told_to(
    population: Artwork, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("check_books", files=True)
    assert "balance" in capsys.readouterr().out
    path = archive.name(population.sha256, "original")
    default_storage.delete(path)
    missing = f"artwork {population.pk} is stored, and {population.sha256} is not there"
    assert sentences(capsys) == f"{missing}\n"
    default_storage.save(path, ContentFile(b"half"))
    assert sentences(capsys).endswith("its file 4\n")
    call_command("check_books")


def test_later_movements_of_a_task_are_its_own(population: Artwork) -> None:
    """``task:7:1`` is a correction of what ``task:7`` cost."""
    reference = f"task:{population.task_id}"
    transfer = Transfer.objects.get(reference=reference, kind=Transfer.Kind.SETTLE)
    change(Transfer, transfer.pk, reference=f"{reference}:1")
    assert not any("is of no task" in sentence for sentence in found())
