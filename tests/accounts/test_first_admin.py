"""``manage.py first_admin``: how a new portal gets its first admin."""

import io

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.test import RequestFactory

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
