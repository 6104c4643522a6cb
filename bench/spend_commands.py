"""Commands of the spend benchmark that need Django.

``python -m bench.spend_commands COMMAND …``; JSON on stdout.
"""

import json
import os
import resource
import sys
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wjportal.settings")
django.setup()

from django.db import connection, transaction  # noqa: E402
from django.db.models import F  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import Membership, Team, User  # noqa: E402
from bench.rows import TEAM  # noqa: E402
from spend import budgets, ledger_invariants  # noqa: E402
from spend.models import LedgerAccount, Transfer  # noqa: E402
from spend.units import Unit  # noqa: E402

DAYS, OPERATIONS, MODELS = 90, 6, 4
COST_INTEGRALS = 4
WARM_UP_REQUESTS = 3
#: Reservation and settlement pairs, spread over `DAYS` days and all people.
ROWS = """
INSERT INTO spend_transfer (kind, reference, amount, unit, source_id, destination_id,
    team_id, user_id, generation, provider, operation, model, note, day, created_at)
WITH RECURSIVE number(n) AS (
    SELECT 0 UNION ALL SELECT n + 1 FROM number WHERE n + 1 < %s
)
SELECT CASE WHEN n %% 2 THEN 'settle' ELSE 'reserve' END,
    CASE WHEN n %% 2 THEN 'task:' ELSE 'generation:' END || (n / 2), %s, 'integral',
    CASE WHEN n %% 2 THEN %s ELSE %s END, CASE WHEN n %% 2 THEN %s ELSE %s END,
    %s, %s + (n / 2) %% %s, n / 2, 'wujie', 'operation-' || (n / 2 %% 7 %% %s),
    'model-' || (n / 2 %% 11 %% %s), '',
    date('now', '-' || (%s - 1 - n * %s / %s) || ' days'),
    strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now',
        '-' || (%s - n * 1.0 * %s / %s) || ' days')
FROM number
"""


def make(count: str) -> list[str]:
    """``count`` transfers. Returns violated ledger invariants."""
    number, team = int(count), Team.objects.get(name=TEAM)
    purses = LedgerAccount.objects.filter(team=team, unit=Unit.INTEGRAL)
    own = {purse.kind: purse.pk for purse in purses}
    kind = LedgerAccount.Kind
    people = User.objects.filter(memberships__team=team).order_by("pk")
    sides = [own[kind.RESERVED], own[kind.AVAILABLE]]
    sides += [own[kind.SPENT], own[kind.RESERVED]]
    who = [team.pk, people[0].pk, people.count()]
    days = [DAYS, DAYS, number, DAYS, DAYS, number]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            ROWS, [number, COST_INTEGRALS, *sides, *who, OPERATIONS, MODELS, *days]
        )
        total = COST_INTEGRALS * (number // 2)
        purses.filter(kind=kind.AVAILABLE).update(balance=F("balance") - total)
        purses.filter(kind=kind.SPENT).update(balance=F("balance") + total)
        for budget in team.budgets.all():
            budgets.begin(budget, timezone.localdate())
    return list(ledger_invariants.broken())


def pages(count: str) -> list[float]:
    """Seconds of each request of the spend page, over 90 days."""
    client, found = _admin(), []
    for number in range(WARM_UP_REQUESTS + int(count)):
        began = time.perf_counter()
        answer = client.get("/spend/", {"period": "90"})
        if number >= WARM_UP_REQUESTS:
            found.append(time.perf_counter() - began)
        if answer.status_code != 200 or b"operation-1" not in answer.content:
            raise RuntimeError("This is not the spend page")
    return found


def export() -> dict[str, float]:
    """Rows of the CSV export, growth of peak memory (MB), seconds."""
    client = _admin()
    client.get("/spend/transfers.csv?day=2000-01-01").getvalue()
    before, began = _peak_mb(), time.perf_counter()
    lines = sum(
        part.count(b"\n")
        for part in client.get("/spend/transfers.csv").streaming_content
    )
    allocations = Transfer.objects.filter(kind=Transfer.Kind.ALLOCATE).count()
    return {
        "rows": lines - 1 - allocations,
        "peak_mb": _peak_mb() - before,
        "seconds": time.perf_counter() - began,
    }


def _admin() -> Client:
    user = User.objects.filter(memberships__team__name=TEAM).order_by("pk")[0]
    Membership.objects.filter(user=user).update(role=Membership.Role.ADMIN)
    client = Client(headers={"host": "localhost"})
    client.force_login(user)
    return client


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


COMMANDS = (make, pages, export)

if __name__ == "__main__":
    command = {command.__name__: command for command in COMMANDS}[sys.argv[1]]
    sys.stdout.write(json.dumps(command(*sys.argv[2:])) + "\n")
