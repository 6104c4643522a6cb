"""What the address of a share link opens, for anybody who has it.

An address that was never made, one that is over or revoked, and a picture that is not
shown (any more) are answered alike.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import get_resolver, reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from accounts.hashing import TryLater
from accounts.paging import page
from accounts.sign_in_throttle import Source
from gallery import share_limits, sharing, zipping
from gallery.forms import SharePasswordForm
from gallery.models import Share
from gallery.presenters import shared_page
from generation.models import Artwork
from generation.presenters.file_responses import shared_response, small_response

PAGE = 60
COOKIE = "share"
#: After a right password.
UNLOCKED_SECONDS = 12 * 3600
#: A takedown counts at once: nobody keeps a page or a picture.
HEADERS = {
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}

View = Callable[..., HttpResponseBase]


def of_token(view: View) -> View:
    """The view gets the open link of the token. Limits of an address, and headers,
    also of refusals."""

    @login_not_required
    @wraps(view)
    def opened(request: HttpRequest, token: str, **kwargs: Any) -> HttpResponseBase:
        network = Source.of(request).network
        try:
            share_limits.check(network)
            share = sharing.by_token(token)
            if share is None:
                raise Http404
            share_limits.count(network)
            response = view(request, share, **kwargs)
        except Http404 as error:
            share_limits.count(network, share_limits.MISS)
            handler: Any = get_resolver().resolve_error_handler(404)
            response = handler(request, error)
        except TryLater as error:
            shown = {"message": error.message}
            response = render(request, "accounts/try_later.html", shown, status=429)
            response["Retry-After"] = str(error.seconds)
        for name, value in HEADERS.items():
            response[name] = value
        return response

    return opened


@require_safe
@of_token
def shared(request: HttpRequest, share: Share) -> HttpResponseBase:
    if not _is_unlocked(request, share):
        return _ask(request, SharePasswordForm())
    before = request.GET.get("before", "")
    if not before and request.method == "GET" and request.user != share.created_by:
        sharing.count_view(share)
    rows = sharing.pictures(share).defer("labels")
    found = page(rows, before, PAGE)
    context = {"share": share, "artworks": found.rows, "older": found.older}
    context["has_zip"] = share.may_download and bool(shared_page.zipped(share))
    return render(request, "gallery/shared.html", context)


@csrf_exempt  # without a referrer, browsers tell no origin; nothing of a session moves
@require_POST
@of_token
@sensitive_post_parameters("password")
def password(request: HttpRequest, share: Share) -> HttpResponseBase:
    form = SharePasswordForm(request.POST)
    if not form.is_valid():
        return _ask(request, form, status=422)
    typed = form.cleaned_data["password"]
    if not sharing.is_password(share, typed, Source.of(request)):
        form.add_error("password", _("This is not the password of this link."))
        return _ask(request, form, status=422)
    path = _path(request)
    response = redirect(path)
    response.set_signed_cookie(
        COOKIE,
        share.digest,
        salt=_salt(share),
        max_age=UNLOCKED_SECONDS,
        path=path,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


@require_safe
@of_token
def picture(request: HttpRequest, share: Share, pk: int) -> HttpResponseBase:
    artwork = _artwork(request, share, pk)
    newer, older = shared_page.neighbours(sharing.pictures(share), artwork)
    context = {"share": share, "artwork": artwork, "newer": newer, "older": older}
    return render(request, "gallery/shared_picture.html", context)


@require_safe
@of_token
def large(request: HttpRequest, share: Share, pk: int) -> HttpResponseBase:
    """In full size, where it may be downloaded."""
    if not share.may_download:
        raise Http404
    artwork, is_attached = _artwork(request, share, pk), "download" in request.GET
    return shared_response(request, artwork, is_attached=is_attached)


@require_safe
@of_token
def whole(request: HttpRequest, share: Share) -> HttpResponseBase:
    """All pictures as a zip file, in full size and without a manifest."""
    keys = shared_page.zipped(share) if share.may_download else []
    if not keys or not _is_unlocked(request, share):
        raise Http404
    share_limits.count(Source.of(request).network, share_limits.MISS)
    order = zipping.Order(
        shown=lambda: sharing.shown_now(share),
        to=None,
        pattern="{number}",
        address=request.META.get("REMOTE_ADDR", ""),
    )
    headers = {"Content-Disposition": 'attachment; filename="pictures.zip"'}
    return StreamingHttpResponse(
        zipping.streamed(order, keys) if request.method == "GET" else [],
        content_type="application/zip",
        headers=headers,
    )


@require_safe
@of_token
def thumbnail(request: HttpRequest, share: Share, pk: int) -> HttpResponseBase:
    return small_response(request, _artwork(request, share, pk), "thumbnail")


def _artwork(request: HttpRequest, share: Share, pk: int) -> Artwork:
    if not _is_unlocked(request, share):
        raise Http404
    return get_object_or_404(sharing.pictures(share), pk=pk)


def _ask(
    request: HttpRequest, form: SharePasswordForm, status: int = 200
) -> HttpResponseBase:
    context = {"form": form, "path": _path(request)}
    return render(request, "gallery/shared_password.html", context, status=status)


def _is_unlocked(request: HttpRequest, share: Share) -> bool:
    if not share.password:
        return True
    kept = request.get_signed_cookie(
        COOKIE, "", salt=_salt(share), max_age=UNLOCKED_SECONDS
    )
    return bool(kept == share.digest)


def _salt(share: Share) -> str:
    return f"share {share.pk} {share.password}"


def _path(request: HttpRequest) -> str:
    match = request.resolver_match
    assert match
    return reverse("shared:shared", kwargs={"token": match.kwargs["token"]})
