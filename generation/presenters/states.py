"""A generation's state in words, and its meaning for the user."""

from collections import Counter
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from gateways import gateway_messages
from gateways.gateway_messages import sentences
from gateways.providers.faults import Fault
from generation.models import Acceleration, Artwork, Generation, ProviderTask
from generation.operations import OPERATIONS
from generation.presenters import cost_words
from generation.presenters.frames import Frame
from generation.presenters.queue_position import PageQueue, ahead_label
from spend.templatetags.formats import amount

Status = Generation.Status
Moderation = Artwork.Moderation


@dataclass(frozen=True, slots=True)
class State:
    """``tone``: moving, good, needs, stopped or empty. ``means``: sentences."""

    tone: str
    icon: str
    words: str
    means: str = ""


def state(generation: Generation, shown: list[Frame]) -> State:
    match generation.status:
        case Status.PAUSED:
            return State("", "pause", _("Paused"), _("Its series is paused."))
        case Status.SUBMITTING:
            return State("moving", "send", _("Sending"))
        case Status.RUNNING:
            return _running(generation, shown)
        case Status.REFUSED:
            nothing = _("It cost nothing.")
            return State("stopped", "stop", _("Refused"), _failure(generation, nothing))
        case Status.FAILED:
            back = cost_words.returned_words(generation)
            return State("stopped", "stop", _("Failed"), _failure(generation, back))
        case Status.CANCELLED:
            return State(
                "", "close", _("Cancelled"), cost_words.returned_words(generation)
            )
        case Status.UNCERTAIN:
            means = _failure(generation, _uncertain(generation))
            return State("needs", "question", _("Unconfirmed"), means)
    return _done(generation, shown)


def _uncertain(generation: Generation) -> str:
    if generation.is_looked_for:
        return _("We are asking the gateway; you will not be charged twice.")
    return _(
        "The gateway did not confirm it. An admin decides; you will not be charged "
        "twice."
    )


def queued(generation: Generation, ahead: int, queue: PageQueue) -> State:
    means = queue.wait_reason_of(generation)
    if not means and (generation.failure_code or generation.failure_message):
        why = gateway_messages.meaning(generation.provider, generation.failure_code)
        again = _("The gateway has not accepted it yet; we keep trying.")
        means = sentences(why, again)
    words = _("Waiting to send")
    if ahead:
        words = _("Waiting to send, %(ahead)s ahead") % {"ahead": ahead_label(ahead)}
    return State("moving", "clock", words, means)


def _running(generation: Generation, shown: list[Frame]) -> State:
    open_tasks = [task for task in generation.tasks.all() if task.is_open]
    for task in open_tasks:
        if task.failure_code == Fault.UNASKABLE:
            return State(
                "needs", "question", _("Cannot be checked"), _failure(generation, "")
            )
    states = {task.status for task in open_tasks}
    if ProviderTask.Status.DRAWING in states:
        words = _("Generating")
        if any(frame.percent is not None for frame in shown):
            words = _("Generating %(percent)d %%") % {"percent": progress(shown)}
        return State("moving", "brush", words)
    if ProviderTask.Status.QUEUED in states:
        return _queued_there(generation, open_tasks)
    if ProviderTask.Status.OVERDUE in states:
        means = _(
            "No progress at the gateway. We ask every ten minutes; the cost stays "
            "reserved until it answers."
        )
        return State("needs", "clock", _("Overdue"), means)
    return State("moving", "store", _("Saving"))


def progress(shown: list[Frame]) -> float:
    """Percent over all pictures: 100 for an artwork, 0 when queued."""
    done = [100.0 if frame.artwork else frame.percent or 0.0 for frame in shown]
    return sum(done) / len(done)


def _queued_there(generation: Generation, tasks: list[ProviderTask]) -> State:
    ahead = [task.ahead for task in tasks if task.ahead is not None]
    words = _("Queued")
    if ahead:
        words = _("Queued, %(ahead)s ahead") % {"ahead": min(ahead)}
    return State("moving", "clock", words, _unknown_acceleration(generation))


def _unknown_acceleration(generation: Generation) -> str:
    rows = generation.accelerations.all()
    prices = [a.price for a in rows if a.status == Acceleration.Status.UNKNOWN]
    if not prices:
        return ""
    return _(
        "The gateway did not confirm the speed-up. It is not requested twice; "
        "%(amount)s stay reserved until it has charged."
    ) % {"amount": amount(sum(prices), generation.unit)}


def _done(generation: Generation, shown: list[Frame]) -> State:
    count = Counter(frame.tone for frame in shown)
    moderation = {frame.artwork.moderation for frame in shown if frame.artwork}
    if generation.is_storing and count["moving"]:
        waits = any(f.artwork and f.artwork.fetch_error for f in shown)
        late = _("The picture could not be saved yet; we keep trying.")
        return State("moving", "store", _("Saving"), late if waits else "")
    if count["needs"]:
        return State("needs", "shield", _("In review"), _in_review(generation))
    if all(frame.is_lost for frame in shown):
        return State("stopped", "stop", _("Lost"), _incomplete(shown, generation))
    if moderation == {Moderation.REJECTED}:
        return State("stopped", "stop", _("Rejected"), reasons(generation))
    return State("good", "check", _("Done"), _incomplete(shown, generation))


def _in_review(generation: Generation) -> str:
    operation = OPERATIONS.get(generation.operation)
    means = _("A moderator checks it before you see it.")
    if operation and not operation.is_audited:
        unaudited = _("Not audited by the gateway; nobody checked it yet.")
        return sentences(unaudited, means)
    return means


def _incomplete(shown: list[Frame], generation: Generation) -> str:
    """Missing, lost and rejected pictures, with reasons."""
    rejected = sum(
        frame.artwork is not None and frame.artwork.moderation == Moderation.REJECTED
        for frame in shown
    )
    lost = sum(frame.is_lost for frame in shown)
    missing = sum(frame.tone in ("stopped", "") for frame in shown) - rejected - lost
    means = _failure(generation, "")
    if lost:
        words = ngettext(
            "%(number)s picture is lost: the gateway deleted it before it could be "
            "saved.",
            "%(number)s pictures are lost: the gateway deleted them before they "
            "could be saved.",
            lost,
        )
        means = sentences(words % {"number": lost}, means)
    if missing:
        words = ngettext(
            "%(number)s picture failed.",
            "%(number)s pictures failed.",
            missing,
        )
        means = sentences(words % {"number": missing}, means)
    if rejected:
        words = ngettext(
            "%(number)s picture was rejected: %(reasons)s.",
            "%(number)s pictures were rejected: %(reasons)s.",
            rejected,
        )
        why = {"number": rejected, "reasons": reasons(generation)}
        means = sentences(means, words % why)
    return means


def reasons(generation: Generation) -> str:
    """Distinct; of the rejected pictures."""
    latest = [
        max(
            (row for row in artwork.decisions.all() if row.action == "reject"),
            key=lambda row: row.pk,
            default=None,
        )
        for artwork in generation.artworks.all()
        if artwork.moderation == Moderation.REJECTED
    ]
    labels = [decision.reason_word for decision in latest if decision]
    return _(", ").join(dict.fromkeys(labels))


def _failure(generation: Generation, ending: str) -> str:
    """The generation's or its tasks' first failure, then ``ending``."""
    for row in (generation, *generation.tasks.all()):
        if row.failure_code or row.failure_message:
            why = gateway_messages.explain(
                generation.provider, row.failure_code, row.failure_message
            )
            return sentences(why, ending)
    return ending
