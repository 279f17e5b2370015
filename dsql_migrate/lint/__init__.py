"""The linter: rules from ``rules/`` held against the facts of a script, one pass, no file is changed."""

from __future__ import annotations

from dsql_migrate.lint.finding import Edit, Finding, Fix
from dsql_migrate.lint.rule import Rule, load_rules
from dsql_migrate.lint.runner import Result, lint_paths, lint_source

__all__ = ["Edit", "Finding", "Fix", "Result", "Rule", "lint_paths", "lint_source", "load_rules"]
