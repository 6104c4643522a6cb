"""What a file's labels amount to. The file is read and never stored."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.files.base import File
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.sign_in_throttle import Source
from gallery import share_limits, verifying
from gallery.presenters import findings_words
from labels.findings import MOST_BYTES, Finding, NotChecked
from net.request_body import ANONYMOUS_BYTES, SMALL_BYTES, takes

#: A check costs as much as this many pictures of a share link.
COST = 20
BODY_BYTES = MOST_BYTES + SMALL_BYTES


@login_not_required
@require_http_methods(["GET", "POST"])
@never_cache
@takes(
    BODY_BYTES,
    anonymous_bytes=BODY_BYTES if settings.VERIFY_PUBLIC else ANONYMOUS_BYTES,
)
def verify(request: HttpRequest) -> HttpResponseBase:
    """For people, or for everybody by setting. With ``Accept: application/json`` the
    findings alone."""
    asker = request.user if isinstance(request.user, User) else None
    if asker and asker.is_password_temporary:
        asker = None
    if asker is None and not settings.VERIFY_PUBLIC:
        return redirect_to_login(request.get_full_path())
    if request.method == "GET":
        return render(request, "gallery/verify.html")
    network = Source.of(request).network
    share_limits.check(network)
    share_limits.count(network, COST)
    is_json = request.accepts("application/json") and not request.accepts("text/html")
    file = request.FILES.get("file")
    try:
        found = _found(file, asker)
    except NotChecked as error:
        return _refused(request, error.code, is_json)
    if is_json:
        return JsonResponse(verifying.as_json(found))
    shown = {"found": findings_words.said(found), "file": file.name if file else ""}
    return render(request, "gallery/verify.html", shown)


def _found(file: "File[bytes] | None", asker: User | None) -> list[Finding]:
    """Raises NotChecked."""
    if file is None:
        raise NotChecked("missing")
    if (file.size or 0) > MOST_BYTES:
        raise NotChecked("too_large")
    return verifying.verify(file.read(), asker=asker)


def _refused(request: HttpRequest, code: str, is_json: bool) -> HttpResponse:
    if is_json:
        return JsonResponse({"error": code}, status=422)
    message = _("Choose a file.") if code == "missing" else findings_words.refusal(code)
    shown = {"error": message}
    return render(request, "gallery/verify.html", shown, status=422)
