"""Fixes in place: which edits are made, on which text, with which proof that nothing got worse, and how it is written.

    findings ──► plan ──► rounds (edit, lint again, keep what is sound) ──► Change ──► diff | write

``run.py`` is a whole run; everything before it is pure, and ``write.py`` alone touches files.
"""
