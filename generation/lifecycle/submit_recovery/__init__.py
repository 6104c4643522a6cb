"""Finds the tasks of a submit whose answer was lost, in the gateway's history.

    searching   keys: named by callbacks, or listed in the history, and not yet known
                traces: prompt, model, size, seed and time of each unmatched key
    matching    as many traces agree with the submit as pictures were requested, and
                they can belong to no other generation: adopted, booked like an answer

Nothing is ever sent again. A callback proves nothing: its key counts once the gateway's
own trace agrees.
"""
