"""Numbers and names for the parts of a migration: behind the first part, before the migration that comes next."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from dsql_migrate.lint.fixing.transactions.case import Case, Refused

_VERSION = re.compile(r"([A-Z]?)([0-9][0-9-]*)(?=_)")  # Refinery's begin with V
_TIME = "%Y%m%d%H%M%S"


def versions(case: Case, folder: str, stem: str, count: int) -> list[str]:
    """``count`` names that begin with rising numbers, the first is ``stem``. Raises Refused where none are free."""
    found = _VERSION.match(stem)
    if found is None:
        raise Refused("its name has no number that others could follow")
    letter, version, rest = *found.groups(), stem[found.end() :]
    first = _number(version)
    taken = [_number(met.group(2)) for name in case.names(folder) if (met := _VERSION.match(name))]
    following = min((number for number in taken if number > first), default=None)
    names, at = [stem], version
    for part in range(2, count + 1):
        at = successor(at)
        if following is not None and _number(at) >= following:
            raise Refused(f"it would take {count} numbers from {version} on, and {following} is taken")
        names.append(f"{letter}{at}{rest}_{part}")
    return names


def successor(version: str) -> str:
    """The next number, written like this one: of a time stamp the next second."""
    digits = version.replace("-", "")
    if len(digits) == 14:
        try:
            following = (datetime.strptime(digits, _TIME) + timedelta(seconds=1)).strftime(_TIME)
        except (ValueError, OverflowError):
            following = str(int(digits) + 1)
    else:
        following = str(int(digits) + 1).zfill(len(digits))
    if "-" not in version or len(following) != len(digits):
        return following
    rest = iter(following)
    return "".join(character if character == "-" else next(rest) for character in version)


def _number(version: str) -> int:
    return int(version.replace("-", "") or 0)


def after_folder(case: Case, root: str, folder: str, count: int) -> list[str]:
    """``count`` names that sort behind the folder's and before the next one's, the first is the folder's own."""
    names = [folder, *(f"{folder}_{part:0{max(2, len(str(count)))}d}" for part in range(2, count + 1))]
    others = case.names(root) - {folder}
    following = min((name for name in others if name > folder and not name.startswith(".")), default=None)
    if any(name in others for name in names) or (following is not None and names[-1] >= following):
        raise Refused(f"parts of {folder} would not be run before {following}")
    return names
