"""The work as staff may read it. Left out: addresses that show what review covers, and
the callback tokens, which are secrets."""

from django.contrib import admin

from accounts.admin import ReadOnlyAdmin
from generation.models import (
    Acceleration,
    AccountChange,
    Artwork,
    GatewayAccount,
    Generation,
    ProviderTask,
)


@admin.register(GatewayAccount)
class GatewayAccountAdmin(ReadOnlyAdmin):
    list_display = ("provider", "app_id", "sending", "weight", "balance", "trouble")


@admin.register(AccountChange)
class AccountChangeAdmin(ReadOnlyAdmin):
    list_display = ("changed_at", "account", "field", "before", "after", "changed_by")
    list_select_related = ("account", "changed_by")


@admin.register(Generation)
class GenerationAdmin(ReadOnlyAdmin):
    list_display = ("id", "created_at", "operation", "status", "team", "requested_by")
    list_filter = ("status", "operation", "team")
    list_select_related = ("team", "requested_by")
    exclude = ("callback_token", "answer")
    show_full_result_count = False


@admin.register(ProviderTask)
class ProviderTaskAdmin(ReadOnlyAdmin):
    list_display = ("key", "status", "generation", "reserved", "cost", "is_booked")
    list_filter = ("status", "cost_state", "is_booked")
    list_select_related = ("generation",)
    search_fields = ("key",)
    exclude = ("answer",)
    show_full_result_count = False


@admin.register(Acceleration)
class AccelerationAdmin(ReadOnlyAdmin):
    list_display = ("generation", "number", "asked_at", "steps", "price", "status")
    list_filter = ("status",)
    list_select_related = ("generation",)
    show_full_result_count = False


@admin.register(Artwork)
class ArtworkAdmin(ReadOnlyAdmin):
    list_display = ("id", "created_at", "moderation", "verdict", "team", "requested_by")
    list_filter = ("moderation", "verdict", "team")
    list_select_related = ("team", "requested_by")
    exclude = ("source_url",)
    show_full_result_count = False
