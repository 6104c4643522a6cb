"""What is labelled and how: for a team's admins; who may take files unlabelled."""

import io

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_POST
from PIL import Image

from accounts.access import MemberRequest, admins_only
from accounts.models import Membership
from labels import clean_files, drawing
from labels.forms import TeamForm
from labels.label_settings import CORNERS
from labels.models import CleanGrant, TeamLabels

#: People listed at most, those with the right first.
MOST_PEOPLE = 200
SAMPLE = (640, 360)


@require_GET
@admins_only
def labels(request: MemberRequest) -> HttpResponse:
    team = request.membership.team
    row = TeamLabels.objects.filter(team=team).first() or TeamLabels(team=team)
    granted = set(CleanGrant.objects.filter(team=team).values_list("user", flat=True))
    members = Membership.objects.filter(team=team).select_related("user")
    found = sorted(
        members.order_by("pk")[:MOST_PEOPLE],
        key=lambda each: each.user_id not in granted,
    )
    shown = {
        "text": settings.LABEL_TEXT,
        "producer": settings.LABEL_PRODUCER,
        "is_public": settings.VERIFY_PUBLIC,
        "form": TeamForm(instance=row),
        "members": [(each, each.user_id in granted) for each in found],
        "english": clean_files.ENGLISH,
        "chinese": clean_files.CHINESE,
        "version": clean_files.VERSION,
    }
    return render(request, "labels/labels.html", shown)


@require_POST
@admins_only
def set_team(request: MemberRequest) -> HttpResponse:
    form = TeamForm(request.POST)
    if form.is_valid():
        team, by = request.membership.team, request.user
        clean_files.set_team(team, by=by, **form.cleaned_data)
        messages.success(request, _("Saved."))
    return redirect("labels:labels")


@require_POST
@admins_only
def set_grant(request: MemberRequest, pk: int) -> HttpResponse:
    """``granted``: 1 to grant the right to a member, else to take it back."""
    rows = Membership.objects.filter(team=request.membership.team)
    member = get_object_or_404(rows.select_related("user", "team"), pk=pk)
    if request.POST.get("granted") == "1":
        clean_files.grant(member, by=request.user)
    else:
        clean_files.revoke(member, by=request.user)
    return redirect("labels:labels")


@require_GET
@admins_only
@cache_control(private=True, no_cache=True)
def sample(request: MemberRequest) -> HttpResponse:
    """A made-up picture with the visible label."""
    corner = request.GET.get("corner", "")
    ramp = Image.linear_gradient("L").point(lambda level: 90 + level // 2)
    picture = ramp.resize(SAMPLE).convert("RGB")
    place = corner if corner in CORNERS else CORNERS[0]
    drawing.draw(picture, settings.LABEL_TEXT, place)
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=1)
    return HttpResponse(out.getvalue(), content_type="image/png")
