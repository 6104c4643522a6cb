"""Whether each row comes of what alone may have brought it about. Only reads.

A task of its generation's one submit, an end of an answer that was asked for, a picture
of a success, a movement of integrals of a task or generation that is there. Every
function yields one sentence for each broken row.
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
#: What a rejection moves, and what takes that back.
MODERATION = (Kind.REJECT, Kind.RESTORE)


def broken() -> Iterator[str]:
    yield from baseless_uncertainty()
    yield from doubled_submits()
    yield from paid_unmatched_keys()
    yield from unasked_ends()
    yield from baseless_transfers()
    yield from baseless_artworks()


def baseless_uncertainty() -> Iterator[str]:
    """What is uncertain says why, and when it was sent."""
    uncertain = Generation.objects.uncertain()
    for generation in uncertain.filter(Q(failure_code="") | Q(submitting_at=None)):
        yield f"generation {generation.pk} is uncertain without evidence"


def doubled_submits() -> Iterator[str]:
    """One submit makes a key a picture at most, all at the generation's own account;
    one key where no picture is made (an avatar)."""
    rows = Generation.objects.annotate(keys=Count("tasks")).filter(
        keys__gt=Greatest(F("pictures"), 1)
    )
    for row in rows.values("pk", "keys", "pictures"):
        yield "generation {pk} has {keys} tasks for {pictures} pictures".format(**row)
    elsewhere = ProviderTask.objects.exclude(account=F("generation__account"))
    for task in elsewhere:
        yield f"provider task {task.pk} is at another account than its generation"


def paid_unmatched_keys() -> Iterator[str]:
    """A key that nobody has, made with the words and the chosen seed of a generation
    that has its tasks: that one was sent twice."""
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


def unasked_ends() -> Iterator[str]:
    """Only an answer that was asked for ends a task: a callback never does."""
    ended = ProviderTask.objects.filter(status__in=ProviderTask.TERMINAL, polls=0)
    for task in ended:
        yield f"provider task {task.pk} is {task.status}, and was never asked after"


def baseless_transfers() -> Iterator[str]:
    """But for allocations, and for what closes a difference: of a generation that is
    there, with its team and its unit; what was spent, of one of its tasks; and what was
    written off because moderation did not release it, of one of its pictures."""
    closing = Difference.objects.annotate(
        name=Concat(Value("difference:"), Cast("pk", CharField()))
    ).filter(name=OuterRef("reference"))
    rows = Transfer.objects.exclude(kind=Kind.ALLOCATE).exclude(Exists(closing))
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
    """Each is of a success; what is stored has a name. A gateway that draws more than
    it was asked for breaks nothing: each has a position of its own."""
    strays = Artwork.objects.exclude(task__status=ProviderTask.Status.SUCCEEDED)
    for artwork in strays:
        yield f"artwork {artwork.pk} is of a task that did not succeed"
    stored = Artwork.objects.filter(stored_at__isnull=False)
    for artwork in stored.filter(Q(sha256="") | Q(content_type="") | Q(size=0)):
        yield f"artwork {artwork.pk} is stored under no name"


def missing_files() -> Iterator[str]:
    """What is stored lies in the archive, whole. Looks at every file."""
    stored = Artwork.objects.filter(stored_at__isnull=False).exclude(sha256="")
    for pk, sha256, size in stored.values_list("pk", "sha256", "size").iterator():
        path = archive.name(sha256, "original")
        if not default_storage.exists(path):
            yield f"artwork {pk} is stored, and {Path(path).name} is not there"
        elif (found := default_storage.size(path)) != size:
            yield f"artwork {pk} has {size} bytes, its file {found}"
