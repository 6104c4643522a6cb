from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from accounts.access import MemberRequest
from generation.presenters.price_preview import price_context
from generation.presenters.prompt_form import PromptForm


@require_POST
def quote(request: MemberRequest) -> HttpResponse:
    """The form's price, and the submit button. Posted: a form with long texts does not
    fit into an address."""
    prompt_form = PromptForm.of(request.POST.get("operation", ""), request.user)
    context = price_context(request, prompt_form, request.POST)
    context |= {"prompt_form": prompt_form, "is_part": True}
    return render(request, "generation/_quote.html", context)
