"""Finished generations by the thousand, as the lifecycle leaves them.

Bulk rows with agreeing balances: ``check_books`` passes.
"""

import datetime
import uuid
from collections.abc import Sequence

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import Team, User
from gateways.models import GatewayAccount
from gateways.providers.base import CostState
from generation.models import Artwork, Generation, ProviderTask
from generation.models.signals import artworks_changed
from moderation.models import Decision
from spend import budgets
from spend.models import Budget, LedgerAccount, Transfer
from spend.units import Unit

COST = 2
#: Days before today, evenly filled.
DAYS = 90
#: Generations a transaction.
CHUNK = 2000

ANSWER = {"key": "", "status": 4, "complete_percent": 100.0, "integral_cost": COST}
LABELS = [
    {"label": label, "description": "", "scene": "PORN", "verdict": "pass", "rate": 1.0}
    for label in ("politics", "terrorism", "porn", "prohibition", "sexy")
]


def make(team: Team, account: GatewayAccount, count: int) -> None:
    users = list(User.objects.filter(memberships__team=team))
    began = timezone.now() - datetime.timedelta(days=DAYS)
    step = datetime.timedelta(days=DAYS) / max(count, 1)
    for start in range(0, count, CHUNK):
        numbers = range(start, min(start + CHUNK, count))
        with transaction.atomic():
            made = Generation.objects.bulk_create(
                _generation(team, account, users[number % len(users)], moment)
                for number in numbers
                for moment in [began + number * step]
            )
            _finish(made)
            _book(made)
    with transaction.atomic():
        # A transfer counts in its limit's month: no page sums transfers instead.
        for budget in Budget.objects.filter(team=team):
            budgets.begin(budget, timezone.localdate())


def _generation(
    team: Team, account: GatewayAccount, user: User, moment: datetime.datetime
) -> Generation:
    return Generation(
        team=team,
        requested_by=user,
        provider=account.provider,
        account=account,
        operation="wujie-drawing",
        model="1",
        prompt=f"A harbour on {moment:%d %B at %H:%M:%S}, mist over the boats",
        parameters={"model": "1", "size": "1024x1024", "pictures": 1, "style": ""},
        width=1024,
        height=1024,
        submit_key=uuid.uuid4(),
        status=Generation.Status.DONE,
        version=7,
        unit=Unit.INTEGRAL,
        reserved=COST,
        attempts=1,
        answer='{"keys": [], "expected_integral_cost": 2}',
        created_at=moment,
        send_after=moment,
        submitting_at=moment,
        submitted_at=moment,
        finished_at=moment,
    )


def _finish(generations: Sequence[Generation]) -> None:
    tasks = ProviderTask.objects.bulk_create(
        ProviderTask(
            generation=generation,
            account=generation.account,
            key=uuid.uuid4().hex.upper(),
            status=ProviderTask.Status.SUCCEEDED,
            percent=100.0,
            model_prompt=generation.prompt,
            answer=ANSWER,
            reserved=COST,
            cost=COST,
            cost_state=CostState.CHARGED.value,
            is_booked=True,
            polls=2,
            progress_at=generation.created_at,
            answered_at=generation.created_at,
            created_at=generation.created_at,
            finished_at=generation.created_at,
        )
        for generation in generations
    )
    artworks = Artwork.objects.bulk_create(_artwork(task) for task in tasks)
    artworks_changed.send(Artwork, keys=[artwork.pk for artwork in artworks])
    Decision.objects.bulk_create(
        Decision(
            artwork=artwork,
            action=Decision.Action.RELEASE,
            grounds=["verdict:pass"],
            decided_at=artwork.created_at,
        )
        for artwork in artworks
    )


def _artwork(task: ProviderTask) -> Artwork:
    generation = task.generation
    return Artwork(
        task=task,
        generation=generation,
        team=generation.team,
        requested_by=generation.requested_by,
        source_url=f"https://cdn.wujiebantu.com/ai/{task.key}-01.png",
        moderation=Artwork.Moderation.RELEASED,
        moderated_at=generation.created_at,
        verdict=Artwork.VerdictChoice.PASS,
        labels=LABELS,
        sha256=(uuid.uuid4().hex + uuid.uuid4().hex),
        content_type="image/png",
        size=5000,
        width=64,
        height=64,
        fetch_attempts=1,
        created_at=generation.created_at,
        stored_at=generation.created_at,
    )


def _book(generations: Sequence[Generation]) -> None:
    team = generations[0].team
    purses = LedgerAccount.objects.filter(team=team, unit=Unit.INTEGRAL)
    by_kind = {purse.kind: purse for purse in purses}
    purse = LedgerAccount.Kind
    tasks = ProviderTask.objects.filter(generation__in=generations)
    task_of = dict(tasks.values_list("generation_id", "pk"))
    Transfer.objects.bulk_create(
        Transfer(
            kind=kind,
            reference=reference,
            amount=COST,
            unit=Unit.INTEGRAL,
            source=by_kind[source],
            destination=by_kind[destination],
            team=team,
            user=generation.requested_by,
            generation=generation.pk,
            provider=generation.account.provider,
            operation=generation.operation,
            model=generation.model,
            day=timezone.localdate(generation.created_at),
            created_at=generation.created_at,
        )
        for generation in generations
        for kind, reference, source, destination in (
            (
                Transfer.Kind.RESERVE,
                generation.reference,
                purse.AVAILABLE,
                purse.RESERVED,
            ),
            (
                Transfer.Kind.SETTLE,
                f"task:{task_of[generation.pk]}",
                purse.RESERVED,
                purse.SPENT,
            ),
        )
    )
    total = COST * len(generations)
    purses.filter(kind=purse.AVAILABLE).update(balance=F("balance") - total)
    purses.filter(kind=purse.SPENT).update(balance=F("balance") + total)
