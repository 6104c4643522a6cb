from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from accounts import press_limits
from accounts.access import MemberRequest, admins_or_owners_only
from accounts.paging import page
from notifications import deliveries, tasks
from notifications.forms import ChannelForm
from notifications.models import Channel, ChannelQuerySet, Delivery, DeliveryTry
from notifications.refusal_words import explain

PAGE = 30


@require_GET
@never_cache
@admins_or_owners_only
def channels(request: MemberRequest) -> HttpResponse:
    return _page(request, ChannelForm(membership=request.membership))


@require_POST
@sensitive_post_parameters("address", "secret")
@admins_or_owners_only
def add(request: MemberRequest) -> HttpResponse:
    form = ChannelForm(request.POST, membership=request.membership)
    if not form.is_valid():
        return _page(request, form, status=422)
    is_shared = form.cleaned_data.pop("whose") == form.OWNERS
    team = None if is_shared else request.membership.team
    deliveries.add_channel(team, **form.cleaned_data, by=request.user)
    messages.success(request, _("The channel is there. Send a test to be sure."))
    return redirect("notifications:channels")


@require_POST
@admins_or_owners_only
def test(request: MemberRequest, pk: int) -> HttpResponse:
    """Waits for the answer: it is what the admin wants to know."""
    channel = _channel(request, pk)
    try:
        refusal = deliveries.send_now(deliveries.test(channel))
    except press_limits.PressedOften as error:
        messages.error(request, error.message)
        return redirect("notifications:channels")
    if refusal:
        said = _("%(name)s: not delivered. %(why)s")
        why = explain(refusal)
        messages.error(request, said % {"name": channel.name, "why": why})
    else:
        said = _("%s: delivered. Look whether the message has come.")
        messages.success(request, said % channel.name)
    return redirect("notifications:channels")


@require_POST
@admins_or_owners_only
def remove(request: MemberRequest, pk: int) -> HttpResponse:
    deliveries.remove_channel(_channel(request, pk), by=request.user)
    messages.success(request, _("Nothing is sent there any more."))
    return redirect("notifications:channels")


@require_POST
@admins_or_owners_only
def replay(request: MemberRequest, pk: int) -> HttpResponse:
    rows = Delivery.objects.filter(channel__in=_channels(request).in_use())
    delivery = get_object_or_404(rows, pk=pk)
    with transaction.atomic():
        is_sent_again = deliveries.replay(delivery)
        transaction.on_commit(tasks.nudge)
    if is_sent_again:
        messages.success(request, _("It is sent again."))
    else:
        messages.info(request, _("It waits already."))
    return redirect("notifications:channels")


def _channel(request: MemberRequest, pk: int) -> Channel:
    return get_object_or_404(_channels(request).in_use(), pk=pk)


def _channels(request: MemberRequest) -> ChannelQuerySet:
    return Channel.objects.changeable_by(request.membership)


def _page(request: MemberRequest, form: ChannelForm, status: int = 200) -> HttpResponse:
    channels = _channels(request)
    tried = Prefetch(
        "tries", DeliveryTry.objects.order_by("pk"), to_attr="tries_in_order"
    )
    rows = Delivery.objects.filter(channel__in=channels)
    rows = rows.select_related("channel", "alert").prefetch_related(tried)
    log = page(rows, request.GET.get("before", ""), PAGE)
    context = {
        "channels": channels.in_use().select_related("team").order_by("pk"),
        "log": log,
        "form": form,
        "can_mail": bool(settings.EMAIL_HOST),
        "has_public_url": bool(settings.PUBLIC_URL),
    }
    return render(request, "notifications/channels.html", context, status=status)
