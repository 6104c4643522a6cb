"""Finds the tasks of a submit whose answer was lost, in the gateway's history.

    searching   keys: named by callbacks, or listed in the history, and not yet known
                traces: prompt, model, size, seed, time of each unmatched key
    matching    certain matches are adopted: booked like an answer

Nothing is sent again. A callback's key counts once the gateway's own trace agrees. An
unsigned callback only says what to trace first.
"""
