"""Names of models: written by the catalogue, read by the spend pages in one query."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gateways import catalogue
from spend import model_names
from spend.models import ModelName

pytestmark = pytest.mark.django_db

GATEWAY = "sandbox.wujie"


def test_a_catalogue_read_writes_names(sandbox: Any) -> None:
    catalogue.refresh()
    gateway = catalogue.account("wujie").purse
    assert model_names.at(gateway)["1"] == "通用 1.0"


def test_a_name_belongs_to_one_gateway() -> None:
    model_names.update("wujie", {"1": "Real"})
    model_names.update(GATEWAY, {"1": "Sandbox"})
    assert model_names.at("wujie") == {"1": "Real"}
    assert model_names.at(GATEWAY) == {"1": "Sandbox"}


def test_only_changes_are_written() -> None:
    model_names.update(GATEWAY, {"1": "Old", "2": "Same"})
    with CaptureQueriesContext(connection) as queries:
        model_names.update(GATEWAY, {"1": "New", "2": "Same"})
    written = [row["sql"] for row in queries if "INSERT" in row["sql"]]
    assert len(written) == 1
    assert "Same" not in written[0]
    assert model_names.at(GATEWAY) == {"1": "New", "2": "Same"}


def test_the_same_list_writes_nothing(django_assert_num_queries: Any) -> None:
    model_names.update(GATEWAY, {"1": "Same"})
    with django_assert_num_queries(1):
        model_names.update(GATEWAY, {"1": "Same"})


def test_an_unlisted_model_keeps_its_name() -> None:
    model_names.update(GATEWAY, {"1": "Gone"})
    model_names.update(GATEWAY, {"2": "Listed"})
    assert model_names.at(GATEWAY) == {"1": "Gone", "2": "Listed"}


@pytest.mark.parametrize(
    ("code", "name", "kept"),
    [("1", "", {}), ("c" * 81, "Long code", {}), ("1", "n" * 201, {"1": "n" * 200})],
)
def test_an_odd_model_stops_no_other(code: str, name: str, kept: Any) -> None:
    model_names.update(GATEWAY, {code: name, "2": "Plain"})
    assert model_names.at(GATEWAY) == {**kept, "2": "Plain"}
    assert ModelName.objects.count() == len(kept) + 1
