"""The prompt bar above the user's latest generations."""

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import replace_url, trigger_client_event

from accounts.access import MemberRequest
from generation.presenters import blanks, cards, origin_changes
from generation.presenters.operation_choices import sections
from generation.presenters.price_preview import price_context
from generation.presenters.prompt_form import (
    ALL_GROUPS,
    PromptForm,
    form_context,
    group_of,
)
from generation.presenters.requested_values import requested_values, without_group

#: Before a group's key in the id of its element.
GROUP = "group-"
#: A part changed what is asked for: the price is asked for anew.
CHANGED = "fields-changed"


@require_http_methods(["GET", "POST"])
@never_cache
@vary_on_headers("HX-Request", "HX-Target")
def create(request: MemberRequest) -> HttpResponse:
    """A form that is filled in is posted to be drawn anew: its texts may not fit into
    an address. The target names the part: the bar's fields after a change of operation,
    one group of settings, the list of operations, or older cards."""
    target = request.htmx.target or ""
    if target == "older":
        context = cards.older_context(request) | {"is_part": True}
        return render(request, "generation/_feed.html", context)
    sent = request.POST or request.GET
    slug, values = requested_values(request)
    if target == "operations":
        context = {"sections": sections(request.user), "chosen": slug}
        context |= {"create_url": reverse("generation:create")}
        return render(request, "generation/_operations.html", context)
    prompt_form = PromptForm.of(slug, request.user)
    values = without_group(prompt_form, values, sent.get("reset", ""))
    if target.startswith(GROUP):
        return _group(request, prompt_form, values, target.removeprefix(GROUP))
    form = prompt_form.prefilled(values)
    context = form_context(prompt_form, form, values, opened(sent))
    context |= blanks.context(sent, form)
    context |= origin_changes.context(request, prompt_form, form)
    if target == "changes":  # from the generation that the form repeats
        return render(request, "generation/_changes.html", context)
    if target == "ask":  # a preset, or words of the history, came into it
        return render(request, "generation/_form.html", context)
    if target == "operation-fields":
        return _fields(request, prompt_form, context)
    if "price" in sent:  # without JavaScript
        context |= price_context(request, prompt_form, sent)
    if ALL_GROUPS in opened(sent):  # the same
        context |= {"sections": sections(request.user), "chosen": slug}
    context |= cards.latest_context(request)
    return render(request, "generation/create.html", context)


def opened(sent: QueryDict) -> list[str]:
    """Keys of the groups of settings that are open."""
    return sent.getlist("open") + sent.getlist("reset")


def _group(
    request: MemberRequest, prompt_form: PromptForm, values: dict[str, object], key: str
) -> HttpResponse:
    group = group_of(prompt_form.prefilled(values), key)
    if group is None:
        raise Http404
    context = {"prompt_form": prompt_form, "group": group}
    context |= {"create_url": reverse("generation:create")}
    response = render(request, "generation/_group.html", context)
    return trigger_client_event(response, CHANGED, after="settle")


def _fields(
    request: MemberRequest, prompt_form: PromptForm, context: dict[str, object]
) -> HttpResponse:
    part = context | {"is_part": True}
    response = render(request, "generation/_operation_fields.html", part)
    operation = prompt_form.operation.slug
    address = f"{reverse('generation:create')}?operation={operation}"
    response = replace_url(response, address)
    return trigger_client_event(response, CHANGED, after="settle")
