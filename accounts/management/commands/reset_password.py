"""A new temporary password, where no admin of a team can make one."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import TEMPORARY_PASSWORD_HOURS, User
from log import changes


class Command(BaseCommand):
    help = "Prints a new temporary password of a person; signs them out everywhere."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")

    def handle(self, *args: Any, username: str, **options: Any) -> None:
        person = User.objects.filter(username=username).first()
        if person is None:
            raise CommandError(f"There is no person {username}")
        with changes.command_line():
            password = person.renew_password(by=None)
        hours = TEMPORARY_PASSWORD_HOURS
        self.stdout.write(f"Password, to be changed within {hours} hours: {password}")
