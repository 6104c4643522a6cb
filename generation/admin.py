"""Read-only lists for staff, without source addresses (they show held pictures) and
callback tokens (secrets)."""

from django.contrib import admin

from generation.models import (
    Acceleration,
    Artwork,
    Generation,
    ProviderTask,
)
from log.admin import ReadOnlyAdmin


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
