"""Several accounts at one gateway: each has its share, and none holds up another."""

import datetime
import threading
from collections import Counter

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from gateways import catalogue, pausing
from gateways.clients import client, client_of, is_configured, name_of
from gateways.models import AccountChange, AccountHealth, GatewayAccount
from gateways.providers.base import Submitted, SubmittedTask
from gateways.providers.errors import Unavailable, Unknown
from gateways.providers.faults import Fault
from generation import lifecycle
from generation.lifecycle import account_selection, draining
from generation.lifecycle.account_selection import Candidate
from generation.models import Artwork, Generation, ProviderTask
from notifications.models import Alert
from reconciliation import invariants
from spend.units import Unit
from tests import factories
from tests.engine import at_once
from wjportal.engine import lanes

pytestmark = pytest.mark.both_databases

Status = Generation.Status
Sending = AccountHealth.Sending
MINUTE = datetime.timedelta(minutes=1)
#: Shares follow a hash of keys, which another order of tests changes: with fewer, one
#: account has all of them once in a hundred runs.
MANY = 24


def claims(name, limit=4):
    return [claim.generation for claim in lifecycle.claim_queued(name, limit)]


def sent(name="wujie"):
    """One more from the queue, by the real call."""
    (claim,) = lifecycle.claim_queued(name, 1)
    lifecycle.book_sent(claim, lifecycle.send(claim))
    claim.generation.refresh_from_db()
    return claim.generation


# --- Two accounts


def test_each_has_its_client_and_its_lanes(two):
    assert [name_of(row) for row in two] == ["wujie", "wujie-2"]
    assert client_of(two[1]) is client("wujie-2") is not client("wujie")
    accounts = {lane.name: lane.account for lane in lanes.lanes()}
    assert {"send wujie-2", "poll wujie-2", "recover wujie-2"} <= set(accounts)
    assert accounts["poll wujie-2"] == "wujie-2"


def test_who_is_not_configured_has_none(two, settings):
    del settings.GATEWAYS["wujie-2"]
    with pytest.raises(LookupError):
        client_of(two[1])
    assert not is_configured(two[1])


def test_both_are_used_and_each_pays_its_own(two, wanted, pump_until, sandbox):
    made = [wanted(str(number)) for number in range(16)]
    pump_until(lambda: not Generation.objects.exclude(status=Status.DONE).exists())
    told = sandbox.state()["accounts"]
    jobs = Counter(
        Generation.objects.filter(pk__in=[row.pk for row in made]).values_list(
            "account__app_id", flat=True
        )
    )
    for account in two:
        assert told[account.app_id]["jobs"] == jobs[account.app_id] > 0
    assert told[two[1].app_id]["balance"] == 500 - 2 * jobs[two[1].app_id]
    assert told[two[0].app_id]["balance"] == 100_000 - 2 * jobs[two[0].app_id]
    same = ProviderTask.objects.filter(account=F("generation__account"))
    assert same.count() == 16
    assert list(invariants.broken()) == []


def test_balances_and_lists_come_from_any_of_them(two, settings, sandbox):
    catalogue.refresh()
    for row in two:
        row.refresh_from_db()
    assert [row.balance for row in two] == [100_000, 500]
    assert sandbox.state()["requests"]["wujie.model_base_infos"] == 1
    read = catalogue.read("wujie")
    settings.GATEWAYS = {"wujie": settings.GATEWAYS["wujie-2"]}
    catalogue.refresh()
    assert catalogue.read("wujie").models == read.models


def test_what_was_asked_for_at_a_sandbox_goes_to_no_other_account(
    two, wanted, settings
):
    wanted()
    real = {**settings.GATEWAYS["wujie"], "app_id": "real"}
    settings.GATEWAYS = {"wujie": real, "wujie-2": {**real, "app_id": "real-too"}}
    assert claims("wujie") == claims("wujie-2") == []


# --- Whose it is


def choice(pk, weight=1, **fields):
    return Candidate(GatewayAccount(pk=pk, weight=weight), True, **fields)


def shares(*choices, count=4000):
    found = Counter(
        account_selection.select(pk, 1, choices).account.pk
        for pk in range(1, count + 1)
    )
    return [found[one.account.pk] / count for one in choices]


def test_shares_follow_the_weights():
    assert shares(choice(1), choice(2)) == pytest.approx([0.5, 0.5], abs=0.03)
    weighted = shares(choice(1, 6), choice(2, 3), choice(3, 1))
    assert weighted == pytest.approx([0.6, 0.3, 0.1], abs=0.03)


def test_who_drops_out_moves_nobody_elses():
    a, b, c = choice(1), choice(2), choice(3)
    before = [account_selection.select(pk, 1, [a, b, c]) for pk in range(500)]
    b.is_free = False
    after = [account_selection.select(pk, 1, [a, b, c]) for pk in range(500)]
    assert all(x is y for x, y in zip(before, after, strict=True) if x is not b)
    assert b not in after
    assert {x.account.pk for x, y in zip(after, before, strict=True) if y is b} == {
        1,
        3,
    }
    b.is_free = True
    assert [account_selection.select(pk, 1, [a, b, c]) for pk in range(500)] == before


def test_the_account_is_set_with_the_claim(two, wanted):
    made = [wanted(str(number)) for number in range(MANY)]
    assert {row.account_id for row in made} == {two[0].pk}
    first, second = claims("wujie", MANY), claims("wujie-2", MANY)
    assert {row.pk for row in first + second} == {row.pk for row in made}
    assert first
    assert second
    for rows, account in ((first, two[0]), (second, two[1])):
        for row in rows:
            row.refresh_from_db()
            assert (row.status, row.account_id) == (Status.SUBMITTING, account.pk)


def test_weight_nought_gets_nothing(two, wanted):
    factories.change_account(two[1], weight=0)
    for number in range(8):
        wanted(str(number))
    assert claims("wujie-2", 8) == []
    assert len(claims("wujie", 8)) == 8


@pytest.mark.parametrize(
    "away",
    [
        {"sending": Sending.PAUSED},
        {"sending": Sending.DRAINING},
        {"tripped_at": timezone.now(), "quiet_until": timezone.now() + 60 * MINUTE},
        {"quiet_until": timezone.now() + 60 * MINUTE},
    ],
)
def test_the_share_of_who_is_away_flows_and_comes_back(two, wanted, away):
    for number in range(MANY):
        wanted(str(number))
    factories.change_account(two[0], **away)
    assert claims("wujie", MANY) == []
    assert len(claims("wujie-2", 2)) == 2
    factories.change_account(
        two[0], sending=Sending.ACTIVE, tripped_at=None, quiet_until=None
    )
    mine = claims("wujie", MANY)
    assert 0 < len(mine) < MANY - 2


def test_one_that_hangs_holds_up_no_other(two, wanted):
    """Its calls are out for seconds: until its breaker opens, others take over."""
    for number in range(MANY):
        wanted(str(number))
    hung = claims("wujie", 3)
    assert len(hung) == 3
    theirs = len(claims("wujie-2", MANY))
    left = MANY - 3 - theirs
    assert left > 0
    Generation.objects.filter(status=Status.SUBMITTING, account=two[0]).update(
        submitting_at=timezone.now() - account_selection.HANGS_AFTER
    )
    assert len(claims("wujie-2", MANY)) == left


def test_a_hanging_account_holds_up_no_other_in_the_pump(
    two, wanted, pump_until, monkeypatch
):
    """The real lanes: all threads of one account wait for answers that do not come."""
    monkeypatch.setattr(
        account_selection, "HANGS_AFTER", datetime.timedelta(seconds=0.2)
    )

    ended = threading.Event()

    class Hangs:
        poll_batch, name = 25, "wujie"

        def submit(self, order, *, notify_url=""):
            ended.wait(60)
            raise Unavailable("late")

    really = client_of

    def of(account):
        return Hangs() if account.pk == two[0].pk else really(account)

    monkeypatch.setattr("generation.lifecycle.sending.client_of", of)
    made = [wanted(str(number)) for number in range(14)]
    done = Generation.objects.filter(status=Status.DONE, account=two[1])
    try:
        pump_until(lambda: done.count() >= len(made) - lanes.THREADS)
    finally:
        ended.set()


def test_claiming_takes_few_queries_however_long_the_queue(two, wanted):
    def queries(name):
        with CaptureQueriesContext(connection) as statements:
            assert claims(name, 4)
        return len(statements)

    for number in range(30):
        wanted(str(number))
    few = queries("wujie-2")
    template = Generation.objects.filter(status=Status.QUEUED).first()
    Generation.objects.bulk_create(
        Generation(
            **{
                field.attname: getattr(template, field.attname)
                for field in Generation._meta.fields
                if field.attname not in ("id", "submit_key", "callback_token")
            },
            submit_key=f"{number:032x}",
        )
        for number in range(5000)
    )
    assert queries("wujie-2") == few <= 20
    assert queries("wujie") <= 20


# --- What is open there at a time


def test_no_more_are_open_than_fit(wanted):
    account = factories.account("wujie")
    factories.change_account(account, most_open=3)
    made = [wanted(str(number)) for number in range(5)]
    assert claims("wujie") == made[:3]
    assert claims("wujie") == []
    made[0].refresh_from_db()
    made[0].advance(Status.REFUSED)
    assert claims("wujie") == [made[3]]
    assert account_selection.open_pictures(account) == 3


def test_tasks_that_are_open_there_count(wanted):
    account = factories.account("wujie")
    factories.change_account(account, most_open=4)
    running = wanted(pictures=3, status=Status.RUNNING)
    for position in range(3):
        factories.task(running, position=position, poll_after=timezone.now())
    assert account_selection.open_pictures(account) == 3
    waits = wanted(pictures=2)
    assert claims("wujie") == []
    running.tasks.filter(position=0).update(status="succeeded")
    assert account_selection.open_pictures(account) == 2
    assert claims("wujie") == [waits]


def test_what_was_lost_there_may_be_drawn_there(wanted):
    account = factories.account("jumdata")
    factories.change_account(account, most_open=1)
    lost, waits = wanted(provider="jumdata"), wanted(provider="jumdata")
    assert claims("jumdata") == [lost]
    lost.refresh_from_db()
    claim = lifecycle.sending.Submission(lost, lifecycle.order_of(lost), "")
    lifecycle.book_sent(claim, Unknown("lost", code=Fault.LOST))
    assert account_selection.open_pictures(account) == 1
    assert claims("jumdata") == []
    before = timezone.now() - account_selection.MAY_DRAW
    Generation.objects.filter(pk=lost.pk).update(submitting_at=before)
    assert claims("jumdata") == [waits]


def test_a_task_of_several_pictures_counts_as_many(wanted):
    running = wanted(pictures=4, provider="jumdata", status=Status.RUNNING)
    factories.task(running, poll_after=timezone.now())
    assert account_selection.open_pictures(factories.account("jumdata")) == 4


def test_one_that_never_fits_goes_alone(wanted):
    factories.change_account(factories.account("wujie"), most_open=2)
    small, large, after = wanted(), wanted(pictures=5), wanted()
    assert claims("wujie") == [small]
    assert claims("wujie") == []  # the small one after it waits, too
    small.refresh_from_db()
    small.advance(Status.REFUSED)
    assert claims("wujie") == [large]
    assert claims("wujie") == []
    large.refresh_from_db()
    large.advance(Status.REFUSED)
    assert claims("wujie") == [after]


def test_what_does_not_fit_one_goes_to_another(two, wanted):
    factories.change_account(two[0], most_open=1)
    made = [wanted(str(number)) for number in range(10)]
    assert len(claims("wujie", 10)) <= 1
    assert len(claims("wujie-2", 10)) >= 9
    assert len(made) == 10


@pytest.mark.django_db(transaction=True)
def test_leaders_that_race_keep_the_limit(wanted):
    account = factories.account("wujie")
    factories.change_account(account, most_open=5)
    for number in range(30):
        wanted(str(number))
    at_once(lambda number: claims("wujie", 4), threads=8)
    assert account_selection.open_pictures(account) == 5
    assert Generation.objects.filter(status=Status.SUBMITTING).count() == 5


@pytest.mark.django_db(transaction=True)
def test_accounts_that_race_claim_each_row_once(two, wanted):
    made = [wanted(str(number)) for number in range(24)]
    got = at_once(
        lambda number: [
            row.pk for row in claims("wujie" if number % 2 else "wujie-2", 12)
        ],
        threads=6,
    )
    keys = [pk for part in got for pk in part]
    assert sorted(keys) == sorted(row.pk for row in made)
    assert set(Generation.objects.values_list("attempts", flat=True)) == {1}


# --- Paused by what the gateway says


@pytest.fixture
def refuses(sandbox):
    """``refuses("606", times=1)``: every submit, or so many of them."""

    def refuse(code, **rule):
        endpoint = "jumdata.submit" if len(code) == 3 else "wujie.create"
        fault = {"kind": "code", "code": code, **rule} if code else None
        sandbox.switch(faults={endpoint: fault})

    return refuse


@pytest.mark.parametrize(
    ("provider", "code"), [("wujie", "20110010"), ("jumdata", "606")]
)
def test_what_is_about_the_account_pauses_it_and_loses_nothing(
    wanted, refuses, provider, code
):
    refuses(code)
    first, second = wanted(provider=provider), wanted("next", provider=provider)
    generation = sent(provider)
    assert (generation, generation.status) == (first, Status.QUEUED)
    assert (generation.failure_code, generation.tasks.count()) == (code, 0)
    assert generation.send_after <= timezone.now()  # its place is as it was
    account = factories.account(provider)
    assert (account.health.sending, account.health.paused_code) == (
        Sending.PAUSED,
        code,
    )
    assert claims(provider) == []
    assert second.status == Status.QUEUED
    alert = Alert.objects.open().get(kind="account_paused")
    assert code in alert.facts["reason"]
    assert account.app_id in alert.facts["account"]
    assert list(invariants.broken()) == []


@pytest.mark.usefixtures("drawing_lasts")
def test_a_paused_account_is_asked_and_fetched_from(wanted, reaches, sandbox):
    generation = wanted()
    reaches(generation, Status.RUNNING)
    waits = wanted("later")
    factories.change_account(generation.account, sending=Sending.PAUSED)
    sandbox.finish()
    reaches(generation, Status.DONE)
    waits.refresh_from_db()
    assert waits.status == Status.QUEUED


def test_it_goes_on_elsewhere_at_once(two, wanted, refuses):
    refuses("20110010", times=1)
    made = [wanted(str(number)) for number in range(16)]
    refused = sent("wujie")
    assert refused.status == Status.QUEUED
    theirs = claims("wujie-2", 16)
    assert [row.pk for row in theirs] == [row.pk for row in made]


def test_a_quota_ends_by_one_generation_that_is_taken(wanted, refuses):
    refuses("606", times=2)
    for number in range(3):
        wanted(str(number), provider="jumdata")
    sent("jumdata")
    account = factories.account("jumdata")
    begun = account.health.paused_at
    assert account.health.resume_after - begun == 15 * MINUTE
    assert claims("jumdata") == []
    factories.change_account(account, resume_after=timezone.now())
    probe = lifecycle.claim_queued("jumdata", 4)
    assert len(probe) == 1
    assert claims("jumdata") == []  # one at a time
    lifecycle.book_sent(probe[0], lifecycle.send(probe[0]))
    account.refresh_from_db()
    assert account.health.sending == Sending.PAUSED  # not yet
    assert account.health.paused_at == begun
    assert account.health.resume_after > timezone.now() + 14 * MINUTE
    factories.change_account(account, resume_after=timezone.now())
    assert sent("jumdata").status == Status.RUNNING
    account.refresh_from_db()
    assert (account.health.sending, account.health.paused_code) == (Sending.ACTIVE, "")
    assert len(claims("jumdata")) == 2
    alerts = Alert.objects.filter(kind="account_paused")
    assert alerts.count() == 1
    assert not alerts.open().exists()


def test_who_tries_keeps_the_limit(wanted):
    """What it still draws there leaves no room."""
    account = factories.account("jumdata")
    running = wanted(provider="jumdata", status=Status.RUNNING, pictures=2)
    late = timezone.now() + MINUTE
    task = factories.task(running, reserved=2, poll_after=late)
    past, pause = timezone.now() - MINUTE, {"paused_code": "606", "most_open": 2}
    factories.change_account(
        account, sending=Sending.PAUSED, resume_after=past, **pause
    )
    waits = wanted(provider="jumdata")
    assert claims("jumdata") == []
    ProviderTask.objects.filter(pk=task.pk).update(status="succeeded", poll_after=None)
    assert claims("jumdata") == [waits]


@pytest.mark.django_db(transaction=True)
def test_of_many_who_would_try_one_does(wanted):
    account = factories.account("jumdata")
    for number in range(8):
        wanted(str(number), provider="jumdata")
    past = timezone.now() - MINUTE
    factories.change_account(
        account, sending=Sending.PAUSED, paused_code="606", resume_after=past
    )
    got = at_once(lambda number: len(claims("jumdata")), threads=6)
    assert sorted(got) == [0, 0, 0, 0, 0, 1]


def test_an_empty_account_goes_on_once_there_is_more_on_it(wanted, sandbox):
    sandbox.switch(balance=3)
    catalogue.refresh()
    wanted(pictures=1)
    wanted(pictures=3, reserved=6)
    assert sent().status == Status.RUNNING
    assert sent().status == Status.QUEUED
    account = factories.account("wujie")
    assert (account.health.sending, account.health.paused_balance) == (
        Sending.PAUSED,
        3,
    )
    catalogue.refresh()  # it is 1 now
    account.refresh_from_db()
    assert (account.health.sending, account.health.paused_balance) == (
        Sending.PAUSED,
        1,
    )
    catalogue.refresh()
    account.refresh_from_db()
    assert account.health.sending == Sending.PAUSED
    sandbox.switch(balance=9)
    catalogue.refresh()
    account.refresh_from_db()
    assert account.health.sending == Sending.ACTIVE
    assert not Alert.objects.open().exists()
    assert sent().status == Status.RUNNING


def test_a_persons_pause_is_not_ended_by_a_balance(wanted, otto, sandbox):
    account = factories.account("wujie")
    pausing.pause(account, by=otto)
    for balance in (5, 500):
        sandbox.switch(balance=balance)
        catalogue.refresh()
    account.refresh_from_db()
    assert (account.health.sending, account.health.paused_by) == (Sending.PAUSED, otto)
    wanted()
    assert claims("wujie") == []


@pytest.mark.parametrize("book", [lifecycle.book_sent, lifecycle.book_sent_again])
def test_late_answers_do_not_end_a_persons_pause(wanted, otto, book):
    wanted()
    (claim,) = lifecycle.claim_queued("wujie", 1)
    account = factories.account("wujie")
    pausing.pause(account, by=otto)
    task = SubmittedTask("A" * 32)
    book(claim, Submitted((task,), 2, Unit.INTEGRAL, {}))
    account.refresh_from_db()
    assert account.health.sending == Sending.PAUSED


def test_of_two_changes_one_is_told_that_it_was_late(otto, mona):
    one, other = factories.account("wujie"), factories.account("wujie")
    assert draining.drain(one, by=otto)
    assert not pausing.pause(other, by=mona)
    line = AccountChange.objects.get()
    assert (line.before, line.after, line.changed_by) == ("active", "draining", otto)


# --- Drained


@pytest.mark.usefixtures("drawing_lasts")
def test_an_account_is_drained_when_nothing_is_left(
    wanted, reaches, pump_until, otto, sandbox
):
    sandbox.switch(faults={"cdn.result": {"kind": "http_500"}})
    generation = wanted()
    reaches(generation, Status.RUNNING)
    account = generation.account
    draining.drain(account, by=otto)
    assert not draining.is_drained(account)
    sandbox.finish()
    reaches(generation, Status.DONE)
    pump_until(lambda: not ProviderTask.objects.exclude(poll_after=None).exists())
    assert not draining.is_drained(account)  # a fresh address may be needed yet
    sandbox.switch(faults={"cdn.result": None})
    Artwork.objects.update(fetch_after=timezone.now())
    pump_until(Artwork.objects.exclude(stored_at=None).exists)
    assert draining.is_drained(account)
    waits = wanted("later")
    assert claims("wujie") == []
    assert not draining.is_drained(account)  # it waits for this account alone
    waits.refresh_from_db()
    assert waits.status == Status.QUEUED


def test_what_waits_for_a_drained_account_is_anothers(two, wanted, otto):
    made = wanted()
    assert made.account == two[0]
    draining.drain(two[0], by=otto)
    made.refresh_from_db()
    assert made.account == two[1]
    assert draining.is_drained(two[0])
    assert claims("wujie-2") == [made]
