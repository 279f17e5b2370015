"""What a run is given: the files of its paths, and standard input under the name that it stands for."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence

from dsql_migrate.errors import Failure
from dsql_migrate.lint.files import files_of
from dsql_migrate.lint.options import Options


def inputs(
    paths: Sequence[str], options: Options, contents: Mapping[str, bytes]
) -> tuple[dict[str, bool], Mapping[str, bytes]]:
    """(path -> whether it was named, what is read in place of some files).

    With ``stdin_filename`` standard input is read here, unless ``contents`` has it as ``-``, and is a file of that
    name. Raises InputError for a path that is not there, Failure where the name is given and ``-`` is not.
    """
    given = dict(files_of(paths, options.exclude, options.force_exclude))
    given |= {path: False for path in contents if path not in given}
    name = options.stdin_filename
    if name is None:
        return given, contents
    if "-" not in given:
        raise Failure("--stdin-filename names standard input: PATHS has to have -")
    content = contents["-"] if "-" in contents else sys.stdin.buffer.read()
    del given["-"]
    if options.force_exclude and _left_out(name, options):
        return given, contents
    return {**given, name: True}, {**contents, name: content}


def _left_out(name: str, options: Options) -> bool:
    from dsql_migrate.lint.sifting.selection import excluded

    return excluded(options.exclude)(name)
