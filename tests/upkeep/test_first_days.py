"""The owner's checklist ticks itself, and ``doctor`` prints the same one."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import Throttle, User
from gateways.models import AccountHealth, GatewayAccount
from generation.models import Callback
from net import outbound
from notifications import deliveries
from notifications.models import Delivery
from spend import ledger
from spend.models import Budget
from tests import factories
from upkeep import first_days
from upkeep.presenters.first_days import lines

pytestmark = pytest.mark.django_db

URL = reverse("upkeep:first_days")
SETTLE = reverse("upkeep:settle")
GATEWAY = reverse("upkeep:test_gateway")
ADDRESS = reverse("upkeep:test_address")
PUBLIC = "https://portal.example"


def done() -> set[str]:
    return {step.name for step in first_days.steps() if step.is_done}


def test_the_list_has_its_order(oda: User) -> None:
    assert tuple(step.name for step in first_days.steps()) == first_days.NAMES
    assert done() == {"team", "integrals"}


# --- What ticks a step


def real(settings: Any) -> None:
    """The account's credentials are no sandbox's; its gateway took them."""
    settings.SANDBOX = False
    for name in settings.GATEWAYS:
        row = factories.account(name)
        GatewayAccount.objects.filter(pk=row.pk).update(is_sandbox=False)
        AccountHealth.objects.filter(pk=row.health_id).update(tested_at=timezone.now())


def call_back(oda: User, settings: Any) -> None:
    Callback.objects.create(generation=factories.generation(oda), body=b"{}")
    settings.PUBLIC_URL = PUBLIC
    real(settings)


def send_a_test(oda: User, settings: Any) -> None:
    channel = deliveries.add_channel(None, "email", "Ops", "o@e.org", "", by=oda)
    Delivery.objects.create(channel=channel, status="sent")


def test_integrals_are_of_the_gateways_in_use(oda: User, settings: Any) -> None:
    """Those of the sandbox pay nothing at a real one."""
    settings.SANDBOX = False
    assert "integrals" not in done()
    with transaction.atomic():
        ledger.allocate(factories.team(), "integral", 5, by=oda, reference="one")
    assert "integrals" in done()


def limit(oda: User, settings: Any) -> None:
    Budget.objects.create(team=factories.team(), limit=5)


def invite(oda: User, settings: Any) -> None:
    factories.team().invite("guest", "member", by=oda)


def draw(oda: User, settings: Any) -> None:
    factories.artwork(oda)
    real(settings)


@pytest.mark.parametrize(
    ("name", "act"),
    [
        ("credentials", lambda _oda, settings: real(settings)),
        ("public_address", call_back),
        ("channel", send_a_test),
        ("limits", limit),
        ("people", invite),
        ("picture", draw),
    ],
)
def test_a_step_ticks_itself(
    oda: User, settings: Any, name: str, act: Callable[[User, Any], None]
) -> None:
    assert name not in done()
    act(oda, settings)
    assert name in done()


def test_the_sandbox_ticks_no_real_step(oda: User, settings: Any) -> None:
    settings.PUBLIC_URL = PUBLIC
    artwork = factories.artwork(oda)
    Callback.objects.create(generation=artwork.generation, body=b"{}")
    assert not done() & {"credentials", "public_address", "picture"}


def test_one_untaken_account_is_named(oda: User, settings: Any) -> None:
    real(settings)
    last = list(settings.GATEWAYS)[-1]
    health = factories.account(last).health
    AccountHealth.objects.filter(pk=health.pk).update(trouble="refused")
    (line,) = [one for one in lines(first_days.steps()) if one.name == "credentials"]
    assert not line.is_done
    assert "Jumdata" in line.note
    assert "Wujie" not in line.note


# --- The page and the command


def complete(monkeypatch: pytest.MonkeyPatch) -> None:
    all_done = [first_days.Step(name, is_done=True) for name in first_days.NAMES]
    facts = {"url": "", "is_sandbox": True}
    all_done[1] = first_days.Step("public_address", is_done=True, facts=facts)
    monkeypatch.setattr(first_days, "steps", lambda: all_done)


def test_doctor_prints_the_pages_list(
    oda: User, signed_in: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="1"):
        call_command("doctor")
    told = capsys.readouterr().out
    for line in signed_in(oda).get(URL).context["lines"]:
        assert f"[{'x' if line.is_done else ' '}] {line.title}" in told
    assert f"7 of {len(first_days.NAMES)} are missing." in told


def test_doctor_is_content(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    complete(monkeypatch)
    call_command("doctor")
    assert "Nothing is missing." in capsys.readouterr().out


def test_a_complete_list_is_closed(
    oda: User, signed_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in(oda)
    assert "not complete" in client.post(SETTLE, follow=True).text
    assert URL in client.get("/gallery/").text
    complete(monkeypatch)
    assert SETTLE in client.get(URL).text
    client.post(SETTLE)
    oda.refresh_from_db()
    assert oda.is_settled
    assert URL not in client.get("/gallery/").text


def test_an_owner_begins_with_it(oda: User, otto: User, client: Any) -> None:
    login = reverse("accounts:login")
    for user, page in ((oda, URL), (otto, "/")):
        user.set_password("a-long-password")
        user.save()
        sent = {"username": user.username, "password": "a-long-password"}
        assert client.post(login, sent)["Location"] == page
        client.logout()


def test_it_is_for_owners(otto: User, signed_in: Any) -> None:
    client = signed_in(otto)
    assert client.get(URL).status_code == 404
    for address in (SETTLE, GATEWAY, ADDRESS):
        assert client.post(address, {"name": "wujie"}).status_code == 404


# --- Its tests


def test_a_gateway_is_tested(sandbox: Any, oda: User, signed_in: Any) -> None:
    client, sent = signed_in(oda), {"name": "wujie"}
    assert "takes the credentials" in client.post(GATEWAY, sent, follow=True).text
    sandbox.switch(auth_window_seconds=0)
    page = client.post(GATEWAY, {**sent, "next": "gateways"}, follow=True)
    assert "does not accept this account" in page.text
    assert page.redirect_chain[-1][0] == "/gateways/"
    assert client.post(GATEWAY, {"name": "nobody"}).status_code == 404


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (405, "answers from here"),
        (200, "HTTP 200"),
        ("portal.example is not known: x", "no server of this name"),
        ("portal.example has an address that is not public", "private network"),
    ],
)
def test_the_public_address_is_tested(
    oda: User,
    signed_in: Any,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    answer: int | str,
    words: str,
) -> None:
    def post(url: str, *_: object) -> tuple[int, bytes]:
        assert url == f"{PUBLIC}/healthz"
        if isinstance(answer, str):
            raise outbound.NotReached(answer)
        return answer, b""

    monkeypatch.setattr(outbound, "post", post)
    client = signed_in(oda)
    assert client.post(ADDRESS).status_code == 404
    settings.PUBLIC_URL = PUBLIC
    settings.ALLOWED_HOSTS = ["*"]
    assert words in client.post(ADDRESS, follow=True).text


@pytest.mark.parametrize("button", ["gateway", "address"])
def test_a_test_runs_a_few_times_a_minute(
    oda: User,
    signed_in: Any,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    button: str,
) -> None:
    """The one too many calls nobody, and says when again."""
    settings.PUBLIC_URL = PUBLIC
    asked: list[str] = []
    for module in ("account_check", "public_address"):
        told = f"upkeep.views.first_days.{module}.check"
        monkeypatch.setattr(told, lambda *name: asked.append("asked") or "")
    client, url = signed_in(oda), {"gateway": GATEWAY, "address": ADDRESS}[button]
    pages = [client.post(url, {"name": "wujie"}, follow=True).text for _ in range(6)]
    often = "Tested 5 times within a minute. Test again in "
    assert [often in page for page in pages] == [False] * 5 + [True]
    assert len(asked) == 5
    Throttle.objects.update(expires_at=timezone.now())
    assert often not in client.post(url, {"name": "wujie"}, follow=True).text
    assert len(asked) == 6
