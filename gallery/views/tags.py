from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.access import MemberRequest
from gallery.models import Tag
from gallery.presenters import choices


@require_GET
def tags(request: MemberRequest) -> HttpResponse:
    """Completions of ``tag``, the most frequent first."""
    words = request.GET.get("tag", "")[: Tag.NAME_CHARACTERS]
    context = {"tags": choices.tags(request, words)}
    return render(request, "gallery/_tags.html", context)
