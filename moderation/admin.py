"""The log of decisions and reveals as staff may read it."""

from django.contrib import admin

from log.admin import ReadOnlyAdmin
from moderation.models import Decision, Reveal


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
