"""Reads a gateway's history and the listed keys' costs into lines."""

from collections.abc import Iterable, Sequence

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from gateways.clients import bookkeeper, client_of
from gateways.providers.base import Charge, CostState, Listing
from gateways.providers.errors import Refused
from gateways.providers.protocols import Bookkeeper
from generation.models import ProviderTask
from reconciliation.models import HistoryLine, Reconciliation
from reconciliation.run_turns import advance, wait_for_rate_limit

Step = Reconciliation.Step

MAX_PAGES_PER_KIND = 2000


def _bookkeeper(run: Reconciliation) -> Bookkeeper:
    found = bookkeeper(run.account)
    assert found is not None
    return found


def read_page(run: Reconciliation) -> None:
    """One page: new lines, or new positions of known ones.

    A page without new keys, or too many pages: the run is incomplete.
    """
    books = _bookkeeper(run)
    kinds, size = books.history_kinds(), books.history_page_size
    kind = kinds[run.kind]
    wait_for_rate_limit(run)
    try:
        page = books.history_page(kind, run.cursor)
    except Refused:
        if run.kind == 0:
            raise
        page = Listing((), 0)  # accounts may lack a kind
    with transaction.atomic():
        new_keys = _record_page(run, kind, page, first=run.cursor * size)
        is_last = not page.keys or (run.cursor + 1) * size >= (page.total or 0)
        if page.total is None:
            is_last = len(page.keys) < size
        is_endless = not is_last and (
            not new_keys or run.cursor + 1 >= MAX_PAGES_PER_KIND
        )
        fields = {
            "requests": F("requests") + 1,
            "failures": 0,
            "is_complete": run.is_complete and not is_endless,
        }
        if run.reading == 1:
            fields["listed"] = F("listed") + new_keys
        if not (is_last or is_endless):
            advance(run, cursor=run.cursor + 1, **fields)
        elif run.kind + 1 < len(kinds):
            advance(run, kind=run.kind + 1, cursor=0, **fields)
        else:
            after = Step.COSTS if run.reading == 1 else Step.MISSING
            advance(run, kind=0, cursor=0, step=after, **fields)


def _record_page(run: Reconciliation, kind: str, page: Listing, *, first: int) -> int:
    """Returns the number of keys new to this reading.

    ``first``: history position of the first key.
    """
    places: dict[str, list[int]] = {}
    for position, key in enumerate(page.keys, first):
        places.setdefault(key, []).append(position)
    rows = HistoryLine.objects.filter(account=run.account_id, key__in=places)
    known = {row.key: row for row in rows}
    new_lines = []
    new_keys = 0
    for key, positions in places.items():
        line = known.get(key)
        if line is None:
            line = HistoryLine(
                account_id=run.account_id, key=key, kind=kind, first_run=run
            )
            new_lines.append(line)
        new_keys += _record_position(line, run, positions, page.total)
    HistoryLine.objects.bulk_create(new_lines)
    HistoryLine.objects.bulk_update(
        known.values(),
        ["last_run", "reading", "position", "total", "second_position"],
    )
    return new_keys


def _record_position(
    line: HistoryLine,
    run: Reconciliation,
    positions: Sequence[int],
    total: int | None,
) -> bool:
    """False: this reading listed it before.

    Sets a second position if the list did not move in between.
    """
    first, *others = positions
    is_first = (line.last_run_id, line.reading) != (run.pk, run.reading)
    if line.last_run_id != run.pk:
        line.second_position = None
    if others:
        line.second_position = others[0]
    elif not is_first and not _is_moved_by_new_keys(line, first, total):
        line.second_position = first
    line.last_run, line.reading = run, run.reading
    if is_first:
        line.position, line.total = first, total
    return is_first


def _is_moved_by_new_keys(line: HistoryLine, position: int, total: int | None) -> bool:
    """Moved down by as much as the list grew."""
    if total is None or line.total is None:
        return True
    return position - line.position == total - line.total > 0


def read_costs(run: Reconciliation) -> None:
    """One batch of keys; a line older than the window is asked once."""
    size = client_of(run.account).poll_batch
    in_window = Q(charged_at=None) | Q(charged_at__gte=run.window_start)
    lines = list(
        HistoryLine.objects.filter(in_window, last_run=run)
        .exclude(asked_run=run)
        .order_by("pk")[:size]
    )
    if not lines:
        advance(run, step=Step.COMPARE, cursor=0)
        return
    wait_for_rate_limit(run)
    charges = {
        row.key: row for row in _bookkeeper(run).charges([one.key for one in lines])
    }
    with transaction.atomic():
        increase = slack = 0
        ours = _own_keys(run, charges)
        for line in lines:
            more = _record_charge(line, charges.get(line.key) or Charge(line.key))
            increase += more
            if line.key not in ours or _is_charged_before_baseline(line, run):
                slack += max(more, 0)
            line.asked_run = run
        HistoryLine.objects.bulk_update(
            lines, ["cost", "cost_state", "charged_at", "asked_run"]
        )
        advance(
            run,
            requests=F("requests") + 1,
            failures=0,
            asked=F("asked") + len(lines),
            charged=F("charged") + increase,
            slack_high=F("slack_high") + slack,
        )


def _record_charge(line: HistoryLine, charge: Charge) -> int:
    """Returns the cost's increase. An unknown state keeps the cost."""
    if charge.state == CostState.UNKNOWN and charge.cost is None:
        line.cost_state = line.cost_state or charge.state.value
        return 0
    before = line.cost or 0
    line.cost_state = charge.state.value
    line.charged_at = charge.at or line.charged_at or timezone.now()
    if charge.cost is None:
        return 0
    line.cost = charge.cost
    return charge.cost - before


def _own_keys(run: Reconciliation, keys: Iterable[str]) -> set[str]:
    tasks = ProviderTask.objects.filter(account=run.account_id, key__in=list(keys))
    return set(tasks.values_list("key", flat=True))


def _is_charged_before_baseline(line: HistoryLine, run: Reconciliation) -> bool:
    """Only for a line first listed in this run."""
    base = run.baseline
    return bool(
        base
        and line.first_run_id == run.pk
        and line.charged_at
        and base.balance_at
        and line.charged_at <= base.balance_at
    )
