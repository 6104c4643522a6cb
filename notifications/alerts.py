"""Raises and clears alerts: one open per kind and key.

Rows keep facts; ``SENTENCES`` puts them in the reader's language. Delivery outside the
portal: ``notifications.deliveries``.
"""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Team, User
from net.request_values import one_line
from notifications.models import Alert

#: A longer fact is cut in a sentence: names are shorter.
MAX_FACT_CHARACTERS = 200
#: Kind → sentence with its facts' names.
SENTENCES: dict[str, Any] = {
    "review_due": _(
        "%(number)s pictures wait for a moderator and are overdue, or will be within a"
        " quarter of an hour."
    ),
    "account_paused": _("%(account)s is paused: %(reason)s. Nothing is sent there."),
    "gateway_silent": _(
        "%(account)s cannot be reached or refuses the portal: %(reason)s. Work for it"
        " waits."
    ),
    "gateway_fault": _("%(account)s reports a fault of its service %(service)s."),
    "partly_charged": _(
        "%(account)s could not be charged in full for the task %(key)s: its balance"
        " was too low. What is known was booked."
    ),
    "low_balance": _(
        "%(account)s has %(left)s left, and you wanted to be told below %(threshold)s."
    ),
    "drift": _(
        "%(account)s: the gateway's books and ours differ. %(number)s open, drift"
        " %(amount)s."
    ),
    "stuck_money": _(
        "%(amount)s are reserved for %(number)s generations that have not ended for"
        " more than %(hours)s hours."
    ),
    "increase_asked": _("%(person)s asks for more of a limit: %(amount)s."),
    "budget_used": _(
        "%(whose)s: %(percent)s %% of the limit is used, %(used)s of %(limit)s."
    ),
    "budget_forecast": _(
        "%(whose)s: at this pace %(percent)s %% of the limit will be used,"
        " %(forecast)s of %(limit)s."
    ),
    "picture_lost": _(
        "A picture of generation %(generation)s is lost: it could not be fetched while"
        " the gateway had it."
    ),
}


def tell(
    kind: str,
    *,
    key: str,
    facts: Mapping[str, Any],
    team: Team | None = None,
    url: str = "",
) -> bool:
    """False: one with this kind and key is open already.

    ``team`` None: for owners. ``url``: where one acts. Raises ValueError for a kind
    without a sentence.
    """
    if kind not in SENTENCES:
        raise ValueError(f"No sentence for alerts of the kind {kind!r}")
    try:
        with transaction.atomic():
            Alert.objects.create(
                kind=kind, key=key, facts=dict(facts), team=team, url=url
            )
    except IntegrityError:
        return False
    return True


def clear(kind: str, *, key: str) -> bool:
    """False: there was none."""
    open_ones = Alert.objects.filter(kind=kind, key=key, cleared_at=None)
    return bool(open_ones.update(cleared_at=timezone.now()))


def clear_others(kind: str, *, prefix: str, key: str) -> None:
    """Close open alerts with the prefix, except ``key``."""
    rows = Alert.objects.open().filter(kind=kind, key__startswith=prefix)
    for alert in rows.exclude(key=key):
        clear(kind, key=alert.key)


def mark_seen(alert: Alert, *, by: User) -> bool:
    """False: another admin was first, or the alert is over."""
    unseen = Alert.objects.unseen().filter(pk=alert.pk)
    return bool(unseen.update(seen_at=timezone.now(), seen_by=by))


def sentence(alert: Alert) -> str:
    """One line in the active language; the bare kind if its sentence was removed."""
    known = SENTENCES.get(alert.kind)
    if not known:
        return alert.kind
    facts = {name: _shown(fact) for name, fact in alert.facts.items()}
    return str(known) % facts


def _shown(fact: Any) -> Any:
    """Names are typed by people, reasons are told by gateways."""
    if not isinstance(fact, str):
        return fact
    line = one_line(fact)
    is_long = len(line) > MAX_FACT_CHARACTERS
    return f"{line[: MAX_FACT_CHARACTERS - 1]}…" if is_long else line
