"""What every command may end with: one clear line for the person, exit code 2."""

from __future__ import annotations


class Failure(Exception):
    """The job could not be done. ``message`` is one line; ``hint`` says what to do next."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class InputError(Failure):
    """The input cannot be read: not there, not a dump, damaged, or in a form this tool does not know."""
