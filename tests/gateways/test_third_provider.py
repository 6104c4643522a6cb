"""A third provider, written in this file alone, bills integrals beside Wujie.

It is offered, quoted, submitted, polled, refused with its own sentence, paused by its
own code and booked: the settings name its class, and nothing else knows of it.
"""

import datetime
import inspect
import uuid
from typing import Any, ClassVar

import pytest
from django import forms
from django.conf import settings as portal
from django.urls import reverse

from gateways import catalogue
from gateways.models import AccountHealth
from gateways.providers.base import (
    Audit,
    CostState,
    Order,
    Quote,
    State,
    Submitted,
    SubmittedTask,
    TaskUpdate,
    Verdict,
)
from gateways.providers.base_provider import BareProvider
from gateways.providers.error_codes import BackOff, Code, Codes, Pause, Scope
from gateways.providers.errors import Refused, Unavailable
from gateways.providers.task_fields import Field, Vocabulary
from generation.models import Artwork, Generation
from generation.operations import OPERATIONS
from generation.operations.base import Operation
from generation.operations.base_form import OperationForm, pictures_field, prompt_field
from reconciliation import invariants
from spend import ledger, purses
from spend.models import Transfer
from spend.units import Unit
from tests import factories

Status = Generation.Status
PRICE = 3
MINUTE = datetime.timedelta(minutes=1)

# --- The provider and its operation


class Inkstone(BareProvider):
    name = "inkstone"
    unit = Unit.INTEGRAL
    codes: ClassVar[Codes] = {
        "41": Code("Inkstone draws no cats.", Refused),
        "42": Code(
            "Inkstone sleeps.", Unavailable, Scope.ACCOUNT, Pause(probe_after=MINUTE)
        ),
        "43": Code("Inkstone is full.", Unavailable, retry=BackOff()),
    }
    vocabulary = Vocabulary(gateway="Inkstone", fields={"ink": Field("Ink")})
    result_days: int | None = 3

    def __init__(self, base_url: str, app_id: str) -> None:
        self._pictures = f"{base_url}/cdn/samples"

    def submit(self, order: Order, *, notify_url: str = "") -> Submitted:
        for code, word in (("41", "cat"), ("42", "night"), ("43", "crowd")):
            if word in order.body["words"]:
                error = self.codes[code].error
                assert error is not None
                raise error(f"no {word}", code=code)
        key = uuid.uuid4().hex
        cost = PRICE * order.pictures
        return Submitted((SubmittedTask(key),), cost, self.unit, raw={"key": key})

    def detail(self, key: str, family: Any = None) -> TaskUpdate:
        return TaskUpdate(
            key,
            State.SUCCEEDED,
            picture_urls=(f"{self._pictures}/{key}.png",),
            audit=Audit(Verdict.PASS),
            cost=PRICE,
            cost_state=CostState.CHARGED,
        )

    def describe(self, key: str) -> dict[str, Any]:
        return {"ink": "black"}

    def quote(self, order: Order) -> Quote:
        return Quote(PRICE * order.pictures, self.unit)


class InkForm(OperationForm):
    main = ("pictures",)
    prompt = prompt_field(50)
    pictures: forms.IntegerField = pictures_field(1)


class InkDrawing(Operation):
    slug = "ink-drawing"
    provider = "inkstone"
    unit = Unit.INTEGRAL
    title = "Ink drawing"
    explanation = "A stone, a brush and water."
    form_class = InkForm

    def order(self, cleaned: Any) -> Order:
        return Order("/draw", {"words": cleaned["prompt"]}, cleaned["pictures"])


# --- The portal with it


@pytest.fixture(autouse=True)
def inkstone(settings: Any, monkeypatch: pytest.MonkeyPatch, sandbox: Any) -> None:
    path = f"{__name__}.Inkstone"
    settings.GATEWAY_PROVIDERS = {**settings.GATEWAY_PROVIDERS, "inkstone": path}
    options = {"base_url": portal.SANDBOX_URL, "app_id": "ink-1"}
    settings.GATEWAYS = {**settings.GATEWAYS, "inkstone": options}
    monkeypatch.setitem(OPERATIONS, InkDrawing.slug, InkDrawing())


@pytest.fixture
def purse(oda: Any, signed_in: Any) -> str:
    """100 integrals for Inkstone, allocated on the page of an owner."""
    admin, own = signed_in(oda), purses.of("inkstone")
    page = reverse("spend:team", args=[factories.team().pk])
    choices = admin.get(page).text.partition('id="allocation-gateway"')[2]
    assert f'<option value="{own}">Inkstone (sandbox)' in choices
    form = {"unit": "integral", "amount": "100", "key": str(uuid.uuid4())}
    allocate = reverse("spend:allocate", args=[factories.team().pk])
    answer = admin.post(allocate, {**form, "gateway": own})
    assert answer.status_code == 302
    return own


@pytest.fixture
def asks(alice: Any, signed_in: Any) -> Any:
    """``asks("a harbour")``: posted by alice, and accepted."""

    def ask(prompt: str) -> Generation:
        typed = {"operation": "ink-drawing", "prompt": prompt, "pictures": "1"}
        key = {"submit_key": str(uuid.uuid4())}
        answer = signed_in(alice).post("/generations/", {**typed, **key})
        assert answer.status_code == 302, answer.text
        return Generation.objects.get(**key)

    return ask


def balances(purse: str = "") -> tuple[int, int, int]:
    found = ledger.balances(factories.team(), "integral", purse)
    return found["available"], found["reserved"], found["spent"]


def test_provider_and_operation_take_100_lines() -> None:
    lines = [inspect.getsource(kind) for kind in (Inkstone, InkForm, InkDrawing)]
    assert len("".join(lines).splitlines()) <= 100


def test_its_operation_is_offered_and_quoted(
    alice: Any, signed_in: Any, purse: str
) -> None:
    member = signed_in(alice)
    picker = {"HX-Request": "true", "HX-Target": "operations"}
    assert "Inkstone" in member.get("/", headers=picker).text
    assert "Ink drawing" in member.get("/", {"operation": "ink-drawing"}).text
    typed = {"operation": "ink-drawing", "prompt": "a harbour", "pictures": "1"}
    offer = member.post("/quote/", typed).context["price"]
    assert (offer.quote.cost, offer.left) == (PRICE, 100)  # of its own purse


def test_it_draws_and_is_booked_in_its_own_purse(
    asks: Any, purse: str, reaches: Any, pump_until: Any, oda: Any, signed_in: Any
) -> None:
    beside = balances(purses.of("wujie"))
    generation = asks("a harbour")
    assert balances(purse) == (97, 3, 0)
    reaches(generation, Status.DONE)
    artworks = Artwork.objects.filter(generation=generation, stored_at__isnull=False)
    pump_until(artworks.exists)
    assert balances(purse) == (97, 0, 3)
    assert balances(purses.of("wujie")) == beside
    settled = Transfer.objects.get(kind=Transfer.Kind.SETTLE)
    assert (settled.provider, settled.amount) == ("inkstone", PRICE)
    assert list(invariants.broken()) == []
    # What it says of the task, in its own vocabulary.
    artwork = artworks.get()
    member = signed_in(artwork.requested_by)
    told = member.get(f"/artworks/{artwork.pk}/", {"told": "1"}).context["details"]
    assert told.lines == [("Ink", "black")]
    # The spend page offers its purse beside Wujie's.
    page = signed_in(oda).get("/spend/", {"unit": "integral", "gateway": purse})
    assert page.context["query"].gateways == [purse, purses.of("wujie")]
    assert page.context["figures"]["spent"] == PRICE


def test_it_is_refused_with_its_own_sentence(
    asks: Any, purse: str, reaches: Any, alice: Any, signed_in: Any
) -> None:
    generation = asks("a cat")
    reaches(generation, Status.REFUSED)
    assert balances(purse) == (100, 0, 0)
    page = signed_in(alice).get(f"/generations/{generation.pk}/").text
    assert "Inkstone draws no cats. The gateway says: no cat (41)." in page


def test_its_own_code_pauses_its_account(
    asks: Any, purse: str, pump_until: Any
) -> None:
    generation = asks("a night")
    paused = AccountHealth.objects.filter(sending="paused")
    pump_until(paused.exists)
    health = paused.select_related("account").get()
    assert (health.account.provider, health.paused_code) == ("inkstone", "42")
    assert health.resume_after - health.paused_at == MINUTE
    generation.refresh_from_db()
    assert generation.status == Status.QUEUED
    assert balances(purse) == (97, 3, 0)


def test_its_own_code_sends_later(asks: Any, purse: str, pump_until: Any) -> None:
    generation = asks("a crowd")
    tried = Generation.objects.filter(pk=generation.pk, failure_code="43")
    pump_until(tried.exists)
    assert tried.get().status == Status.QUEUED
    assert tried.get().send_after > generation.send_after


def test_without_integrals_of_its_own_it_is_not_accepted(
    alice: Any, signed_in: Any
) -> None:
    """Those at Wujie are another purse."""
    typed = {"operation": "ink-drawing", "prompt": "a harbour", "pictures": "1"}
    key = {"submit_key": str(uuid.uuid4())}
    answer = signed_in(alice).post("/generations/", {**typed, **key})
    assert answer.status_code == 422
    assert "costs more than is left" in answer.text


def test_pages_of_admins_know_it(oda: Any, signed_in: Any) -> None:
    catalogue.refresh()
    admin = signed_in(oda)
    for path in ("/gateways/", "/gateways/at-risk/", "/spend/", "/spend/budgets/"):
        assert admin.get(path).status_code == 200, path
    assert "Inkstone" in admin.get("/gateways/").text


@pytest.mark.django_db
def test_a_purse_takes_only_its_own_unit(oda: Any, signed_in: Any) -> None:
    form = {"unit": "image", "amount": "5", "key": str(uuid.uuid4())}
    form["gateway"] = purses.of("inkstone")
    allocate = reverse("spend:allocate", args=[factories.team().pk])
    answer = signed_in(oda).post(allocate, form)
    assert answer.status_code == 422
    assert "does not bill in this unit" in answer.text
    assert not Transfer.objects.filter(unit="image", amount=5).exists()
