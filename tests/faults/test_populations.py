"""Populations of generations under random mixtures of faults, with real processes.

While one is under way the gateway misbehaves, and processes, database and disk are
disturbed at random moments. Then everything works again; what was accepted comes to
rest, and must be what the sandbox says that it was paid for.

``WJPORTAL_FAULTS_SEED`` deals the same hands again.
"""

import json
import random
import re
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from django import db
from django.db import connection, transaction

from accounts.models import Membership, Team, User
from gateways import pausing
from gateways.models import AccountHealth, GatewayAccount
from gateways.providers.base import Quote
from generation import lifecycle
from generation.models import Generation, Series
from generation.operations import OPERATIONS
from spend import ledger
from spend.units import Unit
from tests.faults import auditing, disturbances, menu, series, truth
from tests.faults.disturbances import DISTURBANCES
from tests.faults.forging import forge
from tests.faults.portal import Portal
from tests.faults.spoiling import SPOILS
from tests.faults.summary import PROPERTY
from tests.faults.truth import Truth

pytestmark = [
    pytest.mark.timeout(900),
    pytest.mark.process,
    pytest.mark.both_databases,
]
#: With fewer, a hand would be too full for one population.
FEWEST_HANDS = 3
GENERATIONS = 45
BALANCED = r"The books balance: \d+ generations, (\d+ [a-z ]+, )+\d+ transfers\.\n"
#: Seconds: how long a population is asked for, and how long things go wrong.
ASKED_FOR = 7.0
DISTURBED = 11.0
#: Until all is at rest; and so long nothing more may be put right before it is over.
REST = 300.0
PATIENCE = 60.0
#: A prompt of the sandbox's own words now and then: (words, share).
WORDS = (
    ("sandbox:fail", 0.05),
    ("sandbox:fail12", 0.03),
    ("sandbox:short", 0.05),
    ("sandbox:refuse", 0.04),
    ("sandbox:no_audit", 0.04),
    ("sandbox:review", 0.04),
)


@pytest.fixture
def people(portal: Portal) -> list[User]:
    team = Team.objects.create(name="Faults")
    users = [User.objects.create(username=f"person-{number}") for number in range(4)]
    Membership.objects.bulk_create(
        Membership(user=user, team=team, role=Membership.Role.MEMBER) for user in users
    )
    with transaction.atomic():
        for unit in (Unit.INTEGRAL, Unit.IMAGE):
            ledger.allocate(team, unit, 10**6, by=None, reference=f"faults:{unit}")
    return users


def checked(prompt: str, provider: str, pictures: int) -> dict[str, Any]:
    cleaned: dict[str, Any] = {"prompt": prompt, "pictures": pictures, "style": ""}
    if provider == "wujie":
        return cleaned | {"model": "1", "size": "512x512"}
    return cleaned | {"resolution": "1024*1024", "style": "古风"}


def ask(person: User, prompt: str, provider: str, pictures: int) -> Generation:
    cleaned = checked(prompt, provider, pictures)
    operation = OPERATIONS[f"{provider}-drawing"]
    unit = operation.unit
    each = 2 if unit == Unit.INTEGRAL else 1
    return lifecycle.submit(
        operation=operation,
        cleaned=cleaned,
        quote=Quote(each * pictures, unit),
        requested_by=person,
        team=person.memberships.get().team,
        submit_key=uuid.uuid4(),
    )


def wishes(dice: random.Random, number: int) -> Iterator[tuple[str, str, int]]:
    """Prompt, provider and pictures. At Wujie some say the very same words: the seeds
    that the portal chooses tell them apart."""
    for turn in range(GENERATIONS):
        provider = "wujie" if dice.random() < 0.7 else "jumdata"
        prompt = f"Population {number}, wish {turn}"
        if provider == "wujie":
            if dice.random() < 0.2:
                prompt = f"Population {number}, what everybody wishes"
            prompt += "".join(f" {w}" for w, share in WORDS if dice.random() < share)
        yield prompt, provider, dice.choice([1, 1, 2, 3])


def resume(person: User) -> None:
    """An admin sees that an account was paused, and says that it is in order."""
    paused = GatewayAccount.objects.filter(health__sending=AccountHealth.Sending.PAUSED)
    for account in paused.filter(health__resume_after=None):
        pausing.resume(account, by=person)


def patiently(work: Callable[[], Any]) -> Any:
    """Again while the database is away: somebody's form would be sent again, too."""
    deadline = time.monotonic() + 30
    while True:
        try:
            return work()
        except db.Error:
            connection.close()
            assert time.monotonic() < deadline, "the database stays away"
            time.sleep(0.3)


def ask_for_all(people: list[User], number: int, dice: random.Random) -> None:
    wished = list(wishes(dice, number))
    begun = [ask_for_series(people, kind, wished, dice) for kind in series.SIZES]
    for prompt, provider, pictures in wished:
        person = dice.choice(people)
        patiently(partial(ask, person, prompt, provider, pictures))
        patiently(partial(resume, person))
        time.sleep(dice.uniform(0, 2 * ASKED_FOR / len(wished)))
        if begun and dice.random() < 0.2:
            series.steer(patiently, begun.pop(), dice)


def ask_for_series(
    people: list[User],
    kind: str,
    wished: list[tuple[str, str, int]],
    dice: random.Random,
) -> Series:
    """Of some of the wishes, which are taken from the list; at one gateway."""
    provider = dice.choice(["wujie", "jumdata"])
    own = [each for each in wished if each[1] == provider][: series.SIZES[kind]]
    for each in own:
        wished.remove(each)
    price = 2 if provider == "wujie" else 1
    cells = [
        (prompt, checked(prompt, provider, pictures), pictures, price * pictures)
        for prompt, _provider, pictures in own
    ]
    return series.ask(patiently, dice.choice(people), provider, kind, cells)


def disturb(portal: Portal, names: list[str], dice: random.Random) -> "Counter[str]":
    """One after the other, each begun at a random moment; gives those that came about
    (there may have been no leader just then, say)."""
    done: Counter[str] = Counter()
    try:
        for name in names:
            time.sleep(dice.uniform(0, 2 * DISTURBED / len(names) / 3))
            done[name] += patiently(partial(DISTURBANCES[name], portal, dice))
    finally:
        connection.close()  # this thread's
    return +done


#: What only a reconciliation finds, and puts right.
AUDITED = ("3 sums are right", "3 books agree")


def at_rest(portal: Portal, by: User, *, but: tuple[str, ...] = ()) -> list[str]:
    """What is broken still, once nothing more is put right. An account may pause after
    the last of them was asked for: the admin ``by`` still looks."""
    began = better = time.monotonic()
    fewest, found = 10**9, ["never looked"]
    while found and time.monotonic() - began < REST:
        if time.monotonic() - better > PATIENCE:
            break
        patiently(partial(resume, by))
        found = patiently(lambda: truth.broken(Truth.read(portal), but=but))
        if len(found) < fewest:
            fewest, better = len(found), time.monotonic()
        time.sleep(0.5)
    return found


def test_populations_come_to_rest_and_their_books_balance(
    seed: int,
    portal: Portal,
    people: list[User],
    populations: int,
    record_property: Callable[[str, object], None],
) -> None:
    dealt = max(populations, FEWEST_HANDS)
    hands = menu.hands(random.Random(seed), dealt)
    kills = disturbances.hands(random.Random(seed), dealt)
    for number in range(populations):
        hint = f"WJPORTAL_FAULTS_SEED={seed}, population {number}: {kills[number]}"
        population = Population(portal, people, number, seed)
        population.suffer(hands[number], kills[number])
        broken = population.come_to_rest()
        books = portal.manage("check_books", "--files")
        record_property(PROPERTY, population.account(broken, books.returncode))
        assert population.own.count() == GENERATIONS, hint
        assert not broken, "\n".join([*broken, hint, str(hands[number]), tail(portal)])
        assert (books.returncode, books.stderr) == (0, ""), books.stdout + hint
        assert re.fullmatch(BALANCED, books.stdout), books.stdout
    for name, spoil in SPOILS:
        sound = Truth.read(portal)
        spoil(sound)
        said = truth.broken(sound)
        assert any(line.startswith(name) for line in said), (name, spoil, said)
    assert {name for name, _ in SPOILS} == set(truth.INVARIANTS)


class Population:
    def __init__(
        self, portal: Portal, people: list[User], number: int, seed: int
    ) -> None:
        self._portal, self._people = portal, people
        self._number, self._seed = number, seed
        self._struck = Counter(portal.sandbox.faults)
        self._answered = Counter(portal.sandbox.forged)
        self._kills: Counter[str] = Counter()
        self._differences: Counter[str] = Counter()
        self._named = 0
        self.own = Generation.objects.filter(prompt__startswith=f"Population {number},")

    def suffer(self, hand: dict[str, list[menu.Rule]], kills: list[str]) -> None:
        """Ask for all of them while everything goes wrong; it works again then."""
        dice, sandbox = (
            random.Random(f"{self._seed}:{self._number}"),
            self._portal.sandbox,
        )
        asking, disturbing = (random.Random(dice.random()) for _ in range(2))
        sandbox.switch(**QUICK)
        sandbox.switch(**menu.switches(dice), faults=hand)
        auditing.begin()
        over = threading.Event()
        with ThreadPoolExecutor(2) as pool:
            forger = pool.submit(forge, self._portal, over)
            hooligan = pool.submit(disturb, self._portal, kills, disturbing)
            try:
                ask_for_all(self._people, self._number, asking)
                self._kills = hooligan.result(90)
            finally:
                over.set()
            self._named = forger.result(90)
        sandbox.state("no")
        sandbox.switch(**menu.LIFTED)

    def come_to_rest(self) -> list[str]:
        """What is broken still, when the day's reconciliation and an admin have done
        what is theirs, and another reconciliation was made."""
        if broken := at_rest(self._portal, self._people[0], but=AUDITED):
            return broken
        dice = random.Random(f"{self._seed}:{self._number}: audit")
        found = partial(auditing.audit, self._portal, self._people[0], dice)
        self._differences = patiently(found)
        if broken := at_rest(self._portal, self._people[0], but=AUDITED[1:]):
            return broken
        auditing.reconcile()
        return at_rest(self._portal, self._people[0])

    def account(self, broken: list[str], books: int) -> str:
        """For the summary."""
        sandbox = self._portal.sandbox
        sandbox.state("no")
        ends = self.own.values_list("status", flat=True)
        wrong = {line.partition(":")[0] for line in broken}
        return json.dumps(
            {
                "seed": self._seed,
                "database": connection.vendor,
                "generations": self.own.count(),
                "ends": Counter(ends),
                "faults": sandbox.faults - self._struck,
                "forged": sandbox.forged - self._answered,
                "kills": self._kills,
                "named": self._named,
                "differences": self._differences,
                "checked": len(truth.INVARIANTS) + 1,
                "broken": len(wrong) + bool(books),
            }
        )


#: Its pictures are small, and told apart; it never runs out of integrals.
QUICK = {"picture_max_side": 64, "picture_scenes": 16, "balance": 10**9}


def tail(portal: Portal) -> str:
    return portal.log.read_text(errors="replace")[-3000:]
