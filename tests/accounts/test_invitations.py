"""Joining another's team takes one's consent, and user names are not learnt."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Invitation, Membership, User, Withdrawn
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

PEOPLE = reverse("accounts:people")
ADD = reverse("accounts:add")
URL = reverse("accounts:invitations")


def invite(client: Client, username: str, **fields: str) -> str:
    """The password that was shown."""
    sent = {"username": username, "role": "member"} | fields
    page = client.post(ADD, sent).text
    return re.findall(r'id="one-time">([^<]+)<', page)[0]


def answer(name: str, username: str = "bob") -> str:
    row = Invitation.objects.get(user__username=username)
    return reverse(f"accounts:{name}", args=[row.pk])


def changed(client: Client, username: str, password: str) -> None:
    """Signs in, and chooses a password of one's own."""
    own = "a-password-of-my-own-9"
    sign_in = {"username": username, "password": password}
    client.post(reverse("accounts:login"), sign_in)
    sent = {"old_password": password, "new_password1": own, "new_password2": own}
    client.post(reverse("accounts:password"), sent)


def without_particulars(page: str, *names: str) -> str:
    """Without what differs between any two answers: names, password, tokens, keys,
    times."""
    page = re.sub(
        r'(name="csrfmiddlewaretoken" value|X-CSRFToken)"?[=:] ?"[^"]+"', "", page
    )
    page = re.sub(
        r'id="one-time">[^<]+<|/invitations/\d+/|<time [^>]+>[^<]+<|load delay:\d+s',
        "",
        page,
    )
    for name in names:
        page = re.sub(rf"\b{name}\b", "NAME", page)
    return page


# --- Names are not learnt


def test_a_known_name_and_a_new_one_are_answered_alike(
    signed_in: Any, otto: User, bob: User
) -> None:
    """The answer, the list afterwards, a second password, and the withdrawal."""
    pages = []
    for name in ("bob", "nobody"):
        client = signed_in(otto)
        seen = [client.post(ADD, {"username": name, "role": "member"})]
        seen.append(client.get(PEOPLE))
        seen.append(client.post(answer("renew_invitation", name)))
        seen.append(client.post(answer("withdraw", name), follow=True))
        assert {each.status_code for each in seen} == {200}
        pages.append([without_particulars(each.text, name) for each in seen])
    assert pages[0] == pages[1]


def test_a_known_name_costs_a_password_hash_as_well(
    signed_in: Any, otto: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[str] = []

    def count(password: str) -> str:
        hashed.append(password)
        return "!"

    monkeypatch.setattr("accounts.models.people.make_password", count)
    shown = [invite(signed_in(otto), name) for name in ("bob", "carla")]
    assert hashed == shown


def test_the_list_shows_the_name_that_was_typed(
    signed_in: Any, otto: User, bob: User
) -> None:
    bob.first_name = "Robert"
    bob.save()
    invite(signed_in(otto), "bob", name="Bobby")
    text = signed_in(otto).get(PEOPLE).text
    assert "Bobby" in text
    assert "Robert" not in text


# --- Somebody who has an account


def test_nobody_joins_without_consent(signed_in: Any, otto: User, bob: User) -> None:
    before = bob.password
    shown = invite(signed_in(otto), "bob")
    bob.refresh_from_db()
    assert bob.password == before
    assert not bob.check_password(shown)
    assert not bob.is_password_temporary
    assert bob.memberships.count() == 1


def test_it_is_accepted_on_a_page(signed_in: Any, otto: User, bob: User) -> None:
    invite(signed_in(otto), "bob", role="moderator")
    client = signed_in(bob)
    assert 'href="/accounts/invitations/"' in client.get("/gallery/").text
    page = client.get(URL).text
    assert "otto invites you to this team. Your role: Moderator." in page
    client.post(answer("accept"))
    assert bob.memberships.get(team__name="Studio").role == "moderator"
    assert not Invitation.objects.exists()
    home = client.get("/")
    assert home.context["request"].membership.team.name == "Studio"
    assert "You are invited" not in home.text


def test_it_is_declined_on_a_page(signed_in: Any, otto: User, bob: User) -> None:
    invite(signed_in(otto), "bob")
    client = signed_in(bob)
    assert "No invitations" in client.post(answer("decline"), follow=True).text
    assert bob.memberships.count() == 1
    assert not Invitation.objects.exists()


def test_the_page_opens_without_a_team(signed_in: Any, otto: User, bob: User) -> None:
    bob.memberships.all().delete()
    invite(signed_in(otto), "bob")
    client = signed_in(bob)
    assert URL in client.get("/").text
    client.post(answer("accept"))
    assert client.get("/").status_code == 200


def test_inviting_again_changes_the_role(signed_in: Any, otto: User, bob: User) -> None:
    client = signed_in(otto)
    invite(client, "bob")
    invite(client, "bob", role="admin")
    assert Invitation.objects.get().role == "admin"
    client.post(answer("withdraw"))
    assert not Invitation.objects.exists()
    assert User.objects.filter(username="bob").exists()


def test_what_was_withdrawn_cannot_be_accepted(otto: User, bob: User) -> None:
    invitation, _password = factories.team().invite("bob", "admin", by=otto)
    Invitation.objects.get().withdraw(by=otto)
    with pytest.raises(Withdrawn):
        invitation.accept()
    assert bob.memberships.count() == 1


# --- Somebody new


def test_a_new_person_is_in_the_team_with_their_own_password(
    signed_in: Any, otto: User
) -> None:
    password = invite(signed_in(otto), "carla", role="moderator", name="Carla Blum")
    assert not Membership.objects.filter(user__username="carla").exists()
    browser = Client()
    changed(browser, "carla", password)
    membership = Membership.objects.get(user__username="carla")
    assert (membership.role, membership.team.name) == ("moderator", "Studio")
    assert membership.user.display_name == "Carla Blum"
    assert not Invitation.objects.exists()
    assert browser.get("/").status_code == 200


def test_only_the_first_invitation_opens_the_account(
    signed_in: Any, otto: User, bob: User
) -> None:
    """Another team's admin gets no way into it, and is not accepted by signing in."""
    bob.memberships.update(role="admin")
    first = invite(signed_in(otto), "carla")
    second = invite(signed_in(bob), "carla")
    carla = User.objects.get(username="carla")
    assert carla.check_password(first)
    assert not carla.check_password(second)
    client = Client()
    changed(client, "carla", first)
    assert [row.team.name for row in carla.memberships.all()] == ["Studio"]
    assert "Elsewhere" in client.get(URL).text


def test_a_lost_password_is_made_anew(signed_in: Any, otto: User) -> None:
    client = signed_in(otto)
    first = invite(client, "carla")
    page = client.post(answer("renew_invitation", "carla"))
    assert "no-store" in page["Cache-Control"]
    second = re.findall(r'id="one-time">([^<]+)<', page.text)[0]
    carla = User.objects.get(username="carla")
    assert not carla.check_password(first)
    assert carla.check_password(second)


def test_withdrawn_an_unused_account_is_gone(signed_in: Any, otto: User) -> None:
    client = signed_in(otto)
    password = invite(client, "carla")
    client.post(answer("withdraw", "carla"))
    assert not User.objects.filter(username="carla").exists()
    sent = {"username": "carla", "password": password}
    assert Client().post(reverse("accounts:login"), sent).status_code == 200


def test_a_used_account_stays(signed_in: Any, otto: User) -> None:
    """Withdrawn while the person was signing in."""
    invitation, password = factories.team().invite("carla", "member", by=otto)
    sent = {"username": "carla", "password": password}
    Client().post(reverse("accounts:login"), sent)
    invitation.withdraw(by=otto)
    assert User.objects.filter(username="carla").exists()


# --- Who may


def test_answers_are_the_persons_own(
    signed_in: Any, otto: User, bob: User, alice: User
) -> None:
    invite(signed_in(otto), "bob")
    for who in (otto, alice):
        for name in ("accept", "decline"):
            assert signed_in(who).post(answer(name)).status_code == 404
        assert not signed_in(who).get(URL).context["invitations"].exists()
    bob.memberships.update(role="admin")
    for who in (alice, bob):
        for name in ("renew_invitation", "withdraw"):
            assert signed_in(who).post(answer(name)).status_code == 404
    assert Invitation.objects.count() == 1


def test_reading_and_writing_have_their_methods(
    signed_in: Any, otto: User, bob: User
) -> None:
    invite(signed_in(otto), "bob")
    for name in ("accept", "decline"):
        assert signed_in(bob).get(answer(name)).status_code == 405
    for name in ("renew_invitation", "withdraw"):
        assert signed_in(otto).get(answer(name)).status_code == 405
    assert signed_in(bob).post(URL).status_code == 405
