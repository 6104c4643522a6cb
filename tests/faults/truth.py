"""The invariants of a whole population, against the sandbox's own account.

Each function yields one sentence per broken row. All hold once the work has ended; some
may be broken before.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from django.db.models import Q
from django.utils import timezone

from generation.models import Artwork, Generation, ProviderTask
from reconciliation.models import Difference, Reconciliation
from spend.models import LedgerAccount, Transfer
from tests.faults.portal import Portal

Status = Generation.Status
Job = dict[str, Any]
#: Gateway, prompt and chosen seed (may be empty): identifies the jobs of a request.
Identity = tuple[str, str, str]


@dataclass
class Truth:
    """The sandbox's state and the portal's rows at one moment."""

    portal: Portal
    jobs: list[Job]
    generations: list[Generation]
    tasks: list[ProviderTask]
    artworks: list[Artwork]
    #: Open differences, and the account's last run.
    differences: list[Difference]
    run: Reconciliation | None
    by_key: dict[str, Job] = field(init=False)
    by_identity: dict[Identity, list[Job]] = field(init=False)

    @classmethod
    def read(cls, portal: Portal) -> "Truth":
        rows = Generation.objects.select_related("account", "submit_recovery")
        return cls(
            portal,
            portal.sandbox.state()["jobs"],
            list(rows.order_by("pk")),
            list(ProviderTask.objects.select_related("generation__account")),
            list(Artwork.objects.select_related("task")),
            list(Difference.objects.open()),
            Reconciliation.objects.order_by("pk")
            .filter(account__provider="wujie")
            .last(),
        )

    def __post_init__(self) -> None:
        self.by_key = {job["key"]: job for job in self.jobs}
        self.by_identity = defaultdict(list)
        for job in self.jobs:
            self.by_identity[job["gateway"], job["prompt"], job["seed"]].append(job)

    def jobs_of(self, generation: Generation) -> list[Job]:
        """The gateway's jobs for this generation, known to the portal or not."""
        return self.by_identity.get(identity(generation), [])


def identity(generation: Generation) -> Identity:
    parameters = generation.parameters
    seed = parameters.get("chosen_seed") or parameters.get("seed") or ""
    return (generation.account.provider, generation.prompt, str(seed))


def broken(truth: Truth, *, but: tuple[str, ...] = ()) -> list[str]:
    looked = {name: of for name, of in INVARIANTS.items() if name not in but}
    return [f"{name}: {line}" for name, of in looked.items() for line in of(truth)]


def look(task: ProviderTask) -> str:
    """Details for the message of a failure."""
    return (
        f"task {task.pk} is {task.status}, {task.cost_state}, asked {task.polls} times,"
        f" next at {task.poll_after}, now {timezone.now()}"
    )


# --- 1: each generation ends once


def ended_once(truth: Truth) -> Iterator[str]:
    """Terminal; or uncertain with evidence, and no job could be matched."""
    for generation in truth.generations:
        if generation.status in Generation.TERMINAL:
            continue
        made = truth.jobs_of(generation)
        if generation.status != Status.UNCERTAIN:
            yield f"generation {generation.pk} is {generation.status}"
        elif not hasattr(generation, "submit_recovery") or not generation.failure_code:
            yield f"generation {generation.pk} is uncertain without evidence"
        elif generation.account.provider == "wujie" and made:
            keys = [job["key"] for job in made]
            yield f"generation {generation.pk} is uncertain, and {keys} were made"


def open_no_more(truth: Truth) -> Iterator[str]:
    for task in truth.tasks:
        if task.is_open or not task.is_booked:
            yield f"task {task.pk} is open, booked: {task.is_booked}; {look(task)}"


# --- 2: at most one paid submit


def paid_once(truth: Truth) -> Iterator[str]:
    for generation in truth.generations:
        made = truth.jobs_of(generation)
        if len({job["batch"] for job in made}) > 1:
            keys = [job["key"] for job in made]
            yield f"generation {generation.pk} was sent more than once: {keys}"
        was_refused = generation.status == Status.REFUSED
        if made and (was_refused or not generation.attempts):
            yield f"generation {generation.pk} ({generation.status}) made {len(made)}"


def known_keys(truth: Truth) -> Iterator[str]:
    """Each task has a job of its generation; each job has a task or belongs to a lost
    answer without a match."""
    ours = {task.key for task in truth.tasks}
    for task in truth.tasks:
        job = truth.by_key.get(task.key)
        if job is None:
            yield f"task {task.pk} has the key {task.key}, which was never made"
        elif job not in truth.jobs_of(task.generation):
            yield f"task {task.pk} has the key of another's job: {job['prompt']}"
    lost = {
        job["key"]
        for generation in truth.generations
        if generation.status == Status.UNCERTAIN
        for job in truth.jobs_of(generation)
    }
    for key in truth.by_key.keys() - ours - lost:
        yield f"job {key} is nobody's: {truth.by_key[key]['prompt']}"


# --- 3: the books hold the gateway's charges


def right_sums(truth: Truth) -> Iterator[str]:
    spent: dict[int, int] = defaultdict(int)
    of_task = re.compile(r"task:(\d+)\b")
    closed = Difference.objects.exclude(task=None).filter(status="closed")
    belongs = {one.reference: one.task_id for one in closed}
    moved = Transfer.objects.filter(
        Q(source__kind=LedgerAccount.Kind.SPENT)
        | Q(destination__kind=LedgerAccount.Kind.SPENT)
    )
    for reference, amount, to in moved.values_list(
        "reference", "amount", "destination__kind"
    ):
        found = of_task.match(reference)
        whose = int(found[1]) if found else belongs.get(reference)
        if whose is None:
            yield f"{reference} spends {amount} for no task"
            continue
        sign = 1 if to == LedgerAccount.Kind.SPENT else -1
        spent[whose] += sign * amount
    for task in truth.tasks:
        job = truth.by_key.get(task.key)
        paid = job["charged"] - job["refunded"] if job else 0
        if not spent[task.pk] == (task.cost or 0) == paid:
            yield (
                f"task {task.pk} ({task.status}) cost {task.cost}, spent"
                f" {spent[task.pk]}, and was charged {paid}"
            )


def nothing_kept(truth: Truth) -> Iterator[str]:
    """Ended generations reserve nothing, and every reservation has a generation."""
    kept: dict[int | None, int] = defaultdict(int)
    reserved = LedgerAccount.Kind.RESERVED
    rows = Transfer.objects.values_list(
        "generation", "amount", "source__kind", "destination__kind"
    )
    for generation, amount, source, destination in rows:
        kept[generation] += amount * ((destination == reserved) - (source == reserved))
    for row in truth.generations:
        has_ended = row.status in Generation.TERMINAL
        if kept.pop(row.pk, 0) != (0 if has_ended else row.reserved):
            yield f"generation {row.pk} ({row.status}) reserves wrongly"
    if any(kept.values()):
        yield f"reserved for nobody: {dict(kept)}"


def books_agree(truth: Truth) -> Iterator[str]:
    """The final reconciliation found every key and no other."""
    for row in truth.differences:
        yield f"difference {row.pk} ({row}, {row.amount}) is open"
    run, theirs = truth.run, {job["key"] for job in truth.jobs if _is_listed(job)}
    ours = {task.key for task in truth.tasks if task.key in theirs}
    if run is None or run.status != Reconciliation.Status.DONE:
        yield f"no reconciliation came to its end: {run} {run and run.failure_message}"
    elif run.unexplained or (run.listed, run.matched) != (len(theirs), len(ours)):
        yield (
            f"{run} read {run.listed} of {len(theirs)} keys, matched {run.matched} of"
            f" {len(ours)}, and does not explain {run.unexplained}"
        )


def _is_listed(job: Job) -> bool:
    return bool(job["gateway"] == "wujie")


# --- 4: every result is archived once


def archived(truth: Truth) -> Iterator[str]:
    pictures: dict[int, list[Artwork]] = defaultdict(list)
    for artwork in truth.artworks:
        pictures[artwork.task_id].append(artwork)
        if artwork.stored_at is None:
            yield (
                f"artwork {artwork.pk} is not stored: {artwork.fetch_error}, fetched"
                f" {artwork.fetch_attempts} times; {look(artwork.task)}"
            )
    for task in truth.tasks:
        job = truth.by_key.get(task.key)
        drawn = job["pictures"] if job and job["stage"] == "done" else 0
        if len(pictures[task.pk]) != drawn:
            yield f"task {task.pk} has {len(pictures[task.pk])} of {drawn} pictures"


def same_bytes(truth: Truth) -> Iterator[str]:
    """Each file equals the sandbox's, and is stored once."""
    seen: dict[str, int] = {}
    for artwork in truth.artworks:
        if artwork.stored_at is None:
            continue
        if artwork.sha256 in seen:
            yield f"artwork {artwork.pk} is stored as {seen[artwork.sha256]} is"
        seen[artwork.sha256] = artwork.pk
        path = original(truth.portal, artwork.sha256)
        kept = path.read_bytes() if path.is_file() else b""
        if hashlib.sha256(kept).hexdigest() != artwork.sha256:
            yield f"artwork {artwork.pk} is not what lies at {path}"
        elif kept != served(truth.portal, artwork.source_url):
            yield f"artwork {artwork.pk} is not what {artwork.source_url} serves"


def original(portal: Portal, sha256: str) -> Path:
    return portal.data_dir / "media" / "originals" / sha256[:2] / sha256


def served(portal: Portal, address: str) -> bytes:
    """The bytes from a fresh address."""
    parts = urlsplit(address)
    query = {**dict(parse_qsl(parts.query)), "e": "9999999999"}
    fresh = urlunsplit(parts._replace(query=urlencode(query)))
    return portal.sandbox.http.get(fresh).content


# --- 5: callbacks moved nothing


def nothing_forged(truth: Truth) -> Iterator[str]:
    for artwork in truth.artworks:
        if not artwork.source_url.startswith(f"{truth.portal.sandbox.url}/cdn/"):
            yield f"artwork {artwork.pk} is from {artwork.source_url}"
    for task in truth.tasks:
        job = truth.by_key.get(task.key)
        is_done = task.status == ProviderTask.Status.SUCCEEDED
        if job and is_done != (job["stage"] == "done"):
            yield f"task {task.pk} is {task.status}, and its job {job['stage']}"


#: Valid answers to a forged callback: ``success`` (whole or cut by a kill), 413 (too
#: large), or none while the portal or its database was down.
SAID_NOTHING = re.compile(
    r"success$|HTTP 200: s?u?c?c?e?s?$|HTTP 413: |HTTP 50\d: "
    r"|\w*(Error|Refused|Disconnected|Incomplete|timeout)\w*: "
)


def said_nothing(truth: Truth) -> Iterator[str]:
    for answer in truth.portal.sandbox.forged:
        if not SAID_NOTHING.match(answer):
            yield f"a forged callback was answered: {answer}"


INVARIANTS: dict[str, Callable[[Truth], Iterator[str]]] = {
    "1 each ended once": ended_once,
    "1 nothing is open": open_no_more,
    "2 paid once": paid_once,
    "2 keys are known": known_keys,
    "3 sums are right": right_sums,
    "3 nothing is kept": nothing_kept,
    "3 books agree": books_agree,
    "4 all is archived": archived,
    "4 bytes are the same": same_bytes,
    "5 nothing forged": nothing_forged,
    "5 nothing was said": said_nothing,
}
