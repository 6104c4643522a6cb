"""The people of a team: admins invite, promote and remove; one admin stays."""

import re
import threading
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import (
    LastAdmin,
    Membership,
    RoleChanged,
    User,
    temporary_password,
)
from accounts.views import leaving
from accounts.views import people as view
from log.models import Change
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

URL = reverse("accounts:people")
ADD = reverse("accounts:add")
RESTORE = reverse("accounts:restore")
LOGIN = reverse("accounts:login")
HTMX = {"HX-Request": "true"}


def url(name: str, user: User) -> str:
    return reverse(f"accounts:{name}", args=[membership(user).pk])


def membership(user: User) -> Membership:
    return Membership.objects.get(user=user, team__name="Studio")


def names(response: Any) -> list[str]:
    return [row.user.username for row in response.context["memberships"]]


def shown_password(text: str) -> str:
    found = re.search(r'id="one-time">([^<]+)<', text)
    assert found
    return found[1]


# --- The list


def test_an_admin_sees_the_team_by_name(
    signed_in: Any, otto: User, mona: User, alice: User, bob: User
) -> None:
    assert names(signed_in(otto).get(URL)) == ["alice", "mona", "otto"]


def test_pages_follow_each_other(
    signed_in: Any,
    otto: User,
    mona: User,
    alice: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(view, "PAGE", 2)
    client = signed_in(otto)
    first = client.get(URL)
    assert names(first) == ["alice", "mona"]
    second = client.get(URL, {"after": first.context["more"]})
    assert names(second) == ["otto"]
    assert second.context["more"] == ""


def test_the_list_costs_the_same_queries_with_many_rows(
    signed_in: Any,
    otto: User,
    django_assert_max_num_queries: Any,
    django_assert_num_queries: Any,
) -> None:
    client = signed_in(otto)
    client.get(URL)
    with django_assert_max_num_queries(14) as few:
        client.get(URL)
    for number in range(10):
        factories.user(f"user{number}")
    with django_assert_num_queries(len(few)):
        client.get(URL)


# --- Adding


def test_a_name_is_one_line(signed_in: Any, otto: User) -> None:
    name = "Car\r\nla\u2028 \u202eBlum\0\x1b"
    form = {"username": "carla", "name": name, "role": "member"}
    signed_in(otto).post(ADD, form)
    assert User.objects.get(username="carla").first_name == "Car la Blum"


def test_a_new_person_gets_a_password_shown_once(signed_in: Any, otto: User) -> None:
    form = {"username": "carla", "name": "Carla Blum", "role": "moderator"}
    response = signed_in(otto).post(ADD, form)
    assert "no-store" in response["Cache-Control"]
    password = shown_password(response.text)
    assert password not in signed_in(otto).get(URL).text
    carla = User.objects.get(username="carla")
    assert carla.display_name == "Carla Blum"
    browser = Client()
    browser.post(reverse("accounts:login"), {"username": "carla", "password": password})
    home = browser.get(reverse("generation:create"))
    assert home.url == reverse("accounts:password")


@pytest.mark.parametrize(
    "form",
    [
        {"username": "otto", "role": "member"},
        {"username": "", "role": "member"},
        {"username": "has space", "role": "member"},
        {"username": "x" * 200, "role": "member"},
        {"username": "carla", "role": "owner"},
        {"username": "carla"},
    ],
)
def test_a_bad_addition_is_refused(
    signed_in: Any, otto: User, form: dict[str, str]
) -> None:
    response = signed_in(otto).post(ADD, form)
    assert response.status_code == 422
    assert 'class="error"' in response.text
    assert User.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_nobody_waits_for_the_hash_of_a_new_person(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """SQLite has one writer: no password is hashed in a transaction."""
    in_transaction = []

    def hashed(password: str) -> str:
        in_transaction.append(connection.in_atomic_block)
        return make_password(password)

    monkeypatch.setattr("accounts.models.people.make_password", hashed)
    factories.team().add("carla", "member")
    assert in_transaction == [False]


def test_passwords_differ_and_are_long() -> None:
    made = {temporary_password() for _ in range(50)}
    assert len(made) == 50
    assert all(re.fullmatch(r"([a-z2-9]{4}-){3}[a-z2-9]{4}", word) for word in made)


# --- A new password


def test_who_never_came_gets_a_new_password(signed_in: Any, otto: User) -> None:
    dora = factories.team().add("dora", "member")[0].user
    client = signed_in(otto)
    second = shown_password(client.post(url("renew_password", dora)).text)
    dora.refresh_from_db()
    assert dora.check_password(second)
    assert dora.is_password_temporary


def test_an_admin_renews_a_password_at_any_time(
    signed_in: Any, otto: User, alice: User
) -> None:
    hers, his = signed_in(alice), signed_in(otto)
    page = his.get(URL).text
    assert url("renew_password", alice) in page
    assert url("renew_password", otto) not in page
    answer = his.post(url("renew_password", alice))
    assert "no-store" in answer["Cache-Control"]
    password = shown_password(answer.text)
    assert password not in his.get(URL).text
    assert hers.get(reverse("generation:create")).url.startswith(LOGIN)
    hers.post(LOGIN, {"username": "alice", "password": "alice-password"})
    assert "_auth_user_id" not in hers.session
    hers.post(LOGIN, {"username": "alice", "password": password})
    home = hers.get(reverse("generation:create"))
    assert home.url == reverse("accounts:password")


def test_a_renewal_is_logged_without_the_password(
    signed_in: Any, otto: User, alice: User, caplog: pytest.LogCaptureFixture
) -> None:
    password = shown_password(signed_in(otto).post(url("renew_password", alice)).text)
    assert "otto renewed the password of alice" in caplog.text
    assert password not in caplog.text


@pytest.mark.parametrize("headers", [HTMX, {}])
def test_a_row_offers_a_renewal_where_the_list_does(
    signed_in: Any, otto: User, alice: User, headers: dict[str, str]
) -> None:
    form = {"role": "moderator"}
    row = signed_in(otto).post(
        url("change_role", alice), form, headers=headers, follow=True
    )
    assert url("renew_password", alice) in row.text


def test_nobodys_account_is_taken_over(
    signed_in: Any, otto: User, alice: User, bob: User
) -> None:
    """Not by oneself, nor with another team's rights; no owner's."""
    client, before = signed_in(otto), bob.password
    Membership.objects.create(user=bob, team=factories.team())
    alice.set_owner(True, by=None)
    dora = factories.team().add("dora", "member")[0].user
    factories.team("Elsewhere").invite("dora", "member", by=bob)
    for user in (otto, bob, alice, dora):
        assert client.post(url("renew_password", user)).status_code == 404
        assert url("renew_password", user) not in client.get(URL).text
    bob.refresh_from_db()
    assert bob.password == before


# --- Roles


def test_a_role_is_changed_in_its_row(signed_in: Any, otto: User, alice: User) -> None:
    response = signed_in(otto).post(
        url("change_role", alice), {"role": "moderator"}, headers=HTMX
    )
    assert response.text.strip().startswith(
        f'<tr id="membership-{membership(alice).pk}">'
    )
    assert membership(alice).role == "moderator"
    assert signed_in(alice).get(reverse("moderation:queue")).status_code == 200


def test_a_role_is_changed_without_htmx(
    signed_in: Any, otto: User, alice: User
) -> None:
    answer = signed_in(otto).post(url("change_role", alice), {"role": "admin"})
    assert answer.url == URL
    assert membership(alice).role == "admin"


def test_an_unknown_role_is_refused(signed_in: Any, otto: User, alice: User) -> None:
    form = {"role": "owner"}
    response = signed_in(otto).post(url("change_role", alice), form, headers=HTMX)
    assert "There is no such role." in response.text
    assert membership(alice).role == "member"


@pytest.mark.parametrize("headers", [HTMX, {}])
def test_the_last_admin_stays_one(
    signed_in: Any, otto: User, headers: dict[str, str]
) -> None:
    client = signed_in(otto)
    down = {"role": "member", "sure": "1"}
    for name, form in (("change_role", down), ("remove", {})):
        response = client.post(
            url(name, otto),
            form,
            headers=headers,
            follow=name == "remove" or not headers,
        )
        assert "last admin" in response.text
        assert membership(otto).role == "admin"


def test_one_may_step_down_when_another_stays(
    signed_in: Any, otto: User, alice: User
) -> None:
    membership(alice).change_role("admin", by=otto)
    client, sent = signed_in(otto), {"role": "member"}
    asked = client.post(url("change_role", otto), sent, headers=HTMX)
    assert membership(otto).role == "admin"
    page = client.get(asked["HX-Redirect"]).text
    assert "The admin that remains: alice." in page
    response = client.post(url("change_role", otto), {**sent, "sure": "1"})
    assert response["Location"] == reverse("generation:create")
    assert membership(otto).role == "member"


def test_the_last_admin_is_offered_no_way_out(signed_in: Any, otto: User) -> None:
    client = signed_in(otto)
    for path in (url("remove", otto), url("change_role", otto) + "?role=member"):
        page = client.get(path).text
        assert "make someone else an admin first" in page
        assert 'class="button danger"' not in page


@pytest.mark.django_db(transaction=True)
def test_two_admins_cannot_demote_each_other_at_once() -> None:
    rows = [membership(factories.user(name, role="admin")) for name in ("ann", "ben")]
    refused: list[bool] = []
    barrier = threading.Barrier(2)

    def step_down(row: Membership) -> None:
        barrier.wait()
        try:
            row.change_role("member", by=row.user)
        except LastAdmin:
            refused.append(True)
        finally:
            connection.close()

    threads = [threading.Thread(target=step_down, args=(row,)) for row in rows]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert Membership.objects.filter(role="admin").count() == 1


# --- Removing


def test_who_is_removed_sees_the_team_no_more(
    signed_in: Any, otto: User, alice: User
) -> None:
    artwork = factories.artwork(alice)
    picture = reverse("generation:picture", args=[artwork.pk])
    client = signed_in(alice)
    admin = signed_in(otto)
    asked = admin.get(url("remove", alice)).text
    assert "alice can no longer open this team." in asked
    assert "It is their only team" in asked
    assert alice.memberships.exists()
    response = admin.post(url("remove", alice), follow=True)
    assert "no longer in this team" in response.text
    assert not alice.memberships.exists()
    assert client.get(picture).status_code in {403, 404}


def test_a_removal_can_be_undone(signed_in: Any, otto: User, mona: User) -> None:
    client = signed_in(otto)
    row = client.post(url("remove", mona), follow=True).text
    undo = re.search(r'name="undo" value="([^"]+)"', row)
    assert undo
    client.post(RESTORE, {"undo": undo[1]})
    assert membership(mona).role == "moderator"
    assert 'name="undo"' not in client.get(URL, {"undo": undo[1]}).text


def test_an_undo_is_of_this_team_and_a_removal_of_late(
    signed_in: Any,
    otto: User,
    mona: User,
    bob: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bob.memberships.update(role="admin")
    row = signed_in(otto).post(url("remove", mona), follow=True).text
    undo = {"undo": re.findall(r'name="undo" value="([^"]+)"', row)[0]}
    assert signed_in(bob).post(RESTORE, undo).status_code == 404
    forged = {"undo": undo["undo"][:-3] + "abc"}
    assert "Too late" in signed_in(otto).post(RESTORE, forged, follow=True).text
    monkeypatch.setattr(leaving, "UNDO_SECONDS", -1)
    assert "Too late" in signed_in(otto).post(RESTORE, undo, follow=True).text
    assert not mona.memberships.exists()


def test_a_role_is_given_back(signed_in: Any, otto: User, alice: User) -> None:
    client, path = signed_in(otto), url("change_role", alice)
    row = client.post(path, {"role": "moderator"}, headers=HTMX).text
    assert "Before: Member" in row
    row = client.post(path, {"role": "member"}, headers=HTMX).text
    assert "Before: Moderator" in row
    plain = client.post(path, {"role": "admin"}, follow=True)
    assert "alice: Admin now, Member before." in plain.text


def test_an_undo_leaves_what_somebody_else_changed(
    signed_in: Any, otto: User, alice: User
) -> None:
    client, path = signed_in(otto), url("change_role", alice)
    row = client.post(path, {"role": "moderator"}, headers=HTMX).text
    was = re.findall(r'name="was" value="([^"]+)"', row)
    alice.memberships.update(role="admin")
    undo = {"role": "member", "was": was}
    answer = client.post(path, undo, headers=HTMX)
    assert "Another admin changed this role meanwhile." in answer.text
    assert membership(alice).role == "admin"
    assert not Change.objects.filter(before="admin").exists()


def test_who_is_gone_gets_no_role_and_is_not_removed_twice(
    otto: User, alice: User
) -> None:
    first, second = membership(alice), membership(alice)
    first.leave(by=otto)
    with pytest.raises(RoleChanged):
        second.change_role("moderator", by=otto)
    second.leave(by=otto)
    assert Change.objects.get(about="alice").kind == "removed"


# --- Who may


def test_only_admins_see_and_change_people(
    signed_in: Any, otto: User, alice: User, mona: User, bob: User
) -> None:
    bob.memberships.update(role="admin")
    for who in (alice, mona):
        client = signed_in(who)
        assert client.get(URL).status_code == 404
        form = {"username": "x", "role": "admin"}
        assert client.post(ADD, form).status_code == 404
    for who in (alice, mona, bob):
        client = signed_in(who)
        for name in ("change_role", "remove", "renew_password"):
            answer = client.post(url(name, alice), {"role": "admin"})
            assert answer.status_code == 404
    assert membership(alice).role == "member"
    assert User.objects.count() == 4


def test_reading_and_writing_have_their_methods(
    signed_in: Any, otto: User, alice: User
) -> None:
    client = signed_in(otto)
    assert client.post(URL).status_code == 405
    assert client.get(ADD).status_code == 405
    assert client.get(url("renew_password", alice)).status_code == 405
