"""Both languages are complete: the catalogue, and each page as its reader sees it."""

import os
import re
import shutil
import subprocess
import sys
import uuid
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import polib
import pytest
from django.test import Client
from django.utils import timezone

from accounts import sign_in_throttle
from generation.models import (
    Artwork,
    Callback,
    Generation,
    Lease,
    ProviderTask,
    SubmitRecovery,
    UnmatchedKey,
)
from generation.operations.drawing_parts import tiles
from moderation.models import Decision
from spend.models import Budget
from tests import factories, told_lists
from tests.test_architecture import PACKAGES

ROOT = Path(__file__).resolve().parent.parent
PO = ROOT / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
SOURCES = (*PACKAGES, "templates")
IN_CI = os.environ.get("CI") == "true"

# --- The catalogue


def identity(entry: polib.POEntry) -> tuple[str, str]:
    return entry.msgctxt or "", entry.msgid


def said(entry: polib.POEntry) -> str:
    return entry.msgstr_plural.get(0, "") if entry.msgid_plural else entry.msgstr


ENTRIES = list(polib.pofile(str(PO)))


def test_nothing_is_left_untranslated() -> None:
    left = [e.msgid for e in ENTRIES if not said(e) or e.fuzzy or e.obsolete]
    assert not left


def test_the_compiled_catalogue_is_this_one() -> None:
    compiled = polib.mofile(str(PO.with_suffix(".mo")))
    assert {identity(e): said(e) for e in compiled} == {
        identity(e): said(e) for e in ENTRIES
    }, "run script/messages --compile"


@pytest.mark.skipif(
    not (IN_CI or shutil.which("xgettext")), reason="NOT RUN: no xgettext here"
)
def test_the_catalogue_holds_what_the_code_says(tmp_path: Path) -> None:
    for name in SOURCES:
        shutil.copytree(ROOT / name, tmp_path / name)
    (tmp_path / "locale").mkdir()
    command = [sys.executable, "-m", "django", "makemessages", "-l", "zh_Hans"]
    environment = os.environ.copy()
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    subprocess.run(command, cwd=tmp_path, env=environment, check=True)
    fresh = polib.pofile(str(tmp_path / PO.relative_to(ROOT)))
    found = {identity(e) for e in fresh}
    known = {identity(e) for e in ENTRIES}
    assert found - known == known - found == set(), "run script/messages"


PLACES = re.compile(r"%\(\w+\)[sd]|%[sd%]|</?[a-z]+[^>]*>")


def places(text: str) -> list[str]:
    return sorted(PLACES.findall(text))


def test_what_is_filled_in_stands_in_both() -> None:
    wrong = [
        (entry.msgid, said(entry))
        for entry in ENTRIES
        if places(entry.msgid_plural or entry.msgid) != places(said(entry))
    ]
    assert not wrong


HAN = r"[\u4e00-\u9fff]"
WRONG = re.compile(rf"{HAN}[,;:!?()]|{HAN}[A-Za-z0-9]|[A-Za-z0-9]{HAN}|[!！您]|\.$")


def test_it_is_set_as_chinese_is() -> None:
    """Full-width marks, a space beside Latin; what is filled in may stand close, and a
    gateway is written as its vendor does."""
    close = "\N{OBJECT REPLACEMENT CHARACTER}"
    texts = [PLACES.sub(close, said(e)).replace("无界AI", close) for e in ENTRIES]
    assert not [text for text in texts if WRONG.search(text)]


# --- The pages

#: Names, codes and units: the only Latin words of three letters and more.
NAMES = {
    *("wjportal", "Studio", "Elsewhere", "English", "Asia", "Shanghai"),
    *("alice", "bob", "mona", "otto", "oda", "carl", "dora", "lone", "fresh"),
    *(
        "CSV",
        "SHA",
        "App",
        "MJXL",
        "image",
        "png",
        "Ctrl",
        "Del",
        "Enter",
        "Esc",
        "low",
        "poly",
    ),
    *("FOCUS", "CLIP", "OpenAI", "Midjourney", "Flux"),
    *("DDIM", "DPM", "Euler", "Karras"),  # samplers
    *re.findall(r"[A-Za-z]{3,}", " ".join((*tiles.METHODS, *tiles.UPSCALERS))),
    *("CPU", "GPU", "VAE", "CFG", "Tiled", "Diffusion"),
}
#: What a machine wrote, as it came.
VERBATIM = {"code", "kbd", "pre", "script", "style", "noscript"}
SHOWN = {"alt", "aria-label", "placeholder", "title"}


class Page(HTMLParser):
    """All that a reader of a page sees or hears of it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.seen: list[str] = []
        self._open: list[tuple[str, bool]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in {"input", "img", "link", "meta", "br", "use", "path"}:
            is_verbatim = (
                tag in VERBATIM
                or "mono" in (given.get("class") or "").split()
                or given.get("lang") == "en"  # said in both languages
            )
            self._open.append((tag, is_verbatim))
        if tag == "input" and given.get("type") == "submit":
            self.seen.append(given.get("value") or "")
        self.seen += [given[name] or "" for name in SHOWN & set(given)]

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not any(is_verbatim for _, is_verbatim in self._open):
            self.seen.append(data)


def english(text: str) -> set[str]:
    words = re.findall(r"[A-Za-z]{3,}", " ".join(Page(text).seen))
    return set(words) - NAMES


def test_it_sees_english_wherever_it_stands() -> None:
    text = (
        '<p title="One">Two <b>Three</b> <code>skip</code><img alt="Four"></p>'
        '<td class="mono">skip</td><input placeholder="Five"><script>skip</script>Six'
        '<i lang="en">skip</i>'
    )
    assert english(text) == {"One", "Two", "Three", "Four", "Five", "Six"}


@pytest.fixture
def reading(db: None, open_gateways: Any) -> Any:
    """``reading(user)``: a client whose pages are checked as they come."""

    class Reader(Client):
        def request(self, **request: Any) -> Any:
            response = super().request(**request)
            if "html" in response.get("Content-Type", ""):
                assert not english(response.text), request["PATH_INFO"]
                assert '<html lang="en"' not in response.text
            return response

    def sign_in(user: Any = None) -> Client:
        client = Reader(headers={"Accept-Language": "zh-CN"})
        if user:
            client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def open_gateways(sandbox: Any, db: None) -> Any:
    told_lists.refresh()
    return sandbox


@pytest.fixture
def every_state(alice: Any) -> list[Generation]:
    """Generations in each state that a card knows."""
    made = [
        factories.generation(alice, prompt="山", status=status)
        for status in Generation.Status
    ]
    for code in ("20110001", "7", "lost", "unreachable"):
        row = {"failure_code": code, "failure_message": "含有敏感词"}
        for status in ("failed", "refused", "uncertain", "queued"):
            made.append(factories.generation(alice, prompt="水", status=status, **row))
    for status in ProviderTask.Status:
        of = factories.generation(alice, prompt="云", status="running", pictures=2)
        code = "20010015" if status == ProviderTask.Status.FAILED else ""
        factories.task(of, status=status, percent=40.0, ahead=3, failure_code=code)
        made.append(of)
    for moderation in Artwork.Moderation:
        of = {"prompt": "月"}
        art = factories.artwork(alice, moderation=moderation, generation_fields=of)
        made.append(art.generation)
    return made


def visit(client: Client, *paths: str) -> None:
    for path in paths:
        assert client.get(path).status_code == 200, path


def test_a_members_pages(
    alice: Any, reading: Any, every_state: list[Generation]
) -> None:
    hers = reading(alice)
    visit(hers, "/", "/?operation=jumdata-drawing", "/gallery/", "/gallery/?q=无")
    visit(hers, "/activity/", "/activity/?state=moving", "/activity/?q=无")
    visit(hers, *(f"/generations/{made.pk}/" for made in every_state))
    visit(hers, f"/artworks/{Artwork.objects.visible_to(alice).get().pk}/")
    visit(hers, "/accounts/password/")
    seen = ",".join(f"{made.pk}:0" for made in every_state)
    visit(hers, f"/moving/?seen={seen}")
    assert hers.get("/nowhere/").status_code == 404


def test_asking(alice: Any, reading: Any) -> None:
    hers = reading(alice)
    asked = {"operation": "wujie-drawing", "model": "1", "size": "1024x1024"}
    asked |= {"pictures": "3", "style": ""}
    for typed in (asked, {"pictures": "0"}):
        assert hers.post("/quote/", typed).status_code == 200
    wrong = {"width": "65", "height": "", "seed": "x", "cfg": "99", "pictures": "0"}
    key = {"submit_key": str(uuid.uuid4()), "operation": "wujie-drawing"}
    assert hers.post("/generations/", key | wrong).status_code == 422
    right = {"prompt": "月", "model": "1", "size": "1024x1024", "pictures": "1"}
    Budget.objects.create(team=factories.team(), limit=0)
    assert hers.post("/generations/", key | right).status_code == 422
    assert hers.post("/quote/", asked).status_code == 200
    made = factories.generation(alice, prompt="月", reserved=0)
    hers.post(f"/generations/{made.pk}/cancellation/", headers={"HX-Request": "true"})


LABELS = [
    {"label": name, "description": "", "scene": "PORN", "verdict": word, "rate": 0.7}
    for name, word in (("porn", "block"), ("sexy", "review"), ("", "missing"))
]


def test_a_moderators_pages(alice: Any, mona: Any, reading: Any) -> None:
    hers = reading(mona)
    visit(hers, "/review/", "/review/?part=block")  # empty
    held = [
        factories.artwork(
            alice, moderation="held", generation_fields={"prompt": "夜"}, **audit
        )
        for audit in (
            {"verdict": "block", "labels": LABELS, "is_offending": True},
            {"verdict": "review", "labels": "?", "is_check_failed": True},
            {"verdict": "missing"},
        )
    ]
    grounds = ["verdict:block", "label:porn:block", "check_failed", "offending"]
    grounds += ["no_audit", "unreadable", "undone", "reopened", "near:porn"]
    grounds += ["rule:1", "same:1"]
    Decision.objects.create(artwork=held[0], action="hold", grounds=grounds)
    visit(hers, "/review/", "/review/?part=no_audit")
    for art in held:
        hers.post(f"/review/{art.pk}/reveal/")
        visit(hers, f"/review/{art.pk}/", f"/review/{art.pk}/?revealed=1")
    visit(hers, "/review/sheet/", "/review/?when=all", "/review/?tab=escalations")
    for number, sent in enumerate(DECISIONS):
        hers.post(f"/artworks/{held[number % 3].pk}/decision/", sent, headers=HTMX)
    visit(hers, "/review/", *(f"/review/{art.pk}/" for art in held))


HTMX = {"HX-Request": "true"}
DECISIONS: list[dict[str, str]] = [
    {"action": "reject", "from": "queue"},
    {"action": "reject", "reason": "rights", "from": "queue"},
    {"action": "release"},
    {"action": "release", "note": "好"},
    {"action": "reject", "reason": "other", "from": "queue"},
]


def test_an_admins_pages(
    alice: Any, otto: Any, oda: Any, reading: Any, every_state: list[Generation]
) -> None:
    """Of an admin who owns the installation: more than any other."""
    his = reading(oda)
    Budget.objects.create(team=factories.team(), user=alice, limit=5)
    for by in ("user", "operation"):
        visit(his, *(f"/spend/?period={p}&by={by}" for p in ("7", "90", "month")))
    visit(his, "/spend/?unit=image", "/spend/budgets/", "/spend/transfers/")
    visit(his, "/spend/transfers/?unit=integral&account=spent&since=2020-01-01")
    visit(his, f"/spend/transfers/?user={alice.pk}&kind=refund&operation=wujie-drawing")
    given = f"teams/{factories.team().pk}/allocations"
    for path in ("budgets/limits/new", given):
        assert his.post(f"/spend/{path}/", {}).status_code == 422
    visit(his, "/spend/teams/", "/owners/", "/people/teams/", "/accounts/invitations/")
    visit(his, "/people/", "/activity/?everyone=1", "/gateways/")
    visit(his, "/gateways/uncertain/")
    close_lost_answers(his, otto)
    Lease.take("pump", "here", 5)
    account = factories.account("jumdata")
    account.health.trouble, account.health.trouble_at = "系统维护 (500)", timezone.now()
    account.health.trouble_code = "500"
    account.health.save()
    visit(his, "/gateways/", "/")
    for form in (PERSON, PERSON, {"username": ""}):
        his.post("/people/additions/", form)
    for membership in factories.team().memberships.all():
        address = f"/people/{membership.pk}/role/"
        his.post(address, {"role": "member"}, headers=HTMX)
    visit(his, "/people/")


def close_lost_answers(his: Client, otto: Any) -> None:
    for number, answer in enumerate(("paid", "unpaid", "unpaid")):
        lost = factories.generation(
            otto,
            prompt="雪",
            status="uncertain",
            balance_before=9,
            failure_code="lost",
            submitting_at=timezone.now(),
            parameters=factories.PARAMETERS["wujie"] | {"chosen_seed": "1"},
        )
        account = lost.account
        account.balance = 8
        account.save()
        after = timezone.now() if number else None
        recovery = {"looks": 3, "looked_at": timezone.now(), "failure_code": "500"}
        SubmitRecovery.objects.create(generation=lost, look_after=after, **recovery)
        Callback.objects.create(generation=lost, body=b"{}")
        for key, made_at in (("A", None), ("B", timezone.now())):
            UnmatchedKey.objects.create(
                account=account, key=f"{key}{number}", prompt="雪", made_at=made_at
            )
        visit(his, "/gateways/uncertain/", f"/generations/{lost.pk}/", "/activity/")
        address = f"/generations/{lost.pk}/closing/"
        for _ in range(2):
            his.post(address, {"answer": answer}, headers=HTMX)
        visit(his, f"/generations/{lost.pk}/", "/activity/?everyone=1", "/spend/")


PERSON = {"username": "carl", "name": "", "role": "member"}


def test_a_csv(otto: Any, reading: Any) -> None:
    his = reading(otto)
    for path in ("/spend/overview.csv", "/spend/transfers.csv"):
        head = b"".join(his.get(path).streaming_content).decode().splitlines()[0]
        assert not set(re.findall(r"[A-Za-z]{3,}", head)) - {"integral"}


def test_the_pages_of_who_is_not_in(reading: Any) -> None:
    nobody = reading()
    visit(nobody, "/accounts/login/")
    assert nobody.get("/nowhere/").status_code == 404
    for _ in range(sign_in_throttle.PAIR.free + 1):
        wrong = {"username": "alice", "password": "?"}
        answer = nobody.post("/accounts/login/", wrong)
    assert answer.status_code == 429
    lone = factories.user("lone", in_team=factories.team("Elsewhere"))
    lone.memberships.all().delete()
    assert reading(lone).get("/").status_code == 403
    fresh = factories.user("fresh")
    fresh.renew_password(by=None)
    asked = reading(fresh)
    visit(asked, "/accounts/password/")
    assert asked.post("/accounts/password/", {"old_password": "?"}).status_code == 422


def test_a_request_that_is_not_taken(alice: Any, reading: Any) -> None:
    hers = reading(alice)
    hers.handler.enforce_csrf_checks = True
    assert hers.post("/accounts/team/").status_code == 403
