"""Matches unmatched keys with lost submits, and adopts them.

A match is certain: as many traces agree with the submit as pictures were requested, and
no other lost submit could have made them. Where one could, or where more traces agree,
only callbacks signed by the gateway decide; else a person does.
"""

import datetime
import logging
from collections.abc import Sequence

from django.db.models import QuerySet

from gateways.clients import has_history, historian
from gateways.models import GatewayAccount
from gateways.providers.base import Fingerprint, Submitted, SubmittedTask
from gateways.providers.faults import Fault
from generation.lifecycle import account_selection
from generation.lifecycle.sending import book_accepted
from generation.lifecycle.submitting import order_of
from generation.models import Callback, Generation, SubmitRecovery, UnmatchedKey
from generation.operations import OPERATIONS
from spend.units import Unit

logger = logging.getLogger(__name__)
Status = Generation.Status

#: The gateway's clock may lag ours by this.
CLOCK_SKEW = datetime.timedelta(minutes=1)


def called_keys(account: GatewayAccount, generations: Sequence[Generation]) -> set[str]:
    """Keys to trace first, named by callbacks at the generations' own addresses.

    Of unsigned callbacks at most one key per picture: a forger does not delay others.
    """
    most = {row.pk: max(row.pictures, 1) for row in generations}
    callbacks = Callback.objects.filter(generation__in=most)
    signed = _named(account, callbacks.filter(is_signed=True))
    unsigned = _named(account, callbacks.filter(is_signed=False))
    first = (key for pk, keys in unsigned.items() for key in keys[: most[pk]])
    return {*first, *(key for keys in signed.values() for key in keys)}


def _named(
    account: GatewayAccount, callbacks: QuerySet[Callback]
) -> dict[int, list[str]]:
    """Generation → keys, each once, the first named first."""
    reader = historian(account.provider)
    found: dict[int, list[str]] = {}
    columns = callbacks.order_by("pk").values_list("generation", "body")
    for generation, body in columns:
        keys = found.setdefault(generation, [])
        if (key := reader.called(bytes(body))) and key not in keys:
            keys.append(key)
    return found


def matching_keys(generation: Generation, *, is_all_traced: bool) -> list[str]:
    """Keys of its tasks, oldest first; empty where uncertain.

    ``is_all_traced``: the history was read, and the gateway asked about all its keys.
    """
    sent = sent_fingerprint(generation)
    if sent is None:
        return []
    rows = UnmatchedKey.objects.unclaimed().filter(
        account=generation.account,
        prompt=sent.prompt,
        made_at__gte=made_since(generation),
    )
    found = [
        row for row in rows.order_by("made_at", "pk") if sent.admits(row.fingerprint)
    ]
    agreeing = [row.key for row in found]
    named = _signed_keys(generation, agreeing) if agreeing else []
    if len(named) == generation.pictures:
        return named
    # A key that only an unsigned callback names may be a rival's, and the others late.
    is_complete = is_all_traced and all(row.is_listed for row in found)
    is_complete = is_complete and len(agreeing) == generation.pictures
    return agreeing if is_complete and not _has_rival(generation, sent) else []


def _signed_keys(generation: Generation, agreeing: Sequence[str]) -> list[str]:
    callbacks = Callback.objects.filter(generation=generation, is_signed=True)
    called = _named(generation.account, callbacks).get(generation.pk, [])
    return [key for key in agreeing if key in called]


def sent_fingerprint(generation: Generation) -> Fingerprint | None:
    """None: the history cannot tell it apart, or the body can no longer be written."""
    provider = generation.account.provider
    operation = OPERATIONS.get(generation.operation)
    if not has_history(provider) or not operation or not operation.leaves_trace:
        return None
    try:
        return historian(provider).fingerprint(order_of(generation))
    except Exception:
        logger.exception("Generation %s cannot be written as an order", generation.pk)
        return None


def made_since(generation: Generation) -> datetime.datetime:
    """The earliest time of its tasks, by the gateway's clock."""
    return (generation.submitting_at or generation.created_at) - CLOCK_SKEW


def _has_rival(generation: Generation, sent: Fingerprint) -> bool:
    """Whether another lost submit may own the keys. A generation closed as paid keeps
    its claim."""
    # With all columns named, each query has its own index; the account's leads through
    # all its rows.
    closed = SubmitRecovery.objects.filter(closed_by__isnull=False).values_list(
        "generation"
    )
    rows = Generation.objects.select_related("account")
    alike = [
        *account_selection.being_sent().select_related("account"),
        *rows.uncertain().filter(team__gt=0),
        *rows.filter(failure_code=Fault.CLOSED_PAID, pk__in=[pk for (pk,) in closed]),
    ]
    return any(
        _is_like(rival, sent)
        for rival in alike
        if rival.account_id == generation.account_id
        and rival.prompt == generation.prompt
        and rival.pk != generation.pk
    )


def _is_like(rival: Generation, sent: Fingerprint) -> bool:
    other = sent_fingerprint(rival)
    return other is None or sent.admits(other) or other.admits(sent)


def adopt(generation: Generation, keys: Sequence[str]) -> bool:
    """Book the keys like the answer to the submit, at an unknown cost."""
    submitted = Submitted(
        tasks=tuple(SubmittedTask(key) for key in keys),
        expected_cost=None,
        unit=Unit(generation.unit),
        raw={"adopted": list(keys)},
    )
    is_adopted = book_accepted(generation, submitted)
    logger.log(
        logging.INFO if is_adopted else logging.WARNING,
        "Generation %s %s %s",
        generation.pk,
        "was found at the gateway as" if is_adopted else "did not adopt",
        ", ".join(keys),
    )
    return is_adopted
