"""Django's admin: staff edit people; the books, the log and the work they only read."""

from typing import Any

import pytest
from django.contrib import admin
from django.urls import reverse

from accounts.models import User
from log.admin import ReadOnlyAdmin
from moderation import decisions
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(signed_in: Any) -> Any:
    return signed_in(User.objects.create_superuser("root", password="root-password"))


@pytest.fixture
def artwork(alice: User) -> Any:
    row = factories.artwork(alice, moderation="pending", verdict="review")
    decisions.screen_pending(1)
    return row


def test_every_page_opens(staff: Any, artwork: Any, otto: User) -> None:
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        assert staff.get(reverse(f"{name}_changelist")).status_code == 200, model
        if row := model._default_manager.first():
            page = staff.get(reverse(f"{name}_change", args=[row.pk]))
            assert page.status_code == 200, model


def test_what_the_portal_writes_is_not_changed_by_hand(
    staff: Any, artwork: Any
) -> None:
    read_only = [
        model
        for model, page in admin.site._registry.items()
        if isinstance(page, ReadOnlyAdmin)
    ]
    assert {model.__name__ for model in read_only} >= {
        "Transfer",
        "LedgerAccount",
        "Decision",
        "Reveal",
        "Generation",
        "ProviderTask",
        "Artwork",
    }
    for model in read_only:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        assert staff.get(reverse(f"{name}_add")).status_code == 403
        if row := model._default_manager.first():
            for action in ("change", "delete"):
                address = reverse(f"{name}_{action}", args=[row.pk])
                assert staff.post(address, {"post": "yes"}).status_code == 403


def test_it_shows_no_address_of_a_held_picture(staff: Any, artwork: Any) -> None:
    page = staff.get(reverse("admin:generation_artwork_change", args=[artwork.pk]))
    assert artwork.source_url not in page.text
    of = artwork.generation
    page = staff.get(reverse("admin:generation_generation_change", args=[of.pk]))
    assert of.callback_token not in page.text


def test_an_admin_of_a_team_is_not_staff(signed_in: Any, otto: User) -> None:
    assert signed_in(otto).get(reverse("admin:index")).status_code == 302
