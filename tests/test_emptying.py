"""The database after a test with real transactions: empty, and guarded as before."""

from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction

from log import chain
from tests import emptying, factories

pytestmark = pytest.mark.both_databases


def fill() -> None:
    """A transfer in the books, and an entry in the log."""
    factories.generation(factories.alice())
    with transaction.atomic():
        chain.append(chain.Event(factories.team().pk, "decision"))


def filled() -> set[str]:
    tables = {model._meta.db_table: model for model in apps.get_models()}
    return {name for name, model in tables.items() if model._base_manager.exists()}


@pytest.mark.django_db(transaction=True)
def test_nothing_is_left_and_what_is_final_is_so_again() -> None:
    fill()
    guarded = {"spend_transfer", "log_entry"}
    assert filled() > guarded
    emptying.empty()
    assert filled() == emptying.KEPT
    fill()
    for table in guarded:
        with pytest.raises(DatabaseError), transaction.atomic():
            execute(f"DELETE FROM {table}")
    assert filled() > guarded


def execute(statement: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement)
