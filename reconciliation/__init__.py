"""Reconciliation (对账): the gateways' books beside ours, and where they differ.

``runs`` moves one account's run through these steps, turn by turn:

    balance   ``balance_comparison.read_balance``: the balance before anything else
    list      ``history_reading.read_page``: the history, by kind and page → lines
    costs     ``history_reading.read_costs``: the cost of each listed key → lines
    compare   ``key_comparison.compare_lines``: line, provider task and transfers
              → differences
    missing   ``key_comparison.compare_tasks``: tasks that no line names; the history is
              read again before the first report of a key → differences
    finish    ``balance_comparison.compare_balance``: the change of the balance and the
              costs behind it → a difference

A turn reads at most one answer, without a transaction, and books it once by
compare-and-set (``run_turns``), so any worker can continue a run.
``difference_records`` writes each difference once; work in progress is never one.
``resolution`` closes differences, ``booked_costs`` sums transfers per task,
``invariants`` checks our own rows (``check_books``).

A gateway without a history has only missing and finish: tasks against transfers.
"""
