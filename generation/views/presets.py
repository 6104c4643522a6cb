"""Presets: one's own and the team's, listed, kept, changed, removed, restored."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import push_url

from accounts.access import MemberRequest
from accounts.paging import page
from generation.forms import PresetForm
from generation.models import NameTaken, Preset, TooMany
from generation.operations.fields import pairs
from generation.presenters import presets as presenter
from generation.presenters.prompt_form import posted_values
from generation.presenters.requested_values import requested_values
from net.request_values import number

PAGE = 30
#: In ``HX-Target``: the sheet over Create is open, and its content comes anew.
PART = "sheet-part"


@require_GET
@never_cache
@vary_on_headers("HX-Request", "HX-Target")
def presets(request: MemberRequest) -> HttpResponse:
    own = Preset.objects.own(request.user, request.membership.team)
    gone = own.filter(pk=number(request.GET.get("removed", "")) or 0)
    removed = gone.exclude(removed_at=None).first()
    return _listed(request, removed)


@require_http_methods(["GET", "POST"])
@never_cache
@vary_on_headers("HX-Request", "HX-Target")
def new_preset(request: MemberRequest) -> HttpResponse:
    """From what the form of Create has (posted), or from a generation (``again``)."""
    slug, values = requested_values(request)
    kept = presenter.settings_of(slug, values)
    preset = Preset(
        operation=slug if kept else "",
        parameters=kept,
        prompt=str(values.get(presenter.PROMPT) or ""),
        negative=str(values.get(presenter.NEGATIVE_WORDS) or ""),
    )
    return _form(request, preset, PresetForm(instance=preset))


@require_POST
def keep_preset(request: MemberRequest) -> HttpResponse:
    preset = Preset(team=request.membership.team, made_by=request.user)
    return _kept(request, preset)


@require_http_methods(["GET", "POST"])
@never_cache
@vary_on_headers("HX-Request", "HX-Target")
def edit_preset(request: MemberRequest, pk: int) -> HttpResponse:
    preset = _own(request, pk, removed_at=None)
    if request.method == "POST":
        return _kept(request, preset)
    return _form(request, preset, PresetForm(instance=preset))


@require_POST
def remove_preset(request: MemberRequest, pk: int) -> HttpResponse:
    preset = _own(request, pk)
    preset.remove()
    if request.htmx:
        return _listed(request, removed=preset)
    return redirect(f"{reverse('generation:presets')}?removed={pk}")


@require_POST
def restore_preset(request: MemberRequest, pk: int) -> HttpResponse:
    preset = _own(request, pk)
    if refused := _refused(preset):
        return _listed(request, removed=preset, refused=refused)
    return _done(request, _("The preset is back."))


def _own(request: MemberRequest, pk: int, **which: Any) -> Preset:
    rows = Preset.objects.own(request.user, request.membership.team)
    return get_object_or_404(rows, pk=pk, **which)


def _kept(request: MemberRequest, preset: Preset) -> HttpResponse:
    slug = request.POST.get("operation", "")
    settings = presenter.settings_of(slug, posted_values(request.POST))
    form = PresetForm(request.POST, instance=preset, settings=(slug, settings))
    if form.is_valid():
        if not (refused := _refused(form.instance)):
            return _done(request, _("The preset is saved."))
        form.add_error("name", refused)
    preset.operation, preset.parameters = slug if settings else "", settings
    return _form(request, preset, form, status=422)


def _refused(preset: Preset) -> str:
    """Why it is not kept; empty: it is."""
    try:
        preset.keep()
    except TooMany:
        told = _("You have %(most)s presets. Remove one to save another.")
        return told % {"most": Preset.MOST}
    except NameTaken:
        return _("You have a preset of this name already.")
    return ""


def _done(request: MemberRequest, told: str) -> HttpResponse:
    messages.success(request, told)
    return _listed(request) if request.htmx else redirect("generation:presets")


def _form(
    request: MemberRequest, preset: Preset, form: PresetForm, status: int = 200
) -> HttpResponse:
    hidden = [pair for item in preset.parameters.items() for pair in pairs(*item)]
    context = {"preset": preset, "form": form, "hidden_values": hidden}
    context |= {"facts": presenter.facts(preset)}
    return sheet(request, "edit_preset", context, status=status)


def _listed(
    request: MemberRequest, removed: Preset | None = None, refused: str = ""
) -> HttpResponse:
    team = request.membership.team
    rows = Preset.objects.visible_to(request.user, team).select_related("made_by")
    found = page(rows, request.GET.get("before", ""), PAGE)
    context = {
        "presets": [(preset, presenter.facts(preset)) for preset in found.rows],
        "older": found.older,
        "removed": removed,
        "refused": refused,
    }
    return sheet(request, "presets", context)


def sheet(
    request: MemberRequest, name: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """A page; over Create the same in a sheet, or anew in the open one."""
    context |= {"part": f"generation/_{name}.html"}
    if not request.htmx:
        return render(request, "generation/kept.html", context, status=status)
    is_open = request.htmx.target == PART
    template = context["part"] if is_open else "generation/_sheet.html"
    # The address stays that of Create.
    return push_url(render(request, template, context, status=status), False)
