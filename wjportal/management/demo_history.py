"""Past work of a team: ``manage.py demo --days 90``.

Rows as the lifecycle leaves them; `check_books` passes. Their accounts have no
credentials: reconciliation does not ask the sandbox for them. Random seed: the days.
"""

import datetime
import io
import random
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet, Sum
from django.utils import timezone
from PIL import Image, ImageOps

from accounts.models import Team, User
from gateways.models import GatewayAccount
from gateways.providers.base import CostState
from generation import archive
from generation.archive import Stored
from generation.models import Artwork, Generation, ProviderTask
from generation.models.signals import artworks_changed
from generation.operations import OPERATIONS
from log import chain
from moderation.decisions.recording import event
from moderation.models import Decision
from spend import budgets
from spend.models import LedgerAccount, Transfer
from spend.units import Unit

Kind = Transfer.Kind
Purse = LedgerAccount.Kind
Task = ProviderTask.Status
Moderation = Artwork.Moderation
APP_ID = "past"
#: Operation → weight in percent, price per picture, models.
WORK = {
    "wujie-drawing": (46, 4, ("1", "4", "700")),
    "wujie-4k": (14, 10, ("127",)),
    "openai-image": (12, 16, ("gpt-image-1",)),
    "wujie-flux": (10, 8, ("150",)),
    "jumdata-drawing": (18, 1, ("",)),
}
PROMPTS = (
    "A quiet harbour at dawn, mist over the boats",
    "空山新雨后，天气晚来秋",
    "A fox reading under a lamp, ink and wash",
    "赛博朋克城市的雨夜",
    "Poster for a tea house, brush and seal",
)
COLOURS = ("#17404a", "#7a3b2e", "#3d5a2a", "#4a3f6b", "#b58a3c", "#22577a")
#: Transfer kind → source, destination.
PURSES_OF = {
    Kind.ALLOCATE: (Purse.ALLOCATION, Purse.AVAILABLE),
    Kind.RESERVE: (Purse.AVAILABLE, Purse.RESERVED),
    Kind.SETTLE: (Purse.RESERVED, Purse.SPENT),
    Kind.RELEASE: (Purse.RESERVED, Purse.AVAILABLE),
}


@dataclass(frozen=True, slots=True)
class Past:
    team: Team
    people: list[User]
    pictures: list[Stored]
    accounts: dict[str, GatewayAccount]
    dice: random.Random


def make(team: Team, people: list[User], days: int) -> None:
    """Does nothing the second time."""
    accounts = {unit.value: _account(unit) for unit in (Unit.INTEGRAL, Unit.IMAGE)}
    if Generation.objects.filter(account__in=accounts.values()).exists():
        return
    pictures = [archive.store(_picture(colour)) for colour in COLOURS]
    past = Past(team, people, pictures, accounts, random.Random(days))
    with transaction.atomic():
        for ago in range(days, 0, -1):
            _day(past, timezone.localdate() - datetime.timedelta(ago))
        _sum_up(team)
        _log(team, accounts.values())


def _log(team: Team, accounts: Iterable[GatewayAccount]) -> None:
    """The decisions, as rules log them."""
    made = Decision.objects.filter(
        artwork__team=team, artwork__generation__account__in=accounts
    )
    rows = made.select_related("artwork").order_by("pk")
    chain.append_all(map(event, rows.iterator()))


def _account(unit: Unit) -> GatewayAccount:
    provider = "jumdata" if unit == Unit.IMAGE else "wujie"
    return GatewayAccount.objects.get_or_create(
        provider=provider, app_id=APP_ID, is_sandbox=True, defaults={"unit": unit}
    )[0]


def _picture(colour: str) -> bytes:
    shade = Image.linear_gradient("L").resize((384, 256))
    out = io.BytesIO()
    ImageOps.colorize(shade, black=colour, white="#f3ead7").save(out, "PNG")
    return out.getvalue()


def _day(past: Past, day: datetime.date) -> None:
    """An allocation on the first of a month."""
    if day.day == 1 or not Transfer.objects.filter(reference__startswith="past:"):
        for unit, amount in ((Unit.INTEGRAL, 4000), (Unit.IMAGE, 120)):
            _transfer(past, unit, Kind.ALLOCATE, f"past:{unit}:{day}", amount, day)
    busy = past.dice.randint(1, 4) if day.weekday() > 4 else past.dice.randint(5, 14)
    for _ in range(busy):
        _generation(past, day)


def _generation(past: Past, day: datetime.date) -> None:
    dice = past.dice
    weights = [often for often, _, _ in WORK.values()]
    (operation,) = dice.choices(list(WORK), weights)
    _, price, models = WORK[operation]
    unit = Unit(OPERATIONS[operation].unit.value)
    account, pictures = past.accounts[unit], dice.choice((1, 1, 2, 4))
    clock = datetime.time(dice.randrange(9, 20), dice.randrange(60))
    moment = timezone.make_aware(datetime.datetime.combine(day, clock))
    is_failed = dice.random() < 0.05
    made = Generation.objects.create(
        team=past.team,
        requested_by=dice.choice(past.people),
        provider=account.provider,
        account=account,
        operation=operation,
        model=dice.choice(models),
        prompt=dice.choice(PROMPTS),
        parameters={"pictures": pictures},
        pictures=pictures,
        width=384,
        height=256,
        submit_key=uuid.UUID(int=dice.getrandbits(128)),
        status=Generation.Status.FAILED if is_failed else Generation.Status.DONE,
        unit=unit,
        reserved=price * pictures,
        attempts=1,
        created_at=moment,
        send_after=moment,
        submitting_at=moment,
        submitted_at=moment,
        finished_at=moment,
    )
    _transfer(past, unit, Kind.RESERVE, made.reference, made.reserved, day, made)
    for position in range(pictures):
        # Three in ten failures are charged.
        cost = price if not is_failed or dice.random() < 0.3 else 0
        task = _task(made, position, price, cost, is_failed=is_failed)
        kind = Kind.SETTLE if cost else Kind.RELEASE
        _transfer(past, unit, kind, task.reference, price, day, made)
        if not is_failed:
            _artwork(past, task)


def _task(
    of: Generation, position: int, price: int, cost: int, *, is_failed: bool
) -> ProviderTask:
    return ProviderTask.objects.create(
        generation=of,
        account=of.account,
        key=f"PAST{of.pk:08d}{position:02d}",
        position=position,
        status=Task.FAILED if is_failed else Task.SUCCEEDED,
        percent=None if is_failed else 100.0,
        reserved=price,
        cost=cost,
        cost_state=(CostState.CHARGED if cost else CostState.REFUNDED).value,
        is_booked=True,
        polls=2,
        progress_at=of.created_at,
        answered_at=of.created_at,
        created_at=of.created_at,
        finished_at=of.created_at,
    )


def _artwork(past: Past, task: ProviderTask) -> None:
    """Stored; 4 % rejected; of the others 80 % opened, half downloaded."""
    dice, of, stored = past.dice, task.generation, past.dice.choice(past.pictures)
    is_rejected = dice.random() < 0.04
    seen = None if is_rejected or dice.random() < 0.2 else of.created_at
    made = Artwork.objects.create(
        task=task,
        generation=of,
        team=of.team,
        requested_by=of.requested_by,
        source_url=f"https://cdn.wujiebantu.com/ai/{task.key}-01.png",
        moderation=Moderation.REJECTED if is_rejected else Moderation.RELEASED,
        moderated_at=of.created_at,
        verdict="block" if is_rejected else "pass",
        sha256=stored.sha256,
        content_type=stored.content_type,
        size=stored.size,
        width=stored.width,
        height=stored.height,
        fetch_attempts=1,
        created_at=of.created_at,
        stored_at=of.created_at,
        first_opened_at=seen,
        first_downloaded_at=seen if dice.random() < 0.5 else None,
    )
    if is_rejected:
        Generation.objects.filter(pk=of.pk).update(is_rejected=True)
    artworks_changed.send(Artwork, keys=[made.pk])
    action = Decision.Action.REJECT if is_rejected else Decision.Action.RELEASE
    Decision.objects.create(
        artwork=made,
        action=action,
        reason=Decision.Reason.QUALITY if is_rejected else "",
        grounds=[f"verdict:{made.verdict}"],
        decided_at=of.created_at,
    )


def _transfer(
    past: Past,
    unit: str,
    kind: Kind,
    reference: str,
    amount: int,
    day: datetime.date,
    of: Generation | None = None,
) -> None:
    """``_sum_up`` sets the balances afterwards."""
    purse = past.accounts[unit].purse
    source, destination = (
        LedgerAccount.objects.get_or_create(
            team=past.team, unit=unit, gateway=purse, kind=side
        )[0]
        for side in PURSES_OF[kind]
    )
    Transfer.objects.create(
        kind=kind,
        reference=reference,
        amount=amount,
        unit=unit,
        source=source,
        destination=destination,
        team=past.team,
        user=of.requested_by if of else None,
        generation=of.pk if of else None,
        provider=of.provider if of else "",
        operation=of.operation if of else "",
        model=of.model if of else "",
        day=day,
        created_at=of.created_at if of else _noon(day),
    )


def _noon(day: datetime.date) -> datetime.datetime:
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time(8)))


def _sum_up(team: Team) -> None:
    for account in LedgerAccount.objects.filter(team=team):
        balance = _sum(account.incoming.all()) - _sum(account.outgoing.all())
        LedgerAccount.objects.filter(pk=account.pk).update(balance=balance)
    for budget in team.budgets.all():
        budget.months.all().delete()
        budgets.begin(budget, timezone.localdate())


def _sum(rows: QuerySet[Transfer]) -> int:
    return rows.aggregate(all=Sum("amount"))["all"] or 0
