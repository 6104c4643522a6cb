"""Lays the gateway's books beside ours, and says where they differ (作画对账).

    balance   what is left there, before anything else
    list      the history, kind by kind and page by page        → history lines
    costs     what each key of the window cost there            → history lines
    compare   line ↔ provider task ↔ transfers                  → differences
    missing   tasks of ours that no line names; before one is reported, the history is
              read a second time                                → differences
    finish    the move of the balance ↔ the costs that moved it → a difference

A run is a row. Each turn reads at most one answer, with no transaction open, and books
it by compare-and-set on the run's own turn: two workers never book one turn twice, and
what a killed one left is taken up where it stopped. What is under way is never a
difference, and the same difference is never reported twice.

Where a gateway keeps no history, only our tasks and our transfers can be
compared; the run says so.
"""
