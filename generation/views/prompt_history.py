"""What a person asked for before: prompts, each once, newest first, with search."""

from django.db.models import QuerySet
from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from accounts.access import MemberRequest
from accounts.paging import page, read_cursor
from generation.models import Generation
from generation.search import generations, marking, question
from generation.views.presets import sheet

#: Generations that one page looks at; of a series with one prompt, one is listed.
PAGE = 100
MOST_CHARACTERS = 400


@require_GET
@never_cache
@vary_on_headers("HX-Request", "HX-Target")
def prompt_history(request: MemberRequest) -> HttpResponse:
    words, before = request.GET.get("q", ""), request.GET.get("before", "")
    asked = question.parse(words)
    found = page(_rows(request, asked, before), before, PAGE)
    by_prompt: dict[str, Generation] = {}
    for row in found.rows:
        by_prompt.setdefault(row.prompt, row)
    context = {
        "prompts": [
            (row, marking.marked(row.prompt, asked, MOST_CHARACTERS))
            for row in by_prompt.values()
        ],
        "older": found.older,
        "words": words,
    }
    return sheet(request, "prompt_history", context)


def _rows(
    request: MemberRequest, asked: question.Question | None, before: str
) -> QuerySet[Generation]:
    user, team = request.user, request.membership.team
    rows = Generation.objects.visible_to(user).in_team(team).filter(requested_by=user)
    rows = rows.exclude(prompt="").only("pk", "prompt", "created_at")
    if asked is None:
        return rows
    cursor = read_cursor(before, numbers=1)
    below = cursor[1][0] if cursor else None
    keys = generations.newest(
        asked, team=team.pk, person=user.pk, below=below, limit=PAGE + 1
    )
    return rows.filter(pk__in=keys)
