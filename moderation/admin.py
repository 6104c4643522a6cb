"""Decisions, reveals and lease events, read-only."""

from django.contrib import admin

from log.admin import ReadOnlyAdmin
from moderation.models import Decision, LeaseEvent, Reveal


@admin.register(Decision)
class DecisionAdmin(ReadOnlyAdmin):
    list_display = ("decided_at", "artwork", "action", "reason", "decided_by")
    list_filter = ("action", "reason")
    list_select_related = ("artwork", "decided_by")
    show_full_result_count = False


@admin.register(Reveal)
class RevealAdmin(ReadOnlyAdmin):
    list_display = ("revealed_at", "artwork", "revealed_by")
    list_select_related = ("artwork", "revealed_by")
    show_full_result_count = False


@admin.register(LeaseEvent)
class LeaseEventAdmin(ReadOnlyAdmin):
    list_display = ("at", "team", "kind", "by", "artwork", "claim")
    list_filter = ("kind",)
    list_select_related = ("team", "by", "artwork")
    show_full_result_count = False
