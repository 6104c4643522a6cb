"""Rows for tests: plain functions, each makes what it is named after.

The cast: alice owns, bob is a stranger in another team, mona moderates, otto
administers. alice, mona and otto are in one team. oda administers it as well, and owns
the installation.
"""

import io
import itertools
import uuid
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from PIL import Image

from accounts.models import Membership, Team, User
from gateways.models import AccountHealth, GatewayAccount
from gateways.providers.base import CostState
from generation import archive, lifecycle
from generation.models import Artwork, Cell, Generation, ProviderTask, Series
from generation.models.signals import artworks_changed
from moderation import decisions, intake, review_leases
from moderation.models import Review
from spend import ledger, model_names
from spend.units import Unit

Role = Membership.Role
_numbers = itertools.count(1)


class PlainEditor:
    """Stands in for a migration's editor, in the transaction of a test."""

    connection = connection

    @staticmethod
    def execute(statement: str, params: Any = None) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement, params)


def team(name: str = "Studio", *, integrals: int = 10_000, images: int = 100) -> Team:
    made, is_new = Team.objects.get_or_create(name=name)
    if is_new:
        for unit, amount in ((Unit.INTEGRAL, integrals), (Unit.IMAGE, images)):
            if amount:
                reference = f"allocation:{made.pk}:{unit}"
                with transaction.atomic():
                    ledger.allocate(made, unit, amount, by=None, reference=reference)
    return made


def user(
    username: str, *, role: str = Role.MEMBER, in_team: Team | None = None
) -> User:
    made = User.objects.create_user(username, password=f"{username}-password")
    Membership.objects.create(user=made, team=in_team or team(), role=role)
    return made


def alice() -> User:
    return user("alice")


def bob() -> User:
    return user("bob", in_team=team("Elsewhere"))


def mona() -> User:
    return user("mona", role=Role.MODERATOR)


def otto() -> User:
    return user("otto", role=Role.ADMIN)


def oda() -> User:
    made = user("oda", role=Role.ADMIN)
    made.set_owner(True, by=None)
    return made


def account(provider: str = "wujie") -> GatewayAccount:
    from gateways import catalogue

    return catalogue.account(provider)


def change_account(row: GatewayAccount, **fields: Any) -> GatewayAccount:
    """Set fields of the account and of its health, whatever their state was."""
    names = {field.name for field in AccountHealth._meta.fields}
    of_health = {name: fields.pop(name) for name in names & fields.keys()}
    if of_health:
        AccountHealth.objects.filter(pk=row.health_id).update(**of_health)
    if fields:
        GatewayAccount.objects.filter(pk=row.pk).update(**fields)
    row.refresh_from_db()
    return row


def generation(requested_by: User, **fields: Any) -> Generation:
    """Queued and reserved, as ``lifecycle.submit`` leaves it, unless told otherwise."""
    membership = requested_by.memberships.select_related("team").get()
    provider = fields.pop("provider", "wujie")
    row = account(provider)
    values: dict[str, Any] = {
        "team": membership.team,
        "requested_by": requested_by,
        "provider": row.provider,
        "account": row,
        "operation": f"{provider}-drawing",
        "model": "1" if provider == "wujie" else "",
        "prompt": "A quiet harbour at dawn",
        "parameters": dict(PARAMETERS[provider]),
        "pictures": 1,
        "width": 1024,
        "height": 1024,
        "submit_key": uuid.uuid4(),
        "unit": row.unit,
        "reserved": 4,
    }
    made = Generation.objects.create(**values | fields)
    if made.reserved:
        with transaction.atomic():
            subject = lifecycle.ledger_subject(made)
            ledger.reserve(subject, made.reserved, reference=made.reference)
    return made


PARAMETERS: dict[str, dict[str, Any]] = {
    "wujie": {"model": "1", "size": "1024x1024", "pictures": 1, "style": ""},
    "jumdata": {"resolution": "1024*1024", "pictures": 1, "style": "古风"},
}


def task(of: Generation, **fields: Any) -> ProviderTask:
    values: dict[str, Any] = {
        "generation": of,
        "account": of.account,
        "key": f"{next(_numbers):032X}",
        "reserved": of.reserved // max(of.pictures, 1),
    }
    return ProviderTask.objects.create(**values | fields)


def picture_bytes(
    colour: Any = (200, 120, 40), size: tuple[int, int] = (96, 64)
) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "PNG")
    return out.getvalue()


def artwork(
    requested_by: User,
    *,
    moderation: str = Artwork.Moderation.RELEASED,
    colour: Any = None,
    **fields: Any,
) -> Artwork:
    """Stored, with real files; of a finished generation that cost 4."""
    number = next(_numbers)
    of = fields.pop("generation", None) or generation(
        requested_by,
        status=Generation.Status.DONE,
        finished_at=timezone.now(),
        **fields.pop("generation_fields", {}),
    )
    done = fields.pop("task", None) or task(
        of,
        status=ProviderTask.Status.SUCCEEDED,
        cost=of.reserved,
        cost_state=CostState.CHARGED.value,
        is_booked=True,
        polls=1,
        finished_at=timezone.now(),
    )
    if of.reserved:
        with transaction.atomic():
            ledger.settle(
                lifecycle.ledger_subject(of),
                done.reserved,
                done.cost or 0,
                reference=done.reference,
            )
    shade = colour or (number * 37 % 256, number * 91 % 256, number * 53 % 256)
    stored = archive.store(picture_bytes(shade))
    values: dict[str, Any] = {
        "task": done,
        "generation": of,
        "team": of.team,
        "requested_by": requested_by,
        "source_url": "https://cdn.wujiebantu.com/ai/test-01.png",
        "verdict": "pass",
        "moderation": moderation,
        "moderated_at": timezone.now(),
        "sha256": stored.sha256,
        "content_type": stored.content_type,
        "size": stored.size,
        "width": stored.width,
        "height": stored.height,
        "likeness": stored.likeness,
        "stored_at": timezone.now(),
    }
    made = Artwork.objects.create(**values | fields)
    of.is_held |= moderation == Artwork.Moderation.HELD
    of.is_rejected |= moderation == Artwork.Moderation.REJECTED
    of.save(update_fields=["is_held", "is_rejected"])
    artworks_changed.send(Artwork, keys=[made.pk])
    if moderation == Artwork.Moderation.HELD and made.stored_at:
        intake.take_in([made])
    return made


def review(of: Artwork, claimed_by: User | None = None) -> Review:
    """The open review of an artwork; leased, where somebody is named."""
    found = Review.objects.open().get(artwork=of)
    if claimed_by:
        assert review_leases.take(found, claimed_by)
    return found


def settle() -> None:
    """As if the time to undo were over."""
    Review.objects.filter(status="decided").update(settle_after=timezone.now())
    decisions.settle_due(1000)


def catalogue() -> None:
    """What Wujie told of itself: two models, with sizes and styles of their own."""
    row = account("wujie")
    entries: dict[tuple[str, str], Any] = {
        ("models", ""): [
            {"code": "1", "name": "通用 1.0", "description": "", "type": 1},
            {"code": "2", "name": "Inkwash", "description": "", "type": 1},
        ],
        ("resources", "1"): {
            "sizes": [[1024, 1024], [1024, 768]],
            "styles": ["水墨", "赛博朋克"],
        },
        ("resources", "2"): {"sizes": [[640, 1024]], "styles": ["水墨"]},
    }
    for (kind, key), payload in entries.items():
        row.catalogue_entries.create(
            kind=kind, key=key, payload=payload, fetched_at=timezone.now()
        )
    model_names.update(row.purse, {"1": "通用 1.0", "2": "Inkwash"})


def series(requested_by: User, cells: int = 0, **fields: Any) -> Series:
    """A draft with cells that are ready; 4 integrals each."""
    values: dict[str, Any] = {
        "team": requested_by.memberships.get().team,
        "requested_by": requested_by,
        "operation": "wujie-drawing",
        "unit": Unit.INTEGRAL,
        "submit_key": uuid.uuid4(),
    }
    made = Series.objects.create(**values | fields)
    Cell.objects.bulk_create(
        Cell(
            series=made,
            position=position,
            texts={"prompt": f"Harbour {position}"},
            parameters={**PARAMETERS["wujie"], "prompt": f"Harbour {position}"},
            pictures=1,
            cost=4,
        )
        for position in range(cells)
    )
    return made
