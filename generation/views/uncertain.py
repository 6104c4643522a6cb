"""Lost answers as admins see them: what is known of each, and two ways to end it."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib import messages
from django.db.models import Count, Prefetch, Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.access import MemberRequest, admins_only
from accounts.paging import page
from gateways.clients import has_history
from gateways.providers.base import Fingerprint
from generation import lifecycle
from generation.models import Callback, Generation, UnmatchedKey

PAGE = 12
#: More of each is not shown: what agrees comes first, callbacks newest first.
MOST_UNMATCHED = 200
MOST_SHOWN = 10
MOST_CALLBACKS = 3
#: What a person says → whether it was paid.
ANSWERS = {"paid": True, "unpaid": False}
WORDS: dict[str, str | Promise] = {
    "prompt": gettext_lazy("the prompt"),
    "model": gettext_lazy("the model"),
    "width": gettext_lazy("the width"),
    "height": gettext_lazy("the height"),
    "seed": gettext_lazy("the seed"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A key that the gateway has and we have not, beside what was asked for."""

    key: str
    unmatched: UnmatchedKey
    differs: list[str] | None  # None: the gateway does not tell

    @property
    def differs_words(self) -> str:
        return _(", ").join(self.differs or ())


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is known of one lost answer."""

    generation: Generation
    sent: Fingerprint | None
    callbacks: list[tuple[Callback, str]]
    lines: list[Line]
    hidden_lines: int

    @property
    def keeps_history(self) -> bool:
        return has_history(self.generation.account.provider)

    @property
    def balance_move(self) -> int | None:
        before = self.generation.balance_before
        now = self.generation.account.balance
        return None if before is None or now is None else now - before


@require_GET
@never_cache
@admins_only
def uncertain(request: MemberRequest) -> HttpResponse:
    rows = Generation.objects.in_team(request.membership.team).uncertain()
    found = page(_with_evidence(rows), request.GET.get("before", ""), PAGE)
    context = {"shown": list(_evidence(found.rows)), "older": found.older}
    return render(request, "generation/uncertain.html", context)


@require_POST
@admins_only
def close(request: MemberRequest, pk: int) -> HttpResponse:
    rows = Generation.objects.in_team(request.membership.team)
    rows = rows.select_related("team", "requested_by", "account")
    was_lost = Q(status=Generation.Status.UNCERTAIN) | Q(submit_recovery__isnull=False)
    generation = get_object_or_404(rows.filter(was_lost), pk=pk)
    answer = request.POST.get("answer", "")
    if answer not in ANSWERS:
        raise Http404
    was_paid = ANSWERS[answer]
    if lifecycle.close(generation, was_paid=was_paid, closed_by=request.user):
        told = _("Closed: it was paid.") if was_paid else _("Closed: it was not paid.")
        messages.success(request, told)
    else:
        told = _("It had been answered or closed already. Nothing was changed.")
        messages.warning(request, told)
    if not request.htmx:
        return redirect("generation:uncertain")
    row = _with_evidence(Generation.objects.filter(pk=pk)).get()
    context = {"evidence": next(_evidence([row]))}
    return render(request, "generation/_closed.html", context)


# --- Evidence


def _with_evidence(rows: QuerySet[Generation]) -> QuerySet[Generation]:
    latest = Callback.objects.order_by("-pk")[:MOST_CALLBACKS]
    return (
        rows.select_related("requested_by", "account", "submit_recovery__closed_by")
        .annotate(called=Count("callbacks"))
        .prefetch_related(Prefetch("callbacks", latest, to_attr="latest_callbacks"))
    )


def _evidence(rows: list[Generation]) -> Iterator[Evidence]:
    unmatched_keys = _unmatched_keys(rows)
    for row in rows:
        sent = lifecycle.sent_fingerprint(row)
        lines = _lines(row, sent, unmatched_keys) if sent else []
        callbacks = [
            (each, bytes(each.body).decode(errors="replace"))
            for each in row.latest_callbacks  # type: ignore[attr-defined]
        ]
        hidden = max(len(lines) - MOST_SHOWN, 0)
        yield Evidence(row, sent, callbacks, lines[:MOST_SHOWN], hidden)


def _unmatched_keys(rows: list[Generation]) -> list[UnmatchedKey]:
    if not rows:
        return []
    since = min(lifecycle.made_since(row) for row in rows)
    found = UnmatchedKey.objects.unclaimed().filter(
        account__in={row.account for row in rows}
    )
    in_time = Q(made_at__gte=since) | Q(made_at=None, seen_at__gte=since)
    return list(found.filter(in_time).order_by("-pk")[:MOST_UNMATCHED])


def _lines(
    generation: Generation, sent: Fingerprint, unmatched_keys: list[UnmatchedKey]
) -> list[Line]:
    """What agrees most comes first. What others asked for is not told."""
    since = lifecycle.made_since(generation)
    lines = [
        Line(unmatched.key, unmatched, _differences(sent, unmatched))
        for unmatched in unmatched_keys
        if unmatched.account_id == generation.account_id
        and (unmatched.made_at or unmatched.seen_at) >= since
    ]
    untold = len(WORDS) + 1
    return sorted(
        lines,
        key=lambda line: untold if line.differs is None else len(line.differs),
    )


def _differences(sent: Fingerprint, unmatched: UnmatchedKey) -> list[str] | None:
    if unmatched.made_at is None:
        return None
    made = unmatched.fingerprint
    return [
        str(words)
        for name, words in WORDS.items()
        if getattr(sent, name) not in ("", 0, getattr(made, name))
    ]
