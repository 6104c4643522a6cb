"""Rows of every kind, so that each page has something to show and each form a row."""

import datetime
from collections.abc import Iterable
from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone

from accounts.models import Invitation, Membership, Team, User
from gallery import acts, boards, deletion, notes, sharing, zip_files
from gallery.models import Act, Board, Note, Share, Zip
from gateways import fault_notices
from gateways.models import GatewayAccount
from generation import uploads
from generation.models import Artwork, Generation, Preset, ProviderTask, Series
from generation.series import accepting
from moderation import decisions
from notifications import alerts, deliveries
from notifications.models import Alert, Channel, Delivery
from reconciliation.models import Difference, Reconciliation
from spend import increases
from spend.models import Budget, ClosedMonth, Increase, SavedView
from tests import factories

Status = Generation.Status
DAY = datetime.timedelta(days=1)
FACTS = {"account": "Wujie", "left": 1, "threshold": 5}


def people() -> dict[str, Any]:
    return {
        "member": factories.alice(),
        "moderator": factories.mona(),
        "admin": factories.otto(),
        "owner": factories.oda(),
    }


def build(cast: dict[str, Any]) -> dict[str, list[str]]:
    """What stands in an address: name of the part, or beginning of the address, → its
    values."""
    alice, mona, otto, oda = cast.values()
    factories.catalogue()
    factories.team().invite("newcomer", "member", by=otto)
    factories.team("Elsewhere").invite("oda", "member", by=oda)
    upload = _work(alice, otto)
    _judged(alice, mona)
    _money(alice, otto)
    _sorted(cast.values())
    token = _shared(alice)
    return {
        "generations/": _keys(Generation),
        "series/": _series(cast),
        "position": ["0", "1"],
        "artworks/": _keys(Artwork),
        "presets/": _keys(Preset),
        "review/": _keys(Artwork),
        "gateways/": _keys(GatewayAccount),
        "provider-tasks/": _keys(ProviderTask),
        "avatars/": _keys(ProviderTask),
        "differences/": _keys(Difference),
        "people/": _keys(Membership),
        "labels/grants/": _keys(Membership),
        "alerts/": _keys(Alert),
        "alerts/channels/": _keys(Channel),
        "alerts/deliveries/": _keys(Delivery),
        "notices/channels/": _keys(Channel),
        "spend/budgets/": _keys(Increase),
        "spend/budgets/limits/": _keys(Budget),
        "spend/views/": _keys(SavedView),
        "boards/": _keys(Board),
        "notes/": _keys(Note),
        "gallery/acts/": _keys(Act),
        "gallery/bin/": _keys(Artwork),
        "gallery/shares/": _keys(Share),
        "gallery/zips/": _keys(Zip),
        "spend/teams/": _keys(Team),
        "people/invitations/": _keys(Invitation),
        "accounts/invitations/": _keys(Invitation),
        "owners/": _keys(User),
        "pk": [str(key) for key in range(1, 9)],
        "upload": [str(upload.pk)],
        "month": ["2025-12"],
        "kind": ["failed"],
        "name": ["wujie"],
        "token": [
            fault_notices.token("wujie"),
            upload.token,
            Generation.objects.earliest("pk").callback_token,
            token,
        ],
        "signed": [uploads.address(upload.token, upload.extension).split("/")[-2]],
        "extension": [upload.extension],
        "digest": ["0" * 40],
    }


def _series(cast: dict[str, Any]) -> list[str]:
    """Each person's draft of a table with rows to mend, and an accepted matrix."""
    for person in cast.values():
        draft = factories.series(person, 2, columns=["prompt"], kind="table")
        draft.cells.update(is_wrong=True)
        running = factories.series(
            person, 1, axes=[{"field": "size", "values": ["1024x1024"]}]
        )
        accepting.accept(running, confirmed=4)
    return _keys(Series)


def _keys(model: Any) -> list[str]:
    keys = model._default_manager.order_by("pk").values_list("pk", flat=True)
    return [str(key) for key in keys]


def _work(alice: Any, otto: Any) -> Any:
    words = {"name": "Cups", "prompt": "a {colour} cup", "is_shared": True}
    Preset.objects.create(team=factories.team(), made_by=alice, **words)
    content = ContentFile(factories.picture_bytes())
    upload = uploads.take(content, by=alice, team=factories.team())
    for status in (Status.QUEUED, Status.RUNNING, Status.UNCERTAIN, Status.FAILED):
        factories.generation(alice, status=status)
    running = factories.generation(
        alice,
        status=Status.RUNNING,
        parameters={
            **factories.PARAMETERS["wujie"],
            "reference": [{"token": upload.token, "extension": "png"}],
        },
    )
    task = factories.task(running, status=ProviderTask.Status.OVERDUE)
    factories.artwork(otto)
    trained = factories.generation(
        alice, operation="avatar-training", status=Status.DONE
    )
    factories.task(trained, status=ProviderTask.Status.SUCCEEDED)
    run = Reconciliation.objects.create(
        account=task.account, window_start=timezone.now()
    )
    Difference.objects.create(
        account=task.account,
        run=run,
        kind=Difference.Kind.AMOUNT,
        identity="amount:1",
        key=task.key,
        task=task,
        team=running.team,
        unit=running.unit,
        here=4,
        there=5,
        amount=1,
    )
    return upload


def _judged(alice: Any, mona: Any) -> None:
    held = Artwork.Moderation.HELD
    for _ in range(2):
        factories.artwork(alice, moderation=held)
    done = factories.artwork(alice, moderation=held)
    review = factories.review(done, claimed_by=mona)
    review.refresh_from_db()
    decisions.decide(review, review.claim, "reject", by=mona, reason="other")
    factories.settle()
    factories.artwork(alice)


def _sorted(cast: Iterable[Any]) -> None:
    """Each person's board, note, act and picture in the bin."""
    for person in cast:
        kept, binned = factories.artwork(person), factories.artwork(person)
        team = kept.team
        boards.save(Board(team=team, owner=person, name=person.username))
        board = Board.objects.get(owner=person)
        acts.add_to_board(board, [kept.pk], by=person)
        acts.mark_final([kept.pk], by=person, team=team)
        acts.tag(person.username, [kept.pk], by=person, team=team)
        notes.add(kept, "Mine", by=person)
        deletion.delete([binned.pk], by=person, team=team)


def _shared(alice: Any) -> str:
    """A link of a board, and its token."""
    board = Board.objects.get(owner=alice)
    made = {"title": "Mine", "days": 7, "board": board, "may_download": True}
    _share, token = sharing.create(**made, by=alice, team=board.team)
    keys = list(board.items.values_list("artwork", flat=True))
    zip_files.ask(keys, by=alice, team=board.team, pattern="{number}")
    return token


def _money(alice: Any, otto: Any) -> None:
    team = factories.team()
    budget = Budget.objects.create(team=team, user=alice, limit=100)
    increases.ask(budget, 5, reason="more", by=alice)
    Budget.objects.create(team=team, limit=9, operation="flux")
    SavedView.objects.create(team=team, saved_by=otto, name="Mine", address="")
    start = datetime.date(2025, 12, 1)
    ClosedMonth.objects.create(
        team=team, start=start, end=start + 30 * DAY, statement=[], closed_by=otto
    )
    channel = deliveries.add_channel(
        team, "email", "Ops", "ops@example.org", "", by=otto
    )
    kept = {"kind": "email", "address": "own@example.org", "secret": ""}
    deliveries.add_own_channel(alice, **kept)
    alerts.tell("low_balance", key="1", facts=FACTS, team=team)
    deliveries.test(channel)
