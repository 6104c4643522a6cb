"""Each documented code on one operation, and each operation with one code: form post →
real HTTP → what became of it.

The codes stand in contract wujie §3.1 (of the whole gateway: any call may be answered
with each) and in seed 002 (of both of Jumdata's calls). What each means for a member,
for the integrals and for the account is written down here once more, by hand. A code is
read from the answer by one function for all operations of a gateway, so that crossing
the two tables would show nothing more.
"""

from dataclasses import dataclass, replace

import pytest
from django.utils import timezone

from gateways import gateway_messages
from gateways.models import AccountHealth, GatewayAccount
from gateways.providers.error_codes import LostRace
from gateways.providers.jumdata import codes as jumdata_codes
from gateways.providers.wujie import codes
from generation import lifecycle
from generation.models import Generation
from generation.operations import OPERATIONS
from notifications.models import Alert
from reconciliation import invariants
from spend import ledger
from spend.models import LedgerAccount

pytestmark = pytest.mark.one_database

Sending = AccountHealth.Sending
Status = Generation.Status
#: Where the sandbox takes each operation's paid call.
ENDPOINTS = {
    "wujie-drawing": "wujie.create",
    "wujie-4k": "wujie.cut_diffusion",
    "wujie-transparent": "wujie.layer_diffusion",
    "wujie-flux": "wujie.flux",
    "wujie-midjourney": "wujie.midjourney",
    "openai-image": "wujie.images",
    "openai-edit": "wujie.edits",
    "avatar-training": "wujie.avatar_create",
    "avatar-artwork": "wujie.avatar_artwork",
    "wujie-face-swap": "wujie.face_swap",
    "wujie-youthify": "wujie.youthify",
    "wujie-supersize": "wujie.supersize",
    "jumdata-drawing": "jumdata.submit",
}


@dataclass(frozen=True)
class Refusal:
    """``said`` by the gateway, ``told`` to the member. ``status`` is where it leads;
    ``keeps``: whether the integrals stay reserved."""

    said: str
    told: str
    status: str = Status.REFUSED
    keeps: bool = False
    pauses: bool = False
    quiet: bool = False
    trouble: str = ""


NOTHING_PAID = "It cost nothing."
AGAIN = "The gateway has not accepted it yet; we keep trying."
BUSY = f"The gateway was busy and drew nothing. {AGAIN}"
WORDS = f"The gateway could not translate the prompt. {AGAIN}"
QUEUE = f"The queue there was too long. {AGAIN}"
PAUSED = "is paused. New work waits here; nothing is charged."
TROUBLE = "is unavailable. New work waits here."
OUR_ACCOUNT = {"trouble": "unauthorized"}


def later(said: str, told: str, **fields: object) -> Refusal:
    return Refusal(said, told, Status.QUEUED, keeps=True, **fields)  # type: ignore[arg-type]


DOCUMENTED = {
    "wujie": {
        "20010001": Refusal("非法参数", "does not take one of the values"),
        "20010015": Refusal("暂时无法支持的尺寸/分辨率", "does not draw this size"),
        "20010018": later("由锁竞争导致的作画失败（需要重新发起）", BUSY),
        "20110000": later("文本语言翻译失败", WORDS),
        "20110001": Refusal(
            "画面描述含有敏感词", "has words that the gateway does not"
        ),
        "20110002": Refusal("底图链接信息有误或不支持", "cannot use the reference"),
        "20110003": Refusal("参考图含有敏感信息", "reference picture shows what"),
        "20110009": Refusal("作品状态改变，请刷新后查看", "had changed at the gateway"),
        "20110010": later("积分余额不足", PAUSED, pauses=True),
        "20110011": Refusal("该作品不在排队中，无法撤销", "was no longer queued"),
        "20110017": Refusal("检测资源", "The gateway says: 检测资源"),  # sense unclear
        "20110018": Refusal("图片识别异常", "cannot read the photo"),
        "20110019": Refusal("未检测到人脸或人脸太小", "sees no face"),
        "20110020": Refusal("检测到多张人脸", "sees more than one face"),
        "20110021": Refusal("检测到侧脸", "needs a face from the front"),
        "20110026": later("排队时间超过限制", QUEUE),
    },
    "jumdata": {
        "201": Refusal("taskId不存在", "does not know this task"),
        "202": Refusal("文本黄反拦截", "has words that the gateway does not"),
        "400": Refusal("参数错误", "does not take one of the values"),
        "404": later("接口地址不正确", TROUBLE),
        "500": later("系统维护,请稍候再试", TROUBLE, quiet=True),
        "601": later("接口未开通", TROUBLE, **OUR_ACCOUNT),
        "602": later("账号停用", TROUBLE, **OUR_ACCOUNT),
        "604": later("接口停用", TROUBLE, **OUR_ACCOUNT),
        "606": later("调用超限,请稍候再试", PAUSED, pauses=True),
        "607": later("ip不在白名单", TROUBLE, **OUR_ACCOUNT),
        "609": later("请求过于频繁,请稍候再试", TROUBLE, quiet=True),
        # It may have been accepted, and billed.
        "610": Refusal(
            "请求超时", "you will not be charged twice", "uncertain", keeps=True
        ),
        "999": Refusal("其他", "for a reason of its own"),
    },
}
#: The operation that meets every code of its gateway.
EVERY_CODE = {"wujie": "wujie-drawing", "jumdata": "jumdata-drawing"}
#: The one code that each other operation meets: one of its own, where it has one.
ONE_CODE = {
    "wujie-4k": "20010015",
    "wujie-transparent": "20110001",
    "wujie-flux": "20110000",
    "wujie-midjourney": "20110026",
    "openai-image": "20110010",
    "openai-edit": "20110003",
    "avatar-training": "20110019",
    "avatar-artwork": "20110009",
    "wujie-face-swap": "20110020",
    "wujie-youthify": "20110018",
    "wujie-supersize": "20110002",
}
PAIRS = [
    (slug, code)
    for provider, slug in EVERY_CODE.items()
    for code in DOCUMENTED[provider]
] + list(ONE_CODE.items())
TABLE = [
    pytest.param(
        slug,
        code,
        # The gateway looks at the photos before the form is accepted.
        marks=pytest.mark.django_db(transaction=OPERATIONS[slug].trains_avatar),
    )
    for slug, code in PAIRS
]


def left(unit: str, team: object) -> dict[str, int]:
    found = ledger.balances(team, unit)  # type: ignore[arg-type]
    kinds = (LedgerAccount.Kind.AVAILABLE, LedgerAccount.Kind.RESERVED)
    return {kind.value: found.get(kind, 0) for kind in kinds}


@pytest.fixture
def asked(fills, asks, settings, request):
    """``asked(slug)``: accepted, and waiting to be sent."""

    def ask(slug):
        settings.PUBLIC_URL = "http://127.0.0.1:9"
        if OPERATIONS[slug].trains_avatar:
            settings.PUBLIC_URL = request.getfixturevalue("live_server").url
        return asks(slug, **fills(slug))

    return ask


def sent(provider):
    (claim,) = lifecycle.claim_queued(provider, 1)
    lifecycle.book_sent(claim, lifecycle.send(claim))
    claim.generation.refresh_from_db()
    return claim.generation


@pytest.fixture
def no_haste(monkeypatch):
    """What lost a race waits longer than a test looks."""
    later = LostRace(least_seconds=30.0, most_seconds=60.0)
    race = replace(codes.CODES["20010018"], retry=later)
    monkeypatch.setitem(codes.CODES, "20010018", race)


@pytest.mark.usefixtures("no_haste")
@pytest.mark.parametrize(("slug", "code"), TABLE)
def test_a_documented_refusal(slug, code, asked, alice, sandbox, member):
    operation = OPERATIONS[slug]
    refusal = DOCUMENTED[operation.provider][code]
    unit, team = operation.unit.value, alice.memberships.get().team
    before = left(unit, team)
    generation = asked(slug)
    reserved = generation.reserved
    rule = {"kind": "code", "code": code, "message": refusal.said}
    sandbox.switch(faults={ENDPOINTS[slug]: rule})

    generation = sent(operation.provider)

    assert sandbox.state()["faults"] == {f"{ENDPOINTS[slug]} code": 1}
    assert (generation.status, generation.failure_code) == (refusal.status, code)
    assert generation.failure_message == refusal.said
    assert not generation.tasks.exists()
    # The integrals.
    kept = reserved if refusal.keeps else 0
    assert reserved > 0
    expected = {"available": before["available"] - kept, "reserved": kept}
    assert left(unit, team) == expected
    assert list(invariants.broken()) == []
    # The account.
    account = GatewayAccount.objects.get(pk=generation.account_id)
    is_paused = account.health.sending == Sending.PAUSED
    assert (is_paused, account.health.paused_code == code) == (
        refusal.pauses,
        refusal.pauses,
    )
    assert Alert.objects.filter(kind="account_paused").exists() == refusal.pauses
    assert account.health.is_quiet(timezone.now()) == refusal.quiet
    if refusal.trouble:
        assert account.health.trouble_code == refusal.trouble
        assert refusal.said in account.health.trouble
    # What is tried again is not tried at once, and what is not never.
    assert lifecycle.claim_queued(operation.provider, 1) == []
    assert (generation.send_after > timezone.now()) == (
        refusal.status == Status.QUEUED and not refusal.pauses
    )
    # The member.
    page = member.get(f"/generations/{generation.pk}/")
    state = page.context["card"].state
    assert refusal.told in state.means
    assert state.means.replace("'", "&#x27;") in page.content.decode()
    if refusal.status == Status.REFUSED:
        # What the gateway said, under *Technical*.
        assert f"{refusal.said} <code>{code}</code>" in page.content.decode()
        assert state.means.endswith(NOTHING_PAID)


def test_every_documented_code_is_in_the_table():
    known = set(codes.CODES)
    assert set(DOCUMENTED["wujie"]) == known
    assert set(DOCUMENTED["jumdata"]) == set(jumdata_codes.CODES)
    for provider, documented in DOCUMENTED.items():
        told = {code for code in documented if gateway_messages.meaning(provider, code)}
        assert told == set(documented) - {"20110017"}


def test_every_documented_code_is_met_once_on_an_operation():
    """Of its own gateway, on the one operation that meets them all."""
    for provider, documented in DOCUMENTED.items():
        slug = EVERY_CODE[provider]
        assert OPERATIONS[slug].provider == provider
        assert {code for of, code in PAIRS if of == slug} == set(documented)
    assert set(EVERY_CODE) == {operation.provider for operation in OPERATIONS.values()}
    assert len(set(PAIRS)) == len(PAIRS)


def test_every_operation_meets_a_code():
    assert set(ENDPOINTS) == set(OPERATIONS)
    assert {slug for slug, _ in PAIRS} == set(OPERATIONS)
    for slug, code in PAIRS:
        assert code in DOCUMENTED[OPERATIONS[slug].provider], (slug, code)
