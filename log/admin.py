"""The log, read-only for staff."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest

from log.models import Entry

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin


class ReadOnlyAdmin(ModelAdmin):
    def has_add_permission(self, request: HttpRequest, *_: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, *_: Any) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, *_: Any) -> bool:
        return False


@admin.register(Entry)
class EntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "team", "number", "kind", "by", "artwork")
    list_filter = ("kind",)
    list_select_related = ("team", "by", "artwork")
    show_full_result_count = False
