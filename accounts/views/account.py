import logging
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.views import LoginView, LogoutView
from django.http import Http404, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import MemberRequest
from accounts.forms import OwnPasswordForm, PreferencesForm, SignInForm
from accounts.middleware import SESSION_KEY
from accounts.models import Membership, User

HOME = settings.LOGIN_REDIRECT_URL
#: Who signed in and out, from where; wrong passwords: `accounts/backends.py`.
signed = logging.getLogger("accounts.signed")


class SignInView(LoginView):
    form_class = SignInForm
    template_name = "accounts/login.html"
    redirect_authenticated_user = True
    extra_context = {"is_sandbox": settings.SANDBOX}  # noqa: RUF012 (Django's own)

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        _log("in", self.request)
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """An empty portal says how its first owner is made."""
        is_empty = not User.objects.exists()
        return super().get_context_data(is_empty=is_empty, **kwargs)

    def get_redirect_url(self) -> str:  # type: ignore[override]  # the stubs' request is not Django's
        """Empty for *Create*: who opens the portal's address asks for no page."""
        url = str(super().get_redirect_url())
        return "" if url == reverse(HOME) else url

    def get_default_redirect_url(self) -> str:
        return first_page(self.request.user)

    def form_invalid(self, form: Any) -> HttpResponse:
        """429 where no password was checked."""
        response = super().form_invalid(form)
        if form.retry_after:
            response.status_code = 429
            response["Retry-After"] = str(form.retry_after)
        return response


class SignOutView(LogoutView):
    def post(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """The browser forgets drafts, in other tabs too."""
        if request.user.is_authenticated:
            _log("out", request)
        response: HttpResponse = super().post(request, *args, **kwargs)
        response["Clear-Site-Data"] = '"storage"'
        return response


def _log(direction: str, request: Any) -> None:
    address = request.META.get("REMOTE_ADDR", "")
    signed.info("%r signed %s from %s", request.user.username, direction, address)


@require_http_methods(["GET", "POST"])
def session(request: MemberRequest) -> HttpResponse:
    """How long the session lasts; each page asks. A press on *Stay* is a use of it."""
    if request.method == "POST" and not request.htmx:
        return redirect(HOME)
    return render(request, "accounts/_session.html")


@require_http_methods(["GET", "POST"])
@sensitive_post_parameters()
def password(request: MemberRequest) -> HttpResponse:
    form = OwnPasswordForm(request, request.POST or None)
    if request.method == "POST" and form.is_valid():
        form.save()
        for invitation in request.user.invitations.filter(made_account=True):
            invitation.accept()
        update_session_auth_hash(request, request.user)
        messages.success(request, _("Your password is changed."))
        return redirect(first_page(request.user))
    status = 422 if form.errors else 200
    return render(request, "accounts/password.html", {"form": form}, status=status)


@require_POST
def preferences(request: MemberRequest) -> HttpResponse:
    form = PreferencesForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest()
    form.save(request.user)
    response = redirect(next_page(request))
    if language := form.cleaned_data["language"]:
        # For the sign-in page, which knows no person.
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=365 * 24 * 3600,
            secure=request.is_secure(),
            samesite="Lax",
        )
    return response


@require_POST
def switch_team(request: MemberRequest) -> HttpResponse:
    keys = request.user.memberships.values_list("team", flat=True)
    chosen = {str(key): key for key in keys}.get(request.POST.get("team", ""))
    if chosen is None:
        raise Http404
    request.session[SESSION_KEY] = chosen
    return redirect(HOME)


def first_page(user: Any) -> str:
    """Where a sign-in leads: an owner's checklist until it is closed, a moderator's
    queue, else *Create*."""
    if user.is_owner and not user.is_settled:
        return reverse("upkeep:first_days")
    roles = user.memberships.order_by("pk").values_list("role", flat=True)
    is_moderator = roles.first() == Membership.Role.MODERATOR
    return reverse("moderation:queue" if is_moderator else HOME)


def next_page(request: MemberRequest) -> str:
    """``next`` if it is a URL of the portal."""
    target = request.POST.get("next", "")
    hosts = {request.get_host()}
    if url_has_allowed_host_and_scheme(target, hosts, request.is_secure()):
        return target
    return HOME
