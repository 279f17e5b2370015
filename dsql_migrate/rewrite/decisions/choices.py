"""Every choice that a rewrite has.

This is the one list. The flags of the command line, the questions of ``--interactive``, the comments of
``decisions.yaml`` and the page on decisions are made of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from dsql_migrate.rewrite.decisions.choice import Choice, Option
from dsql_migrate.rewrite.decisions.of_mysql import OF_MYSQL
from dsql_migrate.rewrite.decisions.of_objects import OF_OBJECTS
from dsql_migrate.rewrite.decisions.of_types import OF_TYPES

__all__ = ["CHOICES", "Choice", "Option"]

CHOICES: Mapping[str, Choice] = MappingProxyType({choice.key: choice for choice in (*OF_OBJECTS, *OF_TYPES, *OF_MYSQL)})
