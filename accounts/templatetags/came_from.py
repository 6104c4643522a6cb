"""Where a page that closes leads back to."""

from urllib.parse import urlsplit

from django import template
from django.http import HttpRequest
from django.urls import Resolver404, resolve
from django.utils.http import url_has_allowed_host_and_scheme

register = template.Library()


@register.simple_tag(takes_context=True)
def came_from(context: template.Context, besides: str = "") -> str:
    """Path and query of the portal's page that led here: of ``back`` in the address,
    else of the Referer. Empty where there is none, where it is a page of this view, or
    of the view named ``besides``."""
    request: HttpRequest = context["request"]
    told = request.GET.get("back", "") or _referer(request)
    if not told.startswith("/") or not url_has_allowed_host_and_scheme(told, None):
        return ""
    try:
        origin = resolve(urlsplit(told).path).view_name
        own = resolve(request.path_info).view_name
    except Resolver404:
        return ""
    return "" if origin in (own, besides, "accounts:login") else told


def _referer(request: HttpRequest) -> str:
    found = urlsplit(request.headers.get("Referer", ""))
    if found.netloc != request.get_host():
        return ""
    return f"{found.path}?{found.query}" if found.query else found.path
