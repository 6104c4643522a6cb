"""Demo people and pictures: made once, and for the sandbox alone."""

import json

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import Membership, Team, User
from generation.models import Generation
from reconciliation import invariants
from spend import ledger
from spend.models import Transfer
from wjportal.management.commands.demo import ALLOCATED, PICTURES, retire, sign_ins

pytestmark = pytest.mark.both_databases


@pytest.fixture(autouse=True)
def own_data(settings, tmp_path):
    settings.DATA_DIR = tmp_path


def demo():
    call_command("demo")


def state():
    return (
        list(User.objects.order_by("pk").values("pk", "username", "password")),
        list(Membership.objects.order_by("pk").values_list("user", "team", "role")),
        Generation.objects.count(),
        Transfer.objects.count(),
        sign_ins().read_text(),
    )


def test_it_makes_one_of_each_role_in_one_team(sandbox, db):
    demo()
    team = Team.objects.get()
    roles = {m.user.username: m.role for m in team.memberships.all()}
    assert roles == {role: role for role in Membership.Role.values}
    assert ledger.balances(team, "image")["allocation"] == -ALLOCATED["image"]
    assert list(invariants.broken()) == []


def test_it_says_what_it_made(sandbox, db, capsys):
    demo()
    told = capsys.readouterr().out
    pictures = sum(number for _slug, _prompt, number in PICTURES)
    assert f"3 people, {pictures} pictures in {len(PICTURES)} generations" in told
    assert f"of {ALLOCATED['integral']} integrals left" in told
    assert not [line for line in told.splitlines() if line.startswith(" ")]


def test_its_people_can_sign_in_and_nobody_else_reads_how(sandbox, db):
    demo()
    assert sign_ins().stat().st_mode & 0o077 == 0
    for username, password in json.loads(sign_ins().read_text()).items():
        typed = {"username": username, "password": password}
        answer = Client().post("/accounts/login/", typed)
        assert answer.status_code == 302
        user = User.objects.get(username=username)
        validate_password(password, user)
        assert user.is_owner == (username == "admin")
        assert not (user.is_staff or user.is_superuser)


def test_its_pictures_are_asked_for_like_any_others(sandbox, db):
    demo()
    made = Generation.objects.order_by("pk")
    assert [row.prompt for row in made] == [prompt for _, prompt, _ in PICTURES]
    assert {row.status for row in made} == {Generation.Status.QUEUED}
    assert all(row.reserved for row in made)


def test_again_changes_nothing(sandbox, db):
    demo()
    before = state()
    demo()
    assert state() == before


def test_without_a_gateway_there_are_just_no_pictures(sandbox, db, capsys):
    sandbox.switch(faults={"wujie.*": {"kind": "http_500"}})
    demo()
    assert User.objects.count() == 3
    assert "No demo picture" in capsys.readouterr().err
    assert not Generation.objects.filter(account__provider="wujie").exists()


def test_a_portal_with_credentials_has_no_demo(db, settings):
    settings.SANDBOX = False
    with pytest.raises(CommandError, match="credentials"):
        demo()
    assert not User.objects.exists()


def test_it_can_have_a_past_that_balances(sandbox, db):
    call_command("demo", days=40)
    worked = Generation.objects.filter(account__app_id="past")
    days = {row.created_at.date() for row in worked}
    assert len(days) == 40
    assert {row.status for row in worked} == {"done", "failed"}
    assert Transfer.objects.filter(kind="settle", unit="image").exists()
    assert list(invariants.broken()) == []
    before = state()
    call_command("demo", days=40)
    assert state() == before


def test_real_gateways_retire_its_people_but_nobody_who_moved_in(sandbox, db):
    demo()
    moved_in = User.objects.get(username="admin")
    moved_in.set_password("a quiet harbour at dawn")
    moved_in.save()
    assert sorted(retire()) == ["member", "moderator"]
    active = User.objects.filter(is_active=True)
    assert [person.username for person in active] == ["admin"]
    assert retire() == []


def test_back_at_the_sandbox_its_people_can_sign_in_again(sandbox, db):
    demo()
    retire()
    demo()
    for username, password in json.loads(sign_ins().read_text()).items():
        typed = {"username": username, "password": password}
        assert Client().post("/accounts/login/", typed).status_code == 302
