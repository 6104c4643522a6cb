"""Each row has its only allowed origin; reads only.

Task: its generation's only submit. End of a task: a polled answer. Artwork: a success.
Transfer: a task or generation.
"""

from collections.abc import Iterator
from pathlib import Path

from django.core.files.storage import default_storage
from django.db.models import (
    CharField,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    Value,
)
from django.db.models.functions import Cast, Concat, Greatest

from generation import archive
from generation.models import Artwork, Generation, ProviderTask, UnmatchedKey
from reconciliation.models import Difference
from spend.models import Transfer

Kind = Transfer.Kind
MODERATION = (Kind.REJECT, Kind.RESTORE)


def broken() -> Iterator[str]:
    yield from baseless_uncertainty()
    yield from duplicate_submits()
    yield from paid_unmatched_keys()
    yield from unpolled_ends()
    yield from baseless_transfers()
    yield from baseless_artworks()


def baseless_uncertainty() -> Iterator[str]:
    """An uncertain generation has a reason and a submit time."""
    uncertain = Generation.objects.uncertain()
    for generation in uncertain.filter(Q(failure_code="") | Q(submitting_at=None)):
        yield f"generation {generation.pk} is uncertain without evidence"


def duplicate_submits() -> Iterator[str]:
    """At most one key per picture, at the generation's account.

    An operation without pictures (avatar training) yields one key.
    """
    rows = Generation.objects.annotate(keys=Count("tasks")).filter(
        keys__gt=Greatest(F("pictures"), 1)
    )
    for row in rows.values("pk", "keys", "pictures"):
        yield "generation {pk} has {keys} tasks for {pictures} pictures".format(**row)
    elsewhere = ProviderTask.objects.exclude(account=F("generation__account"))
    for task in elsewhere:
        yield f"provider task {task.pk} is at another account than its generation"


def paid_unmatched_keys() -> Iterator[str]:
    """An unmatched key with prompt and chosen seed of a generation with tasks: the
    generation was sent twice."""
    sent = ProviderTask.objects.filter(generation=OuterRef("pk"))
    for unmatched in (
        UnmatchedKey.objects.unclaimed().filter(is_asked=True).exclude(seed="")
    ):
        alike = Generation.objects.filter(
            Exists(sent), account=unmatched.account_id, prompt=unmatched.prompt
        )
        for pk, parameters in alike.values_list("pk", "parameters"):
            if parameters.get("chosen_seed") == unmatched.seed:
                key = unmatched.key
                yield f"generation {pk} has its tasks, and the unmatched key {key}"


def unpolled_ends() -> Iterator[str]:
    """Only a polled answer ends a task, never a callback."""
    ended = ProviderTask.objects.filter(status__in=ProviderTask.TERMINAL, polls=0)
    for task in ended:
        yield f"provider task {task.pk} is {task.status}, and was never asked after"


def baseless_transfers() -> Iterator[str]:
    """A transfer names a generation of its team and unit.

    Spending also names one of its tasks, a rejection one of its artworks. Exceptions:
    allocations and their take-backs, closings of a difference.
    """
    closing = Difference.objects.annotate(
        name=Concat(Value("difference:"), Cast("pk", CharField()))
    ).filter(name=OuterRef("reference"))
    by_admins = (Kind.ALLOCATE, Kind.TAKE_BACK)
    rows = Transfer.objects.exclude(kind__in=by_admins).exclude(Exists(closing))
    theirs = Generation.objects.filter(
        pk=OuterRef("generation"), team=OuterRef("team"), unit=OuterRef("unit")
    )
    for transfer in rows.exclude(Exists(theirs)):
        yield f"transfer {transfer.pk} ({transfer}) is of no generation"
    named = Concat(Value("task:"), Cast("pk", CharField()))
    whole = ExpressionWrapper(OuterRef("reference"), output_field=CharField())
    longer = Q(whole__startswith=Concat("name", Value(":")))
    tasks = (
        ProviderTask.objects.filter(generation=OuterRef("generation"))
        .annotate(name=named, whole=whole)
        .filter(Q(whole=F("name")) | longer)
    )
    spending = Transfer.objects.of_spending().exclude(Exists(tasks))
    spending = spending.exclude(Exists(closing))
    for transfer in spending.exclude(kind__in=MODERATION):
        yield f"transfer {transfer.pk} ({transfer}) is of no task"
    pictures = (
        Artwork.objects.filter(generation=OuterRef("generation"))
        .annotate(name=Concat(Value("artwork:"), Cast("pk", CharField())), whole=whole)
        .filter(longer)
    )
    for transfer in spending.filter(kind__in=MODERATION).exclude(Exists(pictures)):
        yield f"transfer {transfer.pk} ({transfer}) is of no picture"


def baseless_artworks() -> Iterator[str]:
    """An artwork belongs to a success; a stored one has digest, type and size.

    Extra pictures are allowed.
    """
    failed = Artwork.objects.exclude(task__status=ProviderTask.Status.SUCCEEDED)
    for artwork in failed:
        yield f"artwork {artwork.pk} is of a task that did not succeed"
    stored = Artwork.objects.filter(stored_at__isnull=False)
    for artwork in stored.filter(Q(sha256="") | Q(content_type="") | Q(size=0)):
        yield f"artwork {artwork.pk} is stored under no name"


def missing_files() -> Iterator[str]:
    """A stored artwork has its original at full size, until it is erased; checks
    every file."""
    stored = Artwork.objects.filter(stored_at__isnull=False, erased_at=None)
    stored = stored.exclude(sha256="")
    for pk, sha256, size in stored.values_list("pk", "sha256", "size").iterator():
        path = archive.name(sha256, "original")
        if not default_storage.exists(path):
            yield f"artwork {pk} is stored, and {Path(path).name} is not there"
        elif (found := default_storage.size(path)) != size:
            yield f"artwork {pk} has {size} bytes, its file {found}"
