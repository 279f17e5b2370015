"""Reads ``rules/``. YAML is slow, so it is compiled once to one JSON document.

The compiled form is looked for beside the rules (``compiled.json``, written when the wheel is built), then in the
user's cache folder (``$XDG_CACHE_HOME/dsql-migrate``), else it is made and put there; a cache that cannot be written
is skipped in silence. Only making it imports ruamel.yaml. A cached form is used while size, times and inode of every
file are what they were when it was made: reading them all again would take each run of the linter 5 ms.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any
from zlib import crc32

from dsql_migrate.errors import Failure

Compiled = dict[str, Any]

FORMAT = 4  # of the compiled document
DATA_FILES = ("timeline", "types", "limits", "parameters", "functions", "comments", "connections")
COMPILED = "compiled.json"


def rules_folder() -> Path:
    """The tool's own rules: ``dsql_migrate/_rules`` in a wheel, ``rules/`` in a checkout. Raises Failure."""
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "_rules", package.parent / "rules"):
        if (folder / "timeline.yaml").is_file():
            return folder
    raise Failure("the rules that come with dsql-migrate are missing", hint="install dsql-migrate again")


def load(extra: tuple[Path, ...] = ()) -> Compiled:
    """The whole catalogue, with the rules of ``extra`` folders appended. Raises Failure where a file is unreadable.

    Returns {"timeline", "types", "limits", "parameters", "functions": their files, "rules": [one dict a rule]};
    dates are ISO strings. Callers must not change it.
    """
    return _load(extra)


@lru_cache(maxsize=4)
def _load(extra: tuple[Path, ...]) -> Compiled:
    folder = rules_folder()
    if not extra:
        shipped = _read(folder / COMPILED)
        if shipped is not None:
            return shipped
    folders = [os.fspath(path) for path in (folder, *extra)]
    stamp = _stamp(folders)
    cached = _cache_folder() / f"rules-{crc32(chr(0).join(folders).encode()):08x}.json"
    found = _read(cached) if _private(cached) else None
    if found is None or found.get("stamp") != stamp:
        found = {**compile_rules(_files(folder, extra)), "stamp": stamp}
        _write(cached, found)
    return found


def compile_rules(files: Iterable[tuple[str, bytes]]) -> Compiled:
    """One document from the YAML files, each (name in its folder, content). Raises Failure, naming the file."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    reader = YAML(typ="safe", pure=True)  # pure: YAML 1.2, where `on` and `no` are words
    compiled: Compiled = {"format": FORMAT, "rules": []}
    for name, content in files:
        try:
            document = reader.load(content.decode("utf-8"))
        except (YAMLError, UnicodeDecodeError) as error:
            raise Failure(f"{name} is not readable YAML: {' '.join(str(error).split())[:200]}") from None
        if not isinstance(document, dict):
            raise Failure(f"{name} is not a mapping")
        stem = name.removesuffix(".yaml")
        if stem in DATA_FILES:
            compiled[stem] = _plain(document)
        else:
            compiled["rules"].append({**_plain(document), "file": name})
    compiled["rules"].sort(key=lambda rule: (str(rule.get("code")), rule["file"]))
    return compiled


def compile_folder(folder: Path) -> Compiled:
    """The document for one folder of rules; what the build of the wheel writes."""
    return compile_rules(_files(folder, ()))


def dump(compiled: Compiled) -> bytes:
    """The document as bytes, the same for the same rules."""
    return json.dumps(compiled, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8")


def _files(folder: Path, extra: Sequence[Path]) -> Iterable[tuple[str, bytes]]:
    """(name, content) of every YAML file, in order; user folders may hold rules only."""
    root = os.fspath(folder)
    for path in sorted(_walk(root)):
        yield path[len(root) + 1 :].replace(os.sep, "/"), _content(path)
    for more in extra:
        if not more.is_dir():
            raise Failure(f"no such folder of rules: {more}")
        for path in sorted(_walk(os.fspath(more))):
            yield path, _content(path)


def _walk(folder: str) -> Iterator[str]:
    """os.scandir and not pathlib: every lint run looks at some 150 files before it can begin."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                yield from _walk(entry.path)
            elif entry.name.endswith(".yaml"):
                yield entry.path


def _content(path: str) -> bytes:
    try:
        with open(path, "rb", buffering=0) as file:
            return file.read()
    except OSError as error:
        raise Failure(f"cannot read {path}: {error.strerror}") from None


def _stamp(folders: Iterable[str]) -> str:
    """What changes when a file is changed, added or taken away. A folder that is not there has none."""
    parts = []
    for folder in folders:
        for path in sorted(_walk(folder)) if os.path.isdir(folder) else ():
            found = os.stat(path)
            parts.append(f"{path} {found.st_size} {found.st_mtime_ns} {found.st_ctime_ns} {found.st_ino}")
    return "\n".join(parts)


def _plain(value: Any) -> Any:
    """JSON's own types: dates become ISO strings, keys become strings."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    return value


def _cache_folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME")
    root = Path(base) if base and os.path.isabs(base) else Path(os.path.expanduser("~")) / ".cache"
    return root / "dsql-migrate"


def _private(path: Path) -> bool:
    """Whether nobody else could have written the file: a cache in a shared folder is not to be trusted."""
    if not hasattr(os, "getuid"):
        return True
    try:
        folder, file = path.parent.lstat(), path.lstat()
    except OSError:
        return False
    mine = all(entry.st_uid == os.getuid() for entry in (folder, file))
    return mine and not (folder.st_mode | file.st_mode) & (stat.S_IWGRP | stat.S_IWOTH)


def _read(path: Path) -> Compiled | None:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and found.get("format") == FORMAT else None


def _write(path: Path, compiled: Compiled) -> None:
    """Put it there whole or not at all; a home that cannot be written is no trouble of ours."""
    import tempfile

    temporary = None
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".rules-")
        with os.fdopen(handle, "wb") as file:
            file.write(dump(compiled))
        os.replace(temporary, path)
    except OSError:
        if temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
