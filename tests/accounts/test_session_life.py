"""A session ends after a time without use, and some time after the sign-in."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts import session_life
from accounts.models import User

pytestmark = pytest.mark.django_db

SESSION = reverse("accounts:session")
PAGE = reverse("accounts:password")
LOGIN = reverse("accounts:login")
MINUTE, HOUR = 60, 3600
IDLE_END = 30 * MINUTE + session_life.WARNING_SECONDS
HTMX = {"HX-Request": "true"}


class Clock:
    at = 1_800_000_000.0

    def time(self) -> float:
        return self.at

    def passes(self, seconds: float) -> None:
        self.at += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(session_life, "time", made)
    return made


@pytest.fixture
def hers(clock: Clock, alice: User) -> Client:
    client = Client()
    client.post(LOGIN, {"username": "alice", "password": "alice-password"})
    return client


def is_in(client: Client, idle: Any = None) -> bool:
    headers = {} if idle is None else {"X-Idle-Seconds": str(idle)}
    return bool(client.get(PAGE, headers=headers).status_code == 200)


def asks_after(text: str) -> int:
    found = re.search(r'hx-trigger="load delay:(\d+)s"', text)
    assert found
    return int(found[1])


# --- Without use


def test_it_ends_without_use(hers: Client, clock: Clock) -> None:
    clock.passes(IDLE_END - 1)
    assert is_in(hers)
    clock.passes(IDLE_END)
    assert not is_in(hers)
    assert "_auth_user_id" not in hers.session
    assert hers.get(PAGE).url == f"{LOGIN}?next={PAGE}"


def test_a_page_that_asks_by_itself_is_no_use(hers: Client, clock: Clock) -> None:
    for idle in range(5 * MINUTE, IDLE_END, 5 * MINUTE):
        clock.passes(5 * MINUTE)
        assert is_in(hers, idle)
    clock.passes(5 * MINUTE)
    assert not is_in(hers, IDLE_END)


def test_use_between_two_questions_counts(hers: Client, clock: Clock) -> None:
    clock.passes(30 * MINUTE)
    assert is_in(hers, 10 * MINUTE)
    clock.passes(IDLE_END - 10 * MINUTE - 1)
    assert is_in(hers, IDLE_END)
    clock.passes(1)
    assert not is_in(hers, IDLE_END)


@pytest.mark.parametrize("told", ["x", "", "-5", "9" * 30, "٣", "1.5"])
def test_nonsense_is_a_use(hers: Client, clock: Clock, told: str) -> None:
    clock.passes(30 * MINUTE)
    assert is_in(hers, told)
    clock.passes(30 * MINUTE)
    assert is_in(hers, told)


def test_a_cookie_of_another_session_does_not_prolong(
    hers: Client, clock: Clock, otto: User
) -> None:
    old = Client()
    old.cookies["sessionid"] = hers.cookies["sessionid"].value
    clock.passes(30 * MINUTE)
    other = Client()
    other.post(LOGIN, {"username": "alice", "password": "alice-password"})
    clock.passes(MINUTE)
    assert is_in(other)
    old.cookies[session_life.USE_COOKIE] = other.cookies["wjportal_use"].value
    clock.passes(9 * MINUTE)
    assert is_in(other)
    assert not is_in(old)


def test_without_its_cookie_it_ends_sooner(hers: Client, clock: Clock) -> None:
    clock.passes(30 * MINUTE)
    assert is_in(hers)
    del hers.cookies[session_life.USE_COOKIE]
    clock.passes(6 * MINUTE)
    assert not is_in(hers)


def test_a_busy_person_gets_few_cookies(hers: Client, clock: Clock) -> None:
    clock.passes(session_life.COOKIE_SECONDS - 1)
    assert session_life.USE_COOKIE not in hers.get(PAGE).cookies
    clock.passes(1)
    cookie = hers.get(PAGE).cookies[session_life.USE_COOKIE]
    assert cookie["httponly"]


def test_it_may_be_switched_off(hers: Client, clock: Clock, settings: Any) -> None:
    settings.IDLE_MINUTES = 0
    clock.passes(11 * HOUR)
    assert is_in(hers)


# --- From the sign-in on


def test_it_ends_however_much_it_is_used(hers: Client, clock: Clock) -> None:
    for _ in range(23):
        clock.passes(30 * MINUTE)
        assert is_in(hers)
    clock.passes(30 * MINUTE)
    assert not is_in(hers)


def test_a_new_password_does_not_begin_it_anew(hers: Client, clock: Clock) -> None:
    clock.passes(30 * MINUTE)
    new = {"new_password1": "harbour at dawn", "new_password2": "harbour at dawn"}
    answer = hers.post(PAGE, {"old_password": "alice-password", **new})
    assert answer.status_code == 302
    began = hers.session[session_life.SIGNED_IN_AT]
    assert began == clock.at - 30 * MINUTE
    clock.passes(20 * MINUTE)
    assert is_in(hers)


def test_a_new_sign_in_begins_anew(hers: Client, clock: Clock) -> None:
    clock.passes(13 * HOUR)
    hers.post(LOGIN, {"username": "alice", "password": "alice-password"})
    assert is_in(hers)


def test_a_session_of_no_sign_in_has_ended(hers: Client, clock: Clock) -> None:
    session = hers.session
    del session[session_life.SIGNED_IN_AT]
    session.save()
    assert not is_in(hers)


def test_signing_out_leaves_no_cookie_of_use(hers: Client, clock: Clock) -> None:
    clock.passes(MINUTE)
    answer = hers.post(reverse("accounts:logout"))
    assert session_life.USE_COOKIE not in answer.cookies


# --- The warning


def test_each_page_asks_when_the_warning_is_due(hers: Client, clock: Clock) -> None:
    page = hers.get(PAGE)
    assert "Stay signed in" not in page.text
    assert asks_after(page.text) <= 30 * MINUTE + 1
    clock.passes(asks_after(page.text))
    told = hers.get(SESSION, headers={"X-Idle-Seconds": str(30 * MINUTE), **HTMX})
    assert "will be signed out in 5 minutes" in told.text
    assert asks_after(told.text) <= 20
    stays = hers.post(SESSION, headers={"X-Idle-Seconds": "0", **HTMX})
    assert "Stay signed in" not in stays.text
    assert asks_after(stays.text) > 29 * MINUTE
    clock.passes(30 * MINUTE)
    assert is_in(hers)


def test_the_last_minutes_of_a_session_are_announced(
    hers: Client, clock: Clock
) -> None:
    for _ in range(23):
        clock.passes(30 * MINUTE)
        page = hers.get(PAGE)
    assert asks_after(page.text) <= 25 * MINUTE + 1
    clock.passes(27 * MINUTE)
    told = hers.get(SESSION, headers=HTMX).text
    assert "will be signed out in 3 minutes" in told
    assert "Stay signed in" not in told


def test_staying_works_without_htmx(hers: Client, clock: Clock) -> None:
    clock.passes(32 * MINUTE)
    assert hers.post(SESSION).url == reverse("generation:create")
    clock.passes(30 * MINUTE)
    assert is_in(hers)


def test_who_is_not_in_is_asked_nothing(client: Client, clock: Clock) -> None:
    assert "session-life" not in client.get(LOGIN).text
    assert client.get(SESSION).url == f"{LOGIN}?next={SESSION}"
