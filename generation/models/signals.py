from django.dispatch import Signal

#: ``keys``: artworks whose state, cost, likeness, opening or download changed. Sent in
#: the transaction of the change, by whatever changes them.
artworks_changed = Signal()
