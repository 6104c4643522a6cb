"""What no database stores comes to no view: NUL, lone surrogates, other encodings."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.test.client import BOUNDARY, MULTIPART_CONTENT

from gateways import fault_notices
from net.request_text import RequestTextMiddleware, in_utf_8
from tests import factories
from wjportal.wsgi import application

FORM = "application/x-www-form-urlencoded"
seen: dict[str, Any] = {}


def view(request: HttpRequest) -> HttpResponse:
    seen["GET"], seen["POST"] = dict(request.GET.lists()), dict(request.POST.lists())
    seen["names"] = [f.name for fs in dict(request.FILES.lists()).values() for f in fs]
    return HttpResponse()


def through(request: HttpRequest) -> dict[str, Any]:
    seen.clear()
    middleware = RequestTextMiddleware(view)
    middleware.process_view(request, view)
    middleware(request)
    return seen


def part(header: str, content: str = "x") -> str:
    return (
        f"--{BOUNDARY}\r\nContent-Disposition: form-data; {header}\r\n\r\n{content}\r\n"
    )


def multipart(*parts: str) -> HttpRequest:
    body = f"{''.join(parts)}--{BOUNDARY}--\r\n"
    return RequestFactory().generic("POST", "/", body, MULTIPART_CONTENT)


def test_nul_is_left_out_of_addresses_and_forms() -> None:
    body = "a%00=x%00y&a%00=%00&b=z"
    request = RequestFactory().generic("POST", f"/?q=%00ca%00t&{body}", body, FORM)
    found = through(request)
    assert found["POST"] == {"a": ["xy", ""], "b": ["z"]}
    assert found["GET"] == {"q": ["cat"], "a": ["xy", ""], "b": ["z"]}


def test_an_ordinary_form_is_not_made_anew() -> None:
    request = RequestFactory().post("/?q=1", {"a": "山"})
    before = request.POST
    through(request)
    assert request.POST is before


@pytest.mark.parametrize("charset", ["hex", "idna", "utf-7", "unicode_escape", "gbk"])
def test_no_other_encoding_is_read(charset: str) -> None:
    """Of the first two, Django would make an error that no middleware sees."""
    read: list[str] = []

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        request = WSGIRequest(environ)
        read.append(f"{dict(request.GET.lists())} {dict(request.POST.lists())}")
        return []

    for kind in (FORM, MULTIPART_CONTENT, "application/json"):
        request = RequestFactory().generic("POST", "/?q=%5Cud800", b"a=b", kind)
        environ = {**request.META, "CONTENT_TYPE": f"{kind}; charset={charset}"}
        in_utf_8(application)(environ, None)
    assert read == ["{'q': ['\\\\ud800']} {}"] * 3


@pytest.mark.parametrize("kind", [FORM, f"{FORM}; charset=UTF-8"])
def test_utf_8_is_read(kind: str) -> None:
    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        return [WSGIRequest(environ).POST["a"].encode()]

    request = RequestFactory().generic("POST", "/", "a=%E5%B1%B1", kind)
    assert in_utf_8(application)(dict(request.META), None) == ["山".encode()]


def test_the_portal_starts_so() -> None:
    assert application.__qualname__.startswith(in_utf_8.__qualname__)


def test_what_django_reads_of_a_part_holds_no_surrogate() -> None:
    names = "name=\"file\"; filename*=unicode_escape''%5C%75%64%38%30%30.png"
    field = "name*=unicode_escape''%5C%75%64%38%30%30"
    found = through(multipart(part(names), part(field), part("name=b")))
    assert (found["names"], found["POST"]) == ([], {"b": ["x"]})


def test_a_file_name_has_no_nul() -> None:
    header = "name=\"file\"; filename*=utf-8''a%00b.png"
    assert through(multipart(part(header)))["names"] == ["ab.png"]


@pytest.mark.both_databases
def test_a_cookie_with_nul_is_none(db: None) -> None:
    cookie = r'sessionid="abcdefghijklmnop\000"; csrftoken="\000"; side="\000"'
    answer = Client().generic("GET", "/", HTTP_COOKIE=cookie)
    assert answer.status_code == 302


def test_a_file_keeps_its_name() -> None:
    file = SimpleUploadedFile("山.png", b"x")
    request = RequestFactory().post("/", {"file": file})
    assert through(request)["names"] == ["山.png"]


@pytest.mark.both_databases
def test_a_callback_may_say_anything(db: None, otto: Any) -> None:
    factories.account("wujie")
    url = f"/callbacks/notices/wujie/{fault_notices.token('wujie')}/"
    for text in ("\0", "\ud800", "9" * 5000, "x" * 60_000):
        said = {"fault_service_type": text, "fault_status": text, "timestamp": text}
        body = json.dumps(said)
        answer = Client().generic("POST", f"{url}?q=%00", body, "application/json")
        assert answer.status_code < 500
