"""Demo people, an allocation and pictures; sandbox only."""

import json
import uuid
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.db.models import Sum

from accounts.models import Membership, Team, User, temporary_password
from gateways import catalogue
from gateways.providers.errors import ProviderError
from generation import lifecycle
from generation.models import Generation
from generation.operations import OPERATIONS
from spend import ledger
from spend.models import Budget, LedgerAccount
from spend.units import Unit
from wjportal.management import demo_history

TEAM = "Studio"
ALLOCATED = {Unit.INTEGRAL: 5000, Unit.IMAGE: 200}
PERSONAL_LIMIT = 400
#: Authors for ``--days``.
ASSISTANTS = ("Lin", "Chen", "Maya", "Sofia")
PICTURES = (
    ("wujie-drawing", "A quiet harbour at dawn, mist over the boats", 2),
    ("wujie-drawing", "空山新雨后，天气晚来秋", 2),
    ("wujie-drawing", "A fox reading under a lamp, ink and wash", 1),
    ("wujie-drawing", "A sword fight on a roof in the rain", 1),
    ("jumdata-drawing", "赛博朋克城市的雨夜", 2),
)


def sign_ins() -> Path:
    return Path(settings.DATA_DIR) / "demo.json"


def retire() -> list[str]:
    """Switch off the demo people whose printed passwords still work: the gateways are
    real now. Returns their names."""
    path = sign_ins()
    if not path.exists():
        return []
    printed = json.loads(path.read_text(encoding="utf-8"))
    people = User.objects.filter(username__in=printed, is_active=True)
    retired = [p for p in people if p.check_password(printed[p.username])]
    for person in retired:
        person.is_active = False
        person.save(update_fields=["is_active"])
    path.unlink()
    return [person.username for person in retired]


class Command(BaseCommand):
    help = "Make the demo team, its people and a few pictures; safe to run again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--days", type=int, default=0, help="days of past work to add"
        )

    def handle(self, *args: Any, days: int, **options: Any) -> None:
        if not settings.SANDBOX:
            raise CommandError("There are gateway credentials: no demo people here.")
        with transaction.atomic():
            team = self.people()
        if not Generation.objects.filter(team=team).exists():
            self.pictures(team)
        if days:
            demo_history.make(team, [self.person(name) for name in ASSISTANTS], days)
        self.tell(team)

    def tell(self, team: Team) -> None:
        """What the team has, made now or before. No line looks like a sign-in's."""
        generations = Generation.objects.filter(team=team)
        pictures = generations.aggregate(all=Sum("pictures"))["all"] or 0
        left = ledger.balances(team, Unit.INTEGRAL)[LedgerAccount.Kind.AVAILABLE]
        self.stdout.write(
            f"Team {team}: {team.memberships.count()} people, {pictures} pictures in"
            f" {generations.count()} generations, {left} of"
            f" {ALLOCATED[Unit.INTEGRAL]} integrals left. Passwords: {sign_ins()}"
        )

    def person(self, username: str) -> User:
        user, is_new = User.objects.get_or_create(username=username.lower())
        if is_new:
            user.first_name = username
            user.set_unusable_password()
            user.save()
            Membership.objects.create(user=user, team=Team.objects.get(name=TEAM))
        return user

    def people(self) -> Team:
        path = sign_ins()
        passwords = json.loads(path.read_text()) if path.exists() else {}
        team, is_new = Team.objects.get_or_create(name=TEAM)
        for role in Membership.Role.values:
            user, is_unknown = User.objects.get_or_create(username=role)
            if is_unknown or role not in passwords:  # or retired
                passwords[role] = temporary_password()
                user.set_password(passwords[role])
                user.is_active = True
                user.is_owner = role == Membership.Role.ADMIN
                user.save()
            Membership.objects.get_or_create(
                user=user, team=team, defaults={"role": role}
            )
        if is_new:
            for unit, amount in ALLOCATED.items():
                reference = f"allocation:demo:{unit}"
                ledger.allocate(team, unit, amount, by=None, reference=reference)
            member = User.objects.get(username=Membership.Role.MEMBER)
            Budget.objects.create(team=team, user=member, limit=PERSONAL_LIMIT)
        path.touch(mode=0o600)
        path.write_text(json.dumps(passwords), encoding="utf-8")
        return team

    def pictures(self, team: Team) -> None:
        """An unreachable sandbox leaves them out."""
        catalogue.refresh()
        member = User.objects.get(username=Membership.Role.MEMBER)
        for slug, prompt, pictures in PICTURES:
            operation = OPERATIONS[slug]
            empty = operation.form_class(catalogue=catalogue.read(operation.provider))
            typed = {name: field.initial for name, field in empty.fields.items()}
            form = operation.form_class(
                {**typed, "prompt": prompt, "pictures": pictures},
                catalogue=empty.catalogue,
            )
            if not form.is_valid():
                self.stderr.write(f"No demo picture: {form.errors.as_text()}")
                continue
            try:
                quote = operation.quote(form.cleaned_data)
            except ProviderError as error:
                self.stderr.write(f"No demo picture: {error.message}")
                return
            lifecycle.submit(
                operation=operation,
                cleaned=form.cleaned_data,
                quote=quote,
                requested_by=member,
                team=team,
                submit_key=uuid.uuid5(uuid.NAMESPACE_URL, f"demo:{prompt}"),
            )
