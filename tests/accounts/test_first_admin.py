"""``first_admin`` and ``reset_password``: passwords that the operator makes."""

import io
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.password_validation import validate_password
from django.core.management import CommandError, call_command
from django.test import RequestFactory
from django.urls import reverse

from accounts.models import Membership, Team, User
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def first_admin(team: str, username: str) -> str:
    out = io.StringIO()
    call_command("first_admin", team=team, username=username, stdout=out)
    return out.getvalue()


def test_it_makes_team_and_admin() -> None:
    said = first_admin("Atelier", "anna")
    membership = Membership.objects.get()
    assert (membership.team.name, membership.role) == ("Atelier", "admin")
    password = said.split()[-1]
    request = RequestFactory().post("/")
    assert authenticate(request, username="anna", password=password) == membership.user
    assert membership.user.is_password_temporary
    assert membership.user.is_owner


def test_what_a_command_changes_is_told_as_such(signed_in: Any, oda: User) -> None:
    first_admin("Studio", "anna")
    reset_password("anna")
    page = signed_in(oda).get(reverse("upkeep:audit_log"))
    whose = {line.by for line in page.context["lines"] if line.about == "anna"}
    assert whose == {"Command line"}


def test_someone_known_keeps_their_password(bob: User) -> None:
    said = first_admin("Atelier", "bob")
    assert "Password" not in said
    assert bob.memberships.filter(team__name="Atelier", role="admin").exists()


def test_who_is_in_already_is_told() -> None:
    otto = factories.otto()
    with pytest.raises(CommandError, match="already"):
        first_admin("Studio", "otto")
    assert otto.memberships.count() == 1


@pytest.mark.parametrize("username", ["has space", "", "semi;colon"])
def test_a_bad_name_makes_nothing(username: str) -> None:
    with pytest.raises(CommandError):
        first_admin("Atelier", username)
    assert not Team.objects.exists()
    assert not User.objects.exists()


# --- reset_password


def reset_password(username: str) -> str:
    out = io.StringIO()
    call_command("reset_password", username, stdout=out)
    return out.getvalue().split()[-1]


def test_it_prints_a_temporary_password(bob: User) -> None:
    password = reset_password("bob")
    bob.refresh_from_db()
    assert bob.check_password(password)
    assert bob.is_password_temporary
    assert bob.password_expires_at


def test_nobody_of_the_name_is_told() -> None:
    with pytest.raises(CommandError, match="no person nobody"):
        reset_password("nobody")


@pytest.mark.parametrize("username", ["anna", "abc", "w"])
def test_what_is_printed_obeys_the_rules(username: str) -> None:
    password = first_admin("Atelier", username).split()[-1]
    validate_password(password, User.objects.get())
