"""What a person is told of, and how; their own channels."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts import press_limits
from accounts.access import MemberRequest
from notifications import deliveries, notices
from notifications.forms import OwnChannelForm
from notifications.models import Channel, Notice, NoticeChoices, Way
from notifications.refusal_words import explain


@require_http_methods(["GET", "POST"])
@never_cache
def choices(request: MemberRequest) -> HttpResponse:
    """POST: ``told`` names what is wanted, as ``done.email``."""
    if request.method == "POST":
        wanted = set(request.POST.getlist("told"))
        notices.choose(request.user, _codes() - wanted)
        messages.success(request, _("Saved."))
        return redirect("notifications:notice_choices")
    return _page(request, OwnChannelForm())


@require_POST
@sensitive_post_parameters("address", "secret")
def add_channel(request: MemberRequest) -> HttpResponse:
    form = OwnChannelForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    deliveries.add_own_channel(request.user, **form.cleaned_data)
    messages.success(request, _("The channel is there. Send a test to be sure."))
    return redirect("notifications:notice_choices")


@require_POST
def test_channel(request: MemberRequest, pk: int) -> HttpResponse:
    """Waits for the answer: it is what the person wants to know."""
    channel = _channel(request, pk)
    try:
        press_limits.take(f"own channels:{request.user.pk}")
        refusal = deliveries.send_now(deliveries.test(channel))
    except press_limits.PressedOften as error:
        messages.error(request, error.message)
        return redirect("notifications:notice_choices")
    told = {"name": channel.get_kind_display(), "why": explain(refusal)}
    if refusal:
        messages.error(request, _("%(name)s: not delivered. %(why)s") % told)
    else:
        said = _("%s: delivered. Look whether the message has come.")
        messages.success(request, said % told["name"])
    return redirect("notifications:notice_choices")


@require_POST
def remove_channel(request: MemberRequest, pk: int) -> HttpResponse:
    deliveries.remove_own_channel(_channel(request, pk))
    messages.success(request, _("Nothing is sent there any more."))
    return redirect("notifications:notice_choices")


def _codes() -> set[str]:
    return {f"{kind}.{way}" for kind in Notice.Kind.values for way in Way.values}


def _channel(request: MemberRequest, pk: int) -> Channel:
    rows = Channel.objects.in_use().filter(person=request.user)
    return get_object_or_404(rows, pk=pk)


def _page(
    request: MemberRequest, form: OwnChannelForm, status: int = 200
) -> HttpResponse:
    kept = NoticeChoices.objects.filter(user=request.user).first()
    off = set(kept.off if kept else ())
    rows = [
        (
            label,
            [
                (f"{kind}.{way}", f"{kind}.{way}" not in off, words)
                for way, words in Way.choices
            ],
        )
        for kind, label in Notice.Kind.choices
    ]
    channels = Channel.objects.in_use().filter(person=request.user).order_by("kind")
    context = {
        "rows": rows,
        "ways": Way.labels,
        "channels": channels,
        "form": form,
        "can_mail": bool(settings.EMAIL_HOST),
    }
    return render(request, "notifications/notice_choices.html", context, status=status)
