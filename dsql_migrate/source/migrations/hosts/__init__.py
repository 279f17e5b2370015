"""Migrations that are programs: host languages read into one small tree, evaluated as far as it can be known.

``tree.py`` has the nodes, ``python.py``, ``ruby.py`` and ``javascript.py`` read them, ``walk.py`` follows the
statements and knows values, ``sql.py`` is SQL that remembers where it came from. Nothing of a program is ever run.
"""
