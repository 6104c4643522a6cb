"""The gateway's audit of a prompt, by a list of words.

``GET /`` shows ``TRIGGERS``. Shapes: contract §6 (``audit_info``) and §4.1 (how a job
ends).
"""

import random
import re
from dataclasses import dataclass, field
from functools import lru_cache

from sandbox.wire import Json, dump

# label -> (label_desc, scene), ordered as in seed 003
LABELS = {
    "politics": ("涉政", "TERRORISM"),
    "terrorism": ("暴恐", "TERRORISM"),
    "porn": ("色情", "PORN"),
    "prohibition": ("违禁", "TERRORISM"),
    "sexy": ("性感", "PORN"),
}


@dataclass(frozen=True, slots=True)
class Trigger:
    """Words in a prompt and their effect.

    ``audit``: new, old (contract §6.3) or none. ``ending``: done, fail, fail12, stuck
    or refuse; ``short``: the final charge fails in part.
    """

    words: tuple[str, ...]
    meaning: str
    labels: tuple[tuple[str, str], ...] = ()
    check_fail: bool = False
    yellow: bool = False
    audit: str = "new"
    ending: str = "done"
    short: bool = False


TRIGGERS = (
    Trigger(
        ("bikini", "lingerie", "比基尼", "内衣"),
        "REVIEW: sexy",
        (("sexy", "review"),),
    ),
    Trigger(
        ("kissing", "bathtub", "热吻", "浴缸", "sandbox:porn_review"),
        "REVIEW: porn (suggestive; the vendor says to consider blocking)",
        (("porn", "review"), ("sexy", "review")),
    ),
    Trigger(
        ("nude", "naked", "裸体", "sandbox:yellow"),
        "BLOCK: porn, with involve_yellow = 1",
        (("porn", "block"), ("sexy", "block")),
        yellow=True,
    ),
    Trigger(
        ("sword fight", "battlefield", "刀剑", "战场"),
        "REVIEW: terrorism",
        (("terrorism", "review"),),
    ),
    Trigger(
        ("election", "president", "选举", "总统", "sandbox:review"),
        "REVIEW: politics",
        (("politics", "review"),),
    ),
    Trigger(
        ("cigarette", "casino", "香烟", "赌场"),
        "REVIEW: prohibition",
        (("prohibition", "review"),),
    ),
    Trigger(
        ("massacre", "屠杀", "sandbox:block"),
        "BLOCK: terrorism",
        (("terrorism", "block"),),
    ),
    Trigger(
        ("forbidden", "违禁词", "sandbox:refuse"),
        "refused at submit: 20110001 (Wujie), 202 (Jumdata)",
        ending="refuse",
    ),
    Trigger(("sandbox:check_fail",), "check_fail = true", check_fail=True),
    Trigger(("sandbox:no_audit",), "success without audit_info", audit="none"),
    Trigger(("sandbox:old_audit",), "audit_info in the older form", audit="old"),
    Trigger(
        ("sandbox:fail",),
        "generation fails, status 3 (Jumdata knows no failure: it never ends)",
        ending="fail",
    ),
    Trigger(("sandbox:fail12",), "generation fails, status 12", ending="fail12"),
    Trigger(("sandbox:stuck",), "never finishes", ending="stuck"),
    Trigger(("sandbox:short",), "积分不足, 部分扣款失败: half is charged", short=True),
)
_BY_WORD = {word: trigger for trigger in TRIGGERS for word in trigger.words}


def _pattern(word: str) -> str:
    escaped = re.escape(word)
    return rf"(?<![a-z0-9_]){escaped}(?![a-z0-9_])" if word.isascii() else escaped


_WORDS = re.compile("|".join(_pattern(word) for word in _BY_WORD))


@dataclass(frozen=True, slots=True)
class Verdict:
    words: tuple[str, ...] = ()
    labels: dict[str, str] = field(default_factory=dict)
    check_fail: bool = False
    yellow: bool = False
    audit: str = "new"
    ending: str = "done"
    short: bool = False

    @property
    def suggestion(self) -> str:
        """Seed 003: BLOCK over REVIEW over PASS."""
        found = set(self.labels.values())
        return next((s for s in ("block", "review") if s in found), "pass").upper()


@lru_cache(maxsize=8192)
def judge(prompt: str) -> Verdict:
    words = tuple(dict.fromkeys(_WORDS.findall(prompt.lower())))
    hits = [_BY_WORD[word] for word in words]
    labels: dict[str, str] = {}
    for label, suggestion in (pair for hit in hits for pair in hit.labels):
        if labels.get(label) != "block":
            labels[label] = suggestion
    return Verdict(
        words=words,
        labels=labels,
        check_fail=any(hit.check_fail for hit in hits),
        yellow=any(hit.yellow for hit in hits),
        audit=next((hit.audit for hit in hits if hit.audit != "new"), "new"),
        ending=next((hit.ending for hit in hits if hit.ending != "done"), "done"),
        short=any(hit.short for hit in hits),
    )


def audit_info(verdict: Verdict, key: str, url: str, *, text: bool) -> Json | None:
    """One finished picture's audit; ``None``: missing.

    ``text``: the older form's vendor result stays a string, as in queries.
    """
    if verdict.audit == "none":
        return None
    dice = random.Random(key)
    data_id = str(dice.randrange(100_000, 1_000_000))
    if verdict.audit == "old":
        result = _older_result(verdict, dice, data_id, url)
        return {"vendor": 1, "result": dump(result) if text else result}
    return {
        "check_fail": verdict.check_fail,
        # False in every sample; undocumented.
        "hit": False,
        "data_id": data_id,
        "total_suggestion": verdict.suggestion,
        "scan_scene_d_t_o_s": [_scene(verdict, dice, label) for label in LABELS],
        "url": url,
    }


def _scene(verdict: Verdict, dice: random.Random, label: str) -> Json:
    description, scene = LABELS[label]
    suggestion = verdict.labels.get(label, "pass")
    return {
        "rate": _rate(suggestion, dice),
        "suggestion": suggestion,
        "label": label,
        "label_desc": description,
        "scene": scene,
    }


def _rate(suggestion: str, dice: random.Random) -> float:
    """Confidence, 0 to 1, as in the vendor's sample."""
    low, high = {
        "pass": (0.97, 1.0004),
        "review": (0.55, 0.88),
        "block": (0.9, 0.9996),
    }[suggestion]
    return min(1.0, round(dice.uniform(low, high), 4))


def _older_result(
    verdict: Verdict, dice: random.Random, data_id: str, url: str
) -> Json:
    """Alibaba's form (contract §6.3): scenes in lower case, rates 0 to 100."""
    results = []
    for scene in ("porn", "terrorism"):
        hits = [
            (label, verdict.labels[label])
            for label, (_, of_scene) in LABELS.items()
            if of_scene.lower() == scene and label in verdict.labels
        ]
        label, suggestion = hits[0] if hits else ("normal", "pass")
        rate = round(_rate(suggestion, dice) * 100, 2)
        results.append(
            {"label": label, "rate": rate, "scene": scene, "suggestion": suggestion}
        )
    return {
        "code": 200,
        "data_id": data_id,
        "msg": "OK",
        "results": results,
        "task_id": f"img{dice.randrange(10**12)}",
        "url": url,
    }
