"""The prompt form above the user's latest generations."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import replace_url

from accounts.access import MemberRequest
from generation.presenters import cards
from generation.presenters.price_preview import price_context
from generation.presenters.prompt_form import (
    PromptForm,
    form_context,
    requested_values,
)


@require_http_methods(["GET", "POST"])
@never_cache
@vary_on_headers("HX-Request", "HX-Target")
def create(request: MemberRequest) -> HttpResponse:
    """The fields alone after a change of operation. A form that is filled in is posted
    to be drawn anew: its texts may not fit into an address."""
    slug, values = requested_values(request)
    prompt_form = PromptForm.of(slug, request.user)
    form = prompt_form.prefilled(values)
    context = form_context(prompt_form, form, values)
    if request.htmx.target == "operation-fields":
        part = context | {"is_part": True}
        response = render(request, "generation/_operation_fields.html", part)
        operation = prompt_form.operation.slug
        return replace_url(
            response, f"{reverse('generation:create')}?operation={operation}"
        )
    sent = request.POST or request.GET
    if "price" in sent:  # without JavaScript
        context |= price_context(request, prompt_form, sent)
    context |= cards.latest_context(request)
    return render(request, "generation/create.html", context)
