"""Wrong tries slow a sign-in; they lock no name."""

import datetime
import threading
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import hashing, sign_in_throttle
from accounts.models import Throttle, User
from accounts.sign_in_throttle import ADDRESS, NAME, PAIR, Slowed, Source
from generation import tasks
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

LOGIN = reverse("accounts:login")
HERE = Source("192.0.2.1", "a" * 32)
#: The clock stands still: no test depends on the speed of the machine.
AT = datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)


class Clock:
    def __init__(self) -> None:
        self.at = AT

    def __call__(self) -> datetime.datetime:
        return self.at

    def passes(self, seconds: float) -> None:
        self.at += datetime.timedelta(seconds=seconds)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(timezone, "now", made)
    return made


def fail(name: str, source: Source = HERE) -> None:
    assert sign_in_throttle.check(name, source, lambda: None) is None


def succeed(user: User, source: Source = HERE) -> None:
    assert sign_in_throttle.check(user.username, source, lambda: user) == user


def stranger(number: int) -> Source:
    return Source(f"198.51.{number // 250}.{number % 250}", f"{number:032x}")


def wait(name: str, source: Source = HERE) -> int:
    """Seconds until the next try is taken; nothing is checked before."""
    with pytest.raises(Slowed) as refused:
        sign_in_throttle.check(name, source, lambda: pytest.fail("was checked"))
    return refused.value.seconds


# --- The wait grows, and ends


def test_the_wait_doubles_up_to_its_end(clock: Clock) -> None:
    for _ in range(PAIR.free):
        fail("alice")
    waits = []
    for _ in range(8):
        waits.append(wait("alice"))
        clock.passes(waits[-1])
        fail("alice")
    assert waits == [5, 10, 20, 40, 80, 160, 300, 300]


def test_failures_leak_away(clock: Clock) -> None:
    for _ in range(PAIR.free):
        fail("alice")
    clock.passes(2 * PAIR.leak_seconds)
    fail("alice")
    fail("alice")
    assert wait("alice") == PAIR.first_seconds


def test_a_right_password_forgives_the_wrong_ones(alice: User, clock: Clock) -> None:
    for _ in range(2):
        for _ in range(PAIR.free - 1):
            fail("alice")
        succeed(alice)


def test_tries_at_the_same_time_do_not_slip_past(clock: Clock) -> None:
    """A try counts before its password is checked."""

    def meanwhile() -> None:
        for _ in range(PAIR.free - 1):
            fail("alice")
        wait("alice")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hashing, "_strangers", hashing.Places(2))
        sign_in_throttle.check("alice", HERE, meanwhile)


def test_a_try_that_others_overtook_is_refused(clock: Clock) -> None:
    this = sign_in_throttle._look("alice", HERE)
    for _ in range(PAIR.free):
        fail("alice")
    with pytest.raises(Slowed):
        this.count()


# --- Others


def test_another_address_is_not_slowed(clock: Clock) -> None:
    for _ in range(PAIR.free):
        fail("alice")
    fail("alice", stranger(1))


def test_another_name_behind_the_address_is_not_slowed(clock: Clock) -> None:
    for _ in range(PAIR.free):
        fail("alice")
    fail("mona")


def test_random_names_slow_their_address(clock: Clock) -> None:
    for number in range(ADDRESS.free):
        fail(f"name{number}", Source("192.0.2.1", f"{number:032x}"))
    assert wait("another") == ADDRESS.first_seconds
    assert wait("another", Source("::ffff:192.0.2.1", "b" * 32)) > 0
    fail("another", stranger(1))


def test_an_ipv6_network_is_one_address(clock: Clock) -> None:
    for number in range(ADDRESS.free):
        fail(f"name{number}", Source(f"2001:db8::{number:x}:1", f"{number:032x}"))
    assert wait("another", Source("2001:db8::ffff", "b" * 32))
    fail("another", Source("2001:db8:0:1::1", "b" * 32))


def test_strangers_from_everywhere_slow_a_name_a_little(clock: Clock) -> None:
    for number in range(40):
        try:
            fail("alice", stranger(number))
        except Slowed as refused:
            assert refused.seconds <= NAME.longest_seconds
            clock.passes(refused.seconds)
    assert Throttle.objects.filter(wait_until__gt=clock.at).count() <= 1


# --- Who is known


def test_strangers_do_not_slow_a_known_browser(alice: User, clock: Clock) -> None:
    succeed(alice)
    elsewhere = Source("203.0.113.9", HERE.browser)
    for _ in range(PAIR.free):
        fail("alice", Source(HERE.address, "b" * 32))
        fail("alice", Source(elsewhere.address, "c" * 32))
    assert wait("alice", Source(elsewhere.address, "d" * 32))
    succeed(alice, elsewhere)
    succeed(alice)


def test_strangers_elsewhere_do_not_slow_a_known_address(
    alice: User, clock: Clock
) -> None:
    succeed(alice)
    for number in range(NAME.free):
        fail("alice", stranger(number))
    assert wait("alice", stranger(999))
    succeed(alice, Source(HERE.address, "e" * 32))


def test_a_known_browser_is_slowed_by_its_own_tries(alice: User, clock: Clock) -> None:
    succeed(alice)
    for _ in range(PAIR.free):
        fail("alice")
    assert wait("alice") == PAIR.first_seconds


def test_known_is_one_name_for_some_time(alice: User, mona: User, clock: Clock) -> None:
    succeed(alice)
    clock.passes(sign_in_throttle.KNOWN_FOR.total_seconds() - 1)
    look = sign_in_throttle._look
    assert look("alice", HERE).is_known
    assert not look("mona", HERE).is_known
    clock.passes(1)
    assert not look("alice", HERE).is_known
    fail("alice")
    assert not look("alice", HERE).is_known


def test_a_wrong_try_does_not_end_being_known(alice: User, clock: Clock) -> None:
    succeed(alice)
    fail("alice")
    clock.passes(10 * PAIR.leak_seconds)
    assert sign_in_throttle._look("alice", HERE).is_known


# --- Rows


def test_a_refused_try_writes_nothing(
    clock: Clock, django_assert_num_queries: Any
) -> None:
    for _ in range(PAIR.free):
        fail("alice")
    before = list(Throttle.objects.values())
    with django_assert_num_queries(1):
        wait("alice")
    assert list(Throttle.objects.values()) == before


@pytest.mark.parametrize("name", ["x" * 100_000, "\ud800", "a\0b", ""])
def test_a_row_has_one_size_and_no_name(name: str) -> None:
    fail(name, Source("y" * 1000, "z" * 32))
    keys = Throttle.objects.values_list("key", flat=True)
    assert {len(key) for key in keys} == {40}


def test_the_hour_removes_what_slows_nobody(alice: User, clock: Clock) -> None:
    succeed(alice)
    fail("nobody", stranger(1))
    clock.passes(PAIR.leak_seconds)
    tasks.tidy()
    assert {row.is_known for row in Throttle.objects.all()} == {True}
    clock.passes(sign_in_throttle.KNOWN_FOR.total_seconds())
    tasks.tidy()
    assert not Throttle.objects.exists()


def test_the_hour_removes_expired_sessions(signed_in: Any, alice: User) -> None:
    signed_in(alice)
    Session.objects.update(expire_date=timezone.now())
    signed_in(alice)
    tasks.tidy()
    assert Session.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_failures_at_once_are_all_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing, "_strangers", hashing.Places(4))
    barrier = threading.Barrier(4)

    def wrong(number: int) -> None:
        try:
            barrier.wait()
            fail("alice", stranger(number))
        finally:
            connection.close()

    threads = [threading.Thread(target=wrong, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counted = Throttle.objects.get(key=sign_in_throttle._key("name", "alice"))
    assert counted.failures == pytest.approx(4, abs=0.5)


# --- In the portal


def sign_in(client: Client, name: str, password: str, **more: Any) -> Any:
    return client.post(LOGIN, {"username": name, "password": password}, **more)


def test_a_refused_try_keeps_the_name_and_says_when(
    client: Client, clock: Clock
) -> None:
    factories.alice()
    for _ in range(PAIR.free):
        assert sign_in(client, "alice", "wrong").status_code == 200
    refused = sign_in(client, "alice", "alice-password")
    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= PAIR.first_seconds
    assert "Too many wrong passwords. Try again in" in refused.text
    assert 'value="alice"' in refused.text


def test_a_person_is_not_shut_out_behind_a_proxy(alice: User, clock: Clock) -> None:
    """Everybody has the address of the proxy."""
    hers, anothers = Client(), Client()
    sign_in(hers, "alice", "alice-password")
    hers.post(reverse("accounts:logout"))
    for _ in range(PAIR.free + 1):
        answer = sign_in(anothers, "alice", "wrong")
    assert answer.status_code == 429
    assert sign_in(hers, "alice", "alice-password").status_code == 302
    new = {"REMOTE_ADDR": "203.0.113.5"}
    assert sign_in(Client(), "alice", "alice-password", **new).status_code == 302


def test_a_browser_is_remembered_in_its_own_cookie(alice: User) -> None:
    client = Client()
    assert "wjportal_browser" not in sign_in(client, "alice", "wrong").cookies
    cookie = sign_in(client, "alice", "alice-password").cookies["wjportal_browser"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_a_made_up_browser_is_not_taken(alice: User) -> None:
    client = Client()
    client.cookies["wjportal_browser"] = "x" * 5000
    given = sign_in(client, "alice", "alice-password").cookies["wjportal_browser"]
    assert len(given.value) == 32


def test_failures_are_logged_without_the_password(
    alice: User, caplog: pytest.LogCaptureFixture
) -> None:
    client = Client(REMOTE_ADDR="203.0.113.5")
    sign_in(client, "alice", "hunter2-hunter2")
    sign_in(client, "my-own-password\nforged", "x")
    logged = [r.getMessage() for r in caplog.records if "accounts" in r.name]
    assert logged == [
        "Wrong password for 'alice' from 203.0.113.5",
        "Wrong password for an unknown name from 203.0.113.5",
    ]


def test_guesses_of_ones_own_password_are_slowed(
    signed_in: Any, alice: User, clock: Clock
) -> None:
    client, form = signed_in(alice), {"old_password": "?"}
    form |= {"new_password1": "harbour at dawn", "new_password2": "harbour at dawn"}
    for _ in range(PAIR.free):
        assert client.post(reverse("accounts:password"), form).status_code == 422
    refused = client.post(
        reverse("accounts:password"), form | {"old_password": "alice-password"}
    )
    assert refused.status_code == 429
    assert refused["Retry-After"]
    assert "Nothing was changed." in refused.text
