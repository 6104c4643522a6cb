"""The faults of the gateway, dealt to populations.

Seconds suit the hurried portal: a late answer comes after its time-out, a slow one
before.
"""

import random
from typing import Any

Rule = dict[str, Any]
#: Latest change of a job, in seconds after its end.
LATEST = 6.0
LATE = {"kind": "late_answer", "seconds": 2.6}
SLOW = {"kind": "slow", "seconds": 0.8}
#: Faulty answers for any endpoint.
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
#: These pause an account: once each, or nothing more would be sent.
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
#: Rates: faults that end a generation are rare; a forgery must meet a lost answer.
RATE = {"wujie.create": 0.09, "jumdata.submit": 0.09, "wujie.job": 0.08, "forged": 0.3}
#: Called once a minute, and by each reconciliation.
RATE |= {"wujie.balance": 0.7}
USUAL_RATE = 0.12
#: Number of populations that the rates are made for. With fewer populations each gets
#: more kinds of faults, and each kind a lower rate.
HANDS = 5
#: Targets whose faults apply once at the start. (Faulty answers would open the circuit
#: breaker, and few requests would follow.)
SURE = ("wujie.job", "jumdata.job", "wujie.balance", "callback", "forged")
#: Each population starts with answers lost together, to provoke mixed-up keys.
LOST: list[Rule] = [{"kind": kind, "times": 4} for kind in ("drop", "truncated")]


def hands(dice: random.Random, players: int) -> list[dict[str, list[Rule]]]:
    """Deals each fault to at least one population."""
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
    """The names by which the sandbox counts them."""
    return {f"{of} {rule['kind']}" for of, rules in MENU.items() for rule in rules}


def switches(dice: random.Random) -> dict[str, Any]:
    """Switches of the sandbox during a population."""
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


#: Switches without any fault.
LIFTED = {"faults": None, "settling_seconds": 0.0, "address_seconds": 3600.0}
