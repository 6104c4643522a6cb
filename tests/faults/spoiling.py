"""Shows that each invariant of ``truth`` can fail.

Name of the invariant → the change, in memory, that breaks it.
"""

from collections.abc import Callable

from generation.models import Artwork, Generation, ProviderTask
from reconciliation.models import Difference
from tests.faults.truth import Truth

Status = Generation.Status


def _paid(truth: Truth) -> ProviderTask:
    return next(task for task in truth.tasks if task.cost)


def _done(truth: Truth) -> Generation:
    return _paid(truth).generation


def _own(truth: Truth, generation: Generation) -> Generation:
    return next(row for row in truth.generations if row.pk == generation.pk)


def _artwork(truth: Truth) -> Artwork:
    return truth.artworks[0]


def never_end(truth: Truth) -> None:
    _own(truth, _done(truth)).status = Status.RUNNING


def never_book(truth: Truth) -> None:
    _paid(truth).is_booked = False


def pay_twice(truth: Truth) -> None:
    made = truth.jobs_of(_done(truth))
    made.append({**made[0], "batch": "another"})


def take_anothers_key(truth: Truth) -> None:
    mine = _paid(truth)
    other = next(t for t in truth.tasks if t.generation_id != mine.generation_id)
    mine.key = other.key


def forget_a_job(truth: Truth) -> None:
    truth.tasks.remove(_paid(truth))


def charge_more(truth: Truth) -> None:
    truth.by_key[_paid(truth).key]["charged"] += 1


def keep_something(truth: Truth) -> None:
    generation = _own(truth, _done(truth))
    generation.status, generation.reserved = Status.RUNNING, 1


def leave_a_difference(truth: Truth) -> None:
    truth.differences.append(Difference(kind=Difference.Kind.AMOUNT, amount=1))


def list_one_more(truth: Truth) -> None:
    assert truth.run is not None
    truth.run.listed += 1


def store_nothing(truth: Truth) -> None:
    _artwork(truth).stored_at = None


def store_twice(truth: Truth) -> None:
    truth.artworks.append(_artwork(truth))


def store_other_bytes(truth: Truth) -> None:
    _artwork(truth).sha256 = truth.artworks[-1].sha256


def take_a_foreign_picture(truth: Truth) -> None:
    _artwork(truth).source_url = "http://10.0.0.1/forged.png"


def say_something(truth: Truth) -> None:
    truth.portal.sandbox.forged["HTTP 200: your generation is done"] += 1


SPOILS: list[tuple[str, Callable[[Truth], None]]] = [
    ("1 each ended once", never_end),
    ("1 nothing is open", never_book),
    ("2 paid once", pay_twice),
    ("2 keys are known", take_anothers_key),
    ("2 keys are known", forget_a_job),
    ("3 sums are right", charge_more),
    ("3 nothing is kept", keep_something),
    ("3 books agree", leave_a_difference),
    ("3 books agree", list_one_more),
    ("4 all is archived", store_nothing),
    ("4 all is archived", store_twice),
    ("4 bytes are the same", store_other_bytes),
    ("5 nothing forged", take_a_foreign_picture),
    ("5 nothing was said", say_something),
]
