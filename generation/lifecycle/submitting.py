"""Accepts checked forms: generations with their reservations, in one transaction."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.models import Team, User
from gateways import catalogue
from gateways.providers.base import Order, Quote
from generation import uploads
from generation.lifecycle import fair_queue
from generation.models import Generation, Origin, Upload
from generation.operations import OPERATIONS
from generation.operations.base import Operation
from spend import ledger


@dataclass(frozen=True, slots=True)
class Wanted:
    """A checked form and its price. ``submit_key``: its idempotency key."""

    cleaned: Mapping[str, Any]
    quote: Quote
    submit_key: UUID


def submit(
    *,
    operation: Operation,
    cleaned: Mapping[str, Any],
    quote: Quote,
    requested_by: User,
    team: Team,
    submit_key: UUID,
    repeats: Generation | None = None,
) -> Generation:
    """Create the generation and reserve its cost, once per ``submit_key`` (idempotency
    key). ``repeats``: the generation of the team whose request was reused.

    Raises BudgetExceeded or FundsExceeded; then nothing is written.
    """
    wanted = Wanted(cleaned, quote, submit_key)
    (generation,) = _unsaved([wanted], operation, requested_by, team)
    try:
        with transaction.atomic():
            generation.save(force_insert=True)
            _write_origins([(generation, cleaned)], repeats)
            ledger.reserve(
                ledger_subject(generation), quote.cost, reference=generation.reference
            )
    except IntegrityError:
        return Generation.objects.get(requested_by=requested_by, submit_key=submit_key)
    return generation


def submit_all(
    wanted: Sequence[Wanted],
    *,
    operation: Operation,
    requested_by: User,
    team: Team,
) -> list[Generation]:
    """Many generations with their reservations, all or none, in the caller's
    transaction; in the order given, each after the one before in the fair queue.

    Raises BudgetExceeded or FundsExceeded: the caller must roll back.
    """
    unsaved = _unsaved(wanted, operation, requested_by, team)
    made = Generation.objects.bulk_create(unsaved)
    pairs = zip(made, (each.cleaned for each in wanted), strict=True)
    _write_origins(list(pairs), None)
    ledger.reserve_all(
        (ledger_subject(row), row.reference, row.reserved) for row in made
    )
    return made


def _unsaved(
    wanted: Sequence[Wanted],
    operation: Operation,
    requested_by: User,
    team: Team,
) -> Iterator[Generation]:
    accounts = catalogue.accounts(operation.provider)
    # Any one: the sending account is selected later.
    any_account = accounts[catalogue.first_free(accounts)]
    turn = fair_queue.next_turn(operation.provider, accounts.values(), requested_by)
    for each in wanted:
        cleaned = each.cleaned
        order = operation.order(cleaned)
        width, height = operation.size(cleaned)
        bound = operation.bound_to(cleaned)
        typed = {name: value for name, value in cleaned.items() if name != "prompt"}
        yield Generation(
            team=team,
            requested_by=requested_by,
            provider=operation.provider,
            account=bound or any_account,
            is_pinned=bound is not None,
            turn=turn,
            operation=operation.slug,
            model=operation.model(cleaned),
            prompt=cleaned.get("prompt", ""),
            parameters={**typed, **operation.chosen(cleaned)},
            pictures=order.pictures,
            width=width,
            height=height,
            submit_key=each.submit_key,
            unit=each.quote.unit.value,
            reserved=each.quote.cost,
        )
        turn += order.pictures


def _write_origins(
    made: Sequence[tuple[Generation, Mapping[str, Any]]], repeats: Generation | None
) -> None:
    """Pictures of the team that were given, and the reused request."""
    tokens = {token for _, cleaned in made for token in uploads.tokens(cleaned)}
    given: dict[str, tuple[int, int]] = {}
    if tokens:
        rows = Upload.objects.filter(token__in=tokens, made_of__team=made[0][0].team)
        of_picture = rows.values_list("token", "made_of", "made_of__generation")
        given = {token: (artwork, parent) for token, artwork, parent in of_picture}
    found = []
    for generation, cleaned in made:
        pictures = {given[token] for token in uploads.tokens(cleaned) if token in given}
        found += [
            Origin(generation=generation, parent_id=parent, artwork_id=artwork)
            for artwork, parent in sorted(pictures)
        ]
        if repeats and repeats.team_id == generation.team_id:
            found.append(Origin(generation=generation, parent=repeats))
    if found:
        Origin.objects.bulk_create(found)


def ledger_subject(generation: Generation) -> ledger.Subject:
    return ledger.Subject(
        team=generation.team_id,
        user=generation.requested_by_id,
        unit=generation.unit,
        generation=generation.pk,
        provider=generation.provider,
        operation=generation.operation,
        model=generation.model,
        gateway=generation.account.purse,
    )


def order_of(generation: Generation) -> Order:
    """The wire body, written anew from the parameters."""
    cleaned = {**generation.parameters, "prompt": generation.prompt}
    return OPERATIONS[generation.operation].order(cleaned)
