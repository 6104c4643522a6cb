"""Kinds of faults, and the check of rules."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

Rule = dict[str, Any]
#: Targets beside endpoints.
JOBS = ("wujie.job", "jumdata.job")
SPECIAL = (*JOBS, "callback", "forged")
_FIELDS = {
    "kind",
    "times",
    "rate",
    "skip",
    "every",
    "about",
    "works",
    "seconds",
    "code",
    "message",
    "status",
    "megabytes",
    "location",
    "amount",
    "factor",
}


@dataclass(frozen=True, slots=True)
class Kind:
    """The arguments of ``apply`` depend on the target.

    ``only``: its targets beside endpoints; ``answers``: it applies to endpoints.
    ``works``: the gateway does the work before the fault.
    """

    apply: Callable[..., Any]
    meaning: str
    works: bool = True
    answers: bool = True
    only: tuple[str, ...] = ()

    def strikes(self, name: str) -> bool:
        return name in self.only if name in SPECIAL else self.answers


KINDS: dict[str, Kind] = {}
Entered = TypeVar("Entered", bound=Callable[..., Any])


def kind(
    meaning: str, *, works: bool, also: tuple[str, ...] = ()
) -> Callable[[Entered], Entered]:
    """Faults of answers: ``(answer, rule, endpoint) -> answer``."""

    def enter(spoil: Entered) -> Entered:
        KINDS[spoil.__name__] = Kind(spoil, meaning, works, only=also)
        return spoil

    return enter


def special(meaning: str, *only: str) -> Callable[[Entered], Entered]:
    """Faults of other targets; modules document the arguments."""

    def enter(apply: Entered) -> Entered:
        KINDS[apply.__name__] = Kind(apply, meaning, answers=False, only=only)
        return apply

    return enter


def as_list(rules: Any) -> list[Any]:
    return rules if isinstance(rules, list) else [rules]


def problem(endpoint: str, rule: Any) -> str | None:
    if not isinstance(rule, dict) or rule.get("kind") not in KINDS:
        return f"a rule needs a kind, one of {', '.join(KINDS)}"
    unknown = sorted(set(rule) - _FIELDS)
    if unknown:
        return f"no such field: {', '.join(unknown)}"
    chosen = KINDS[rule["kind"]]
    is_pattern = endpoint.endswith("*")
    return None if is_pattern or chosen.strikes(endpoint) else "it never strikes there"
