import datetime
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from gateways import pausing
from generation import renditions
from labels import clean_files
from moderation import decisions, reveals
from reconciliation import resolution
from reconciliation.models import Difference, Reconciliation
from spend import month_closing
from spend.models import first_of_month
from tests import factories


@pytest.fixture(autouse=True)
def own_data_dir(tmp_path: Path, settings: Any) -> Path:
    """For the kept ends of chains."""
    settings.DATA_DIR = tmp_path
    return tmp_path


@pytest.fixture
def everything(alice: User, mona: User, otto: User) -> User:
    """A row in each append-only table, as the portal writes it."""
    released, held = (
        factories.artwork(alice),
        factories.artwork(alice, moderation="held"),
    )
    decisions.take_down(released, by=mona, reason="rights", note="看")
    reveals.reveal(held, by=mona)
    review = decisions.reopen(released, by=otto, reason="I was wrong")
    factories.review(released, claimed_by=mona)
    assert review.artwork_id == released.pk
    last_month = first_of_month(timezone.localdate()) - datetime.timedelta(1)
    month_closing.close(factories.team(), last_month, by=otto)
    account = factories.account()
    pausing.set_limits(account, {"weight": 7}, by=otto)
    run = Reconciliation.objects.create(
        account=account, status="done", window_start=timezone.now()
    )
    difference = Difference.objects.create(
        account=account, run=run, kind="amount", identity="amount:1", unit="integral"
    )
    resolution.explain(difference, by=otto, note="agreed")
    resolution.reopen(difference, by=otto)
    file = renditions.clean(held, to=otto, address="192.0.2.1")
    agreement = clean_files.accept(otto, factories.team(), address="192.0.2.1")
    file.book(agreement, "A layout")
    return otto
