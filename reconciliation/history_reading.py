"""Reads what the gateway lists, and what it says that each key cost."""

from collections.abc import Iterable, Sequence

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from gateways.clients import bookkeeper, client_of
from gateways.providers.base import Charge, CostState, Listing, Refused
from gateways.providers.protocols import Bookkeeper
from generation.models import ProviderTask
from reconciliation.models import HistoryLine, Reconciliation
from reconciliation.turns import advance, wait_for_turn

Step = Reconciliation.Step

#: Of one kind no more are read (200,000 keys).
MOST_PAGES = 2000


def _books(run: Reconciliation) -> Bookkeeper:
    found = bookkeeper(run.account)
    assert found is not None
    return found


def list_page(run: Reconciliation) -> None:
    """One page: its keys become lines, or are seen again."""
    books = _books(run)
    kinds, size = books.history_kinds(), books.history_page_size
    kind = kinds[run.kind]
    wait_for_turn(run)
    try:
        page = books.history_page(kind, run.cursor)
    except Refused:
        if run.kind == 0:
            raise
        page = Listing((), 0)  # not every account knows every kind
    with transaction.atomic():
        is_news = _keep(run, kind, page, first=run.cursor * size)
        is_last = not page.keys or (run.cursor + 1) * size >= (page.total or 0)
        if page.total is None:
            is_last = len(page.keys) < size
        # The same page again and again, or too many of them: it has no end for us.
        is_endless = not is_last and (not is_news or run.cursor + 1 >= MOST_PAGES)
        fields = {
            "requests": F("requests") + 1,
            "failures": 0,
            "is_complete": run.is_complete and not is_endless,
        }
        if run.reading == 1:
            fields["listed"] = F("listed") + is_news
        if not (is_last or is_endless):
            advance(run, cursor=run.cursor + 1, **fields)
        elif run.kind + 1 < len(kinds):
            advance(run, kind=run.kind + 1, cursor=0, **fields)
        else:
            after = Step.COSTS if run.reading == 1 else Step.MISSING
            advance(run, kind=0, cursor=0, step=after, **fields)


def _keep(run: Reconciliation, kind: str, page: Listing, *, first: int) -> int:
    """How many keys of the page this reading had not seen before. ``first`` is the
    position of the page's first key in the history."""
    places: dict[str, list[int]] = {}
    for position, key in enumerate(page.keys, first):
        places.setdefault(key, []).append(position)
    rows = HistoryLine.objects.filter(account=run.account_id, key__in=places)
    known = {row.key: row for row in rows}
    fresh = []
    is_news = 0
    for key, positions in places.items():
        line = known.get(key)
        if line is None:
            line = HistoryLine(
                account_id=run.account_id, key=key, kind=kind, first_run=run
            )
            fresh.append(line)
        is_news += _sight(line, run, positions, page.total)
    HistoryLine.objects.bulk_create(fresh)
    HistoryLine.objects.bulk_update(
        known.values(),
        ["last_run", "reading", "position", "total", "second_position"],
    )
    return is_news


def _sight(
    line: HistoryLine,
    run: Reconciliation,
    positions: Sequence[int],
    total: int | None,
) -> bool:
    """Note where the line stands. False: this reading had seen it before."""
    first, *others = positions
    is_first = (line.last_run_id, line.reading) != (run.pk, run.reading)
    if line.last_run_id != run.pk:
        line.second_position = None
    if others:
        line.second_position = others[0]
    elif not is_first and not _was_pushed(line, first, total):
        line.second_position = first
    line.last_run, line.reading = run, run.reading
    if is_first:
        line.position, line.total = first, total
    return is_first


def _was_pushed(line: HistoryLine, position: int, total: int | None) -> bool:
    """Whether new keys above moved it from one page to the next while we read."""
    if total is None or line.total is None:
        return True
    return position - line.position == total - line.total > 0


def ask_costs(run: Reconciliation) -> None:
    """As many keys as one call takes; those older than the window only once ever."""
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
    wait_for_turn(run)
    charges = {row.key: row for row in _books(run).charges([one.key for one in lines])}
    with transaction.atomic():
        moved = slack = 0
        ours = _ours(run, charges)
        for line in lines:
            more = _charge(line, charges.get(line.key) or Charge(line.key))
            moved += more
            if line.key not in ours or _may_be_old(line, run):
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
            charged=F("charged") + moved,
            slack_high=F("slack_high") + slack,
        )


def _charge(line: HistoryLine, charge: Charge) -> int:
    """How much more it costs than was known. Silence takes nothing back."""
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


def _ours(run: Reconciliation, keys: Iterable[str]) -> set[str]:
    """Of others' work nobody knows when the gateway took its cost."""
    tasks = ProviderTask.objects.filter(account=run.account_id, key__in=list(keys))
    return set(tasks.values_list("key", flat=True))


def _may_be_old(line: HistoryLine, run: Reconciliation) -> bool:
    """Listed only now, and charged before the balance that we compare with."""
    base = run.baseline
    return bool(
        base
        and line.first_run_id == run.pk
        and line.charged_at
        and base.balance_at
        and line.charged_at <= base.balance_at
    )
