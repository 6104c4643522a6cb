"""Accepts a checked form: a generation with its reservation, in one transaction."""

from collections.abc import Mapping
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
    order = operation.order(cleaned)
    width, height = operation.size(cleaned)
    accounts = catalogue.accounts(operation.provider)
    bound = operation.bound_to(cleaned)
    # Any one: the sending account is selected later.
    account = bound or accounts[catalogue.first_free(accounts)]
    turn = fair_queue.next_turn(operation.provider, accounts.values(), requested_by)
    typed = {name: value for name, value in cleaned.items() if name != "prompt"}
    parameters = {**typed, **operation.chosen(cleaned)}
    try:
        with transaction.atomic():
            generation = Generation.objects.create(
                team=team,
                requested_by=requested_by,
                provider=operation.provider,
                account=account,
                is_pinned=bound is not None,
                turn=turn,
                operation=operation.slug,
                model=operation.model(cleaned),
                prompt=cleaned.get("prompt", ""),
                parameters=parameters,
                pictures=order.pictures,
                width=width,
                height=height,
                submit_key=submit_key,
                unit=quote.unit.value,
                reserved=quote.cost,
            )
            _write_origins(generation, cleaned, repeats)
            ledger.reserve(
                ledger_subject(generation), quote.cost, reference=generation.reference
            )
    except IntegrityError:
        return Generation.objects.get(requested_by=requested_by, submit_key=submit_key)
    return generation


def _write_origins(
    generation: Generation, cleaned: Mapping[str, Any], repeats: Generation | None
) -> None:
    """Pictures of the team that were given, and the reused request."""
    given: dict[int, int] = {}
    if tokens := uploads.tokens(cleaned):
        rows = Upload.objects.filter(token__in=tokens, made_of__team=generation.team)
        given = dict(rows.values_list("made_of", "made_of__generation"))
    found = [
        Origin(generation=generation, parent_id=parent, artwork_id=artwork)
        for artwork, parent in given.items()
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
