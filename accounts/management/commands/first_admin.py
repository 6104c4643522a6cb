"""The first admin, before anybody can sign in."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError, transaction

from accounts.models import TEMPORARY_PASSWORD_HOURS, Membership, Team, User
from log import changes


class Command(BaseCommand):
    help = (
        "Makes an admin of a team and owner of the installation; either may be new."
        " Prints a new person's password."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--team", required=True, help="name of the team")
        parser.add_argument("--username", required=True, help="user name of the admin")

    def handle(self, *args: Any, team: str, username: str, **options: Any) -> None:
        try:
            with changes.command_line():
                password = self._add(team, username)
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        except IntegrityError as error:
            raise CommandError(f"{username} is in {team} already") from error
        self.stdout.write(f"{username} administers {team} and owns the installation.")
        if password:
            hours = TEMPORARY_PASSWORD_HOURS
            self.stdout.write(
                f"Password, to be changed within {hours} hours: {password}"
            )

    @transaction.atomic
    def _add(self, team: str, username: str) -> str:
        row, is_new = Team.objects.get_or_create(name=team)
        if is_new:
            row.full_clean()
        User._meta.get_field("username").clean(username, None)
        membership, password = row.add(username, Membership.Role.ADMIN)
        membership.user.set_owner(True, by=None)
        return password
