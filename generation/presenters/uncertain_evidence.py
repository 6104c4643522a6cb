"""Evidence on generations whose submit answer was lost, for an admin."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count, Prefetch, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gateways.clients import has_history
from gateways.providers.base import Fingerprint
from generation import lifecycle
from generation.models import Callback, Generation, UnmatchedKey

#: Unmatched keys compared; the latest.
MOST_UNMATCHED = 200
#: Unmatched keys on a page; the best matches.
MOST_SHOWN = 10
#: Callbacks on a page; signed ones first, then the latest.
MOST_CALLBACKS = 3
COMPARED: dict[str, str | Promise] = {
    "prompt": gettext_lazy("the prompt"),
    "model": gettext_lazy("the model"),
    "width": gettext_lazy("the width"),
    "height": gettext_lazy("the height"),
    "seed": gettext_lazy("the seed"),
}


@dataclass(frozen=True, slots=True)
class CandidateKey:
    """A gateway's key without a provider task.

    ``differences``: names of what differs from the request; None where untold.
    """

    key: UnmatchedKey
    differences: list[str] | None

    @property
    def differences_words(self) -> str:
        return _(", ").join(self.differences or ())


@dataclass(frozen=True, slots=True)
class Evidence:
    """``sent``: None where the operation leaves no trace."""

    generation: Generation
    sent: Fingerprint | None
    callbacks: list[tuple[Callback, str]]
    candidates: list[CandidateKey]
    hidden_candidates: int

    @property
    def keeps_history(self) -> bool:
        return has_history(self.generation.account.provider)

    @property
    def balance_change(self) -> int | None:
        """Of the gateway account since the submit, other work included."""
        before = self.generation.balance_before
        now = self.generation.account.balance
        return None if before is None or now is None else now - before


def with_evidence(rows: QuerySet[Generation]) -> QuerySet[Generation]:
    latest = Callback.objects.order_by("-is_signed", "-pk")[:MOST_CALLBACKS]
    return (
        rows.select_related("requested_by", "account", "submit_recovery__closed_by")
        .annotate(called=Count("callbacks"))
        .prefetch_related(Prefetch("callbacks", latest, to_attr="latest_callbacks"))
    )


def evidence(rows: list[Generation]) -> Iterator[Evidence]:
    """Reads rows of `with_evidence`; unmatched keys in one query."""
    keys = _unmatched_keys(rows)
    for row in rows:
        sent = lifecycle.sent_fingerprint(row)
        candidates = _candidates(row, sent, keys) if sent else []
        callbacks = [
            (each, bytes(each.body).decode(errors="replace"))
            for each in row.latest_callbacks  # type: ignore[attr-defined] # to_attr
        ]
        hidden = max(len(candidates) - MOST_SHOWN, 0)
        yield Evidence(row, sent, callbacks, candidates[:MOST_SHOWN], hidden)


def _unmatched_keys(rows: list[Generation]) -> list[UnmatchedKey]:
    if not rows:
        return []
    since = min(lifecycle.made_since(row) for row in rows)
    found = UnmatchedKey.objects.unclaimed().filter(
        account__in={row.account for row in rows}
    )
    in_time = Q(made_at__gte=since) | Q(made_at=None, seen_at__gte=since)
    return list(found.filter(in_time).order_by("-pk")[:MOST_UNMATCHED])


def _candidates(
    generation: Generation, sent: Fingerprint, keys: list[UnmatchedKey]
) -> list[CandidateKey]:
    """Keys made since the submit; fewest differences first, untold ones last.

    No values: they may be of another user's request.
    """
    since = lifecycle.made_since(generation)
    candidates = [
        CandidateKey(key, _differences(sent, key))
        for key in keys
        if key.account_id == generation.account_id
        and (key.made_at or key.seen_at) >= since
    ]
    untold = len(COMPARED) + 1
    return sorted(
        candidates,
        key=lambda each: untold if each.differences is None else len(each.differences),
    )


def _differences(sent: Fingerprint, key: UnmatchedKey) -> list[str] | None:
    if key.made_at is None:
        return None
    made = key.fingerprint
    return [
        str(words)
        for name, words in COMPARED.items()
        if getattr(sent, name) not in ("", 0, getattr(made, name))
    ]
