"""The table of schedules equals the settings."""

from importlib import import_module

import pytest
from django.core.management import call_command
from django_q.models import Schedule

pytestmark = pytest.mark.both_databases


def test_it_writes_all_of_it_and_again(db, settings):
    for _ in range(2):
        call_command("schedule")
        found = {row.name: (row.func, row.minutes) for row in Schedule.objects.all()}
        assert found == settings.SCHEDULES
    assert {row.schedule_type for row in Schedule.objects.all()} == {Schedule.MINUTES}
    assert {row.repeats for row in Schedule.objects.all()} == {-1}


def test_what_is_not_in_the_settings_any_more_goes(db, settings):
    Schedule.objects.create(name="old", func="gone.task")
    call_command("schedule")
    settings.SCHEDULES = {"pump": ("wjportal.engine.tasks.pump", 2)}
    call_command("schedule")
    assert [(row.name, row.minutes) for row in Schedule.objects.all()] == [("pump", 2)]


def test_everything_scheduled_is_there(settings):
    for function, minutes in settings.SCHEDULES.values():
        module, name = function.rsplit(".", 1)
        assert callable(getattr(import_module(module), name))
        assert minutes >= 1
