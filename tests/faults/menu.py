"""What may go wrong at the gateway, and a hand of it for each population.

Seconds are chosen around what the hurried portal waits for: an answer that is late
comes after its time-out, one that is slow comes within.
"""

import random
from typing import Any

Rule = dict[str, Any]
#: Seconds after its end at which a job becomes another thing, at the latest.
LATEST = 6.0
LATE = {"kind": "late_answer", "seconds": 2.6}
SLOW = {"kind": "slow", "seconds": 0.8}
#: Answers that no endpoint should give, whatever was asked.
BROKEN: list[Rule] = [
    {"kind": "http_500"},
    {"kind": "http_500", "works": True},
    {"kind": "http_500", "status": 503, "seconds": 1},
    {"kind": "html"},
    {"kind": "html", "status": 200},
    {"kind": "empty"},
    {"kind": "not_json"},
    {"kind": "half_json"},
    {"kind": "truncated"},
    {"kind": "drop"},
    {"kind": "drop_before"},
    {"kind": "missing_fields"},
    {"kind": "huge", "megabytes": 6},
    {"kind": "unknown_code"},
    LATE,
    SLOW,
]
LIES: list[Rule] = [{"kind": "forget"}, {"kind": "unknown_status"}]
LOCKED: list[Rule] = [{"kind": "code", "code": "20010018"}]
BUSY: list[Rule] = [{"kind": "code", "code": 609}]
#: These pause an account: once each, or nothing would be sent there any more.
POOR: list[Rule] = [{"kind": "code", "code": "20110010", "times": 1}]
SPENT: list[Rule] = [{"kind": "code", "code": 606, "times": 1}]

MENU: dict[str, list[Rule]] = {
    "wujie.create": BROKEN + LOCKED + POOR,
    "wujie.generating_info": BROKEN + LIES + LOCKED,
    "wujie.info": BROKEN + LIES,
    "wujie.history": BROKEN + LIES[:1],
    "wujie.balance": [{"kind": "drift"}, {"kind": "http_500"}],
    "jumdata.submit": BROKEN + BUSY + SPENT,
    "jumdata.query": BROKEN + LIES[:1] + BUSY,
    "cdn.result": [
        {"kind": "wrong_type"},
        {"kind": "redirect"},
        {"kind": "bomb"},
        {"kind": "not_found"},
        {"kind": "not_found", "status": 403},
        {"kind": "truncated"},
        {"kind": "empty"},
        {"kind": "drop"},
        {"kind": "slow", "seconds": 5},
        {"kind": "huge", "megabytes": 70},
    ],
    "callback": [
        {"kind": "drop"},
        {"kind": "twice"},
        {"kind": "twice", "seconds": 3},
        {"kind": "late", "seconds": 2},
        LATE,
    ],
    "forged": [
        {"kind": "early"},
        {"kind": "foreign_key", "seconds": 0.5},
        {"kind": "other_cost"},
        {"kind": "foreign_address"},
        {"kind": "false_failure", "seconds": 0.5},
        {"kind": "garbage"},
        {"kind": "oversized"},
    ],
    "wujie.job": [
        {"kind": "instant"},
        {"kind": "refund_later", "seconds": LATEST},
        {"kind": "recharge", "seconds": LATEST},
        {"kind": "recharge", "seconds": 2.5, "factor": 0.5},
        {"kind": "flip", "seconds": LATEST},
    ],
    "jumdata.job": [{"kind": "instant"}],
}
#: How often each strikes: what ends a generation strikes seldom, and a forgery must
#: meet one whose answer was lost.
RATE = {"wujie.create": 0.09, "jumdata.submit": 0.09, "wujie.job": 0.08, "forged": 0.3}
#: Asked for once a minute, and by each reconciliation.
RATE |= {"wujie.balance": 0.7}
USUAL_RATE = 0.12
#: All of this is for so many hands: where fewer are dealt each is fuller, and each of
#: its kinds strikes more seldom.
HANDS = 5
#: Here each kind strikes once at the beginning. (Where an answer is spoiled, that would
#: trip the breaker, and for want of requests little would strike at all.)
SURE = ("wujie.job", "jumdata.job", "wujie.balance", "callback", "forged")
#: Each population begins with answers that are lost together: whoever mixes up whose
#: key is whose does it here.
LOST: list[Rule] = [{"kind": kind, "times": 4} for kind in ("drop", "truncated")]


def hands(dice: random.Random, players: int) -> list[dict[str, list[Rule]]]:
    """Every fault is dealt once at least, each to one population."""
    dealt: list[dict[str, list[Rule]]] = [{} for _ in range(players)]
    for endpoint, rules in MENU.items():
        shuffled = dice.sample(rules, len(rules))
        more = [dice.choice(rules) for _ in range(-len(rules) % players)]
        for number, rule in enumerate(shuffled + more):
            rate = RATE.get(endpoint, USUAL_RATE) * players / HANDS
            mine = dealt[number % players].setdefault(endpoint, [])
            if endpoint in SURE:
                mine.append({**rule, "times": 1, "skip": dice.randint(0, 3)})
            mine.append({**rule, "rate": round(rate * dice.uniform(0.7, 1.3), 3)})
    for hand in dealt:
        hand["wujie.create"].insert(0, dict(dice.choice(LOST)))
    return dealt


def kinds() -> set[str]:
    """As the sandbox counts them."""
    return {f"{of} {rule['kind']}" for of, rules in MENU.items() for rule in rules}


def switches(dice: random.Random) -> dict[str, Any]:
    """How the gateway draws while a population is under way."""
    return {
        "draw_seconds": dice.choice([0.3, 1.0, 2.0]),
        "draw_spread": 0.6,
        "estimate_spread": dice.choice([0.0, 0.5]),
        "submit_seconds": dice.choice([0.0, 0.2]),
        "settling_seconds": dice.choice([0.0, 0.5, 1.5]),
        "address_seconds": dice.choice([1.0, 3600.0]),
        "callback_scale": 0.05,
        "cost_factor": dice.choice([1.0, 0.5, 1.5]),
        "channels": {"wujie": 60, "jumdata": 30},
    }


#: Everything works again.
LIFTED = {"faults": None, "settling_seconds": 0.0, "address_seconds": 3600.0}
