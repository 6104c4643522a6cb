from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.middleware.csrf import get_token
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET


@login_not_required
@require_GET
@never_cache
def signed_in(request: HttpRequest) -> JsonResponse:
    """Who is signed in (null: nobody), and a token for their next POST.

    A page asks after a refusal, and before a form leaves it: the session may have
    ended, or another tab may have begun another one.
    """
    return JsonResponse({"person": request.user.pk, "csrf": get_token(request)})
