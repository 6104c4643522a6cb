"""A migrated SQLite database, made once and copied for each run.

``python -m tests.mutants.template PATH`` makes it. As a pytest plugin, with
``--reuse-db``, it puts a copy of $MUTANTS_TEMPLATE in place of the tests' database:
migrations take three quarters of a short run.
"""

import os
import shutil
import sys
from pathlib import Path

import django
import pytest

VARIABLE = "MUTANTS_TEMPLATE"


@pytest.hookimpl(trylast=True)
def pytest_configure() -> None:
    from django.conf import settings  # not before pytest-django chose the settings

    target = Path(settings.DATABASES["default"]["TEST"]["NAME"])
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(os.environ[VARIABLE], target)


def make(path: str) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    django.setup()
    from django.db import connection

    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [path])
    connection.close()


if __name__ == "__main__":
    make(sys.argv[1])
