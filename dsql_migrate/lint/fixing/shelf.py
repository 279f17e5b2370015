"""The files of a run with fixes: as they stand on disk, as they are so far, and what may not be touched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from dsql_migrate.lint.files import files_of
from dsql_migrate.lint.fixing.diff import Change
from dsql_migrate.lint.fixing.text import MOST, Text, Unfixable, text_of
from dsql_migrate.lint.fixing.write import outside
from dsql_migrate.lint.inputs import inputs
from dsql_migrate.lint.options import Options
from dsql_migrate.source.migrations import Project, projects


def stdin_name(options: Options) -> str:
    """What findings call standard input."""
    return options.stdin_filename or "<stdin>"


class Shelf:
    """``contents`` are the texts as they are so far, by path, those of files that are to be made among them."""

    def __init__(self, paths: Sequence[str], options: Options, stdin: bytes | None) -> None:
        self.paths, self.options, self._stdin = paths, options, stdin
        self.stdin_as = stdin_name(options) if stdin is not None else None
        self.contents: dict[str, bytes] = {}
        self.notes: list[str] = []
        self._texts: dict[str, Text] = {}
        self._given = dict(files_of(paths, options.exclude, options.force_exclude))

    def load(self, paths: Iterable[str]) -> None:
        """Take files in; those that cannot be edited are noted, and left out."""
        for path in dict.fromkeys(paths):
            try:
                self._texts[path] = self._text(path)
                self.contents[path] = self._texts[path].content
            except Unfixable as reason:
                self.notes.append(f"{path}: not fixed: {reason}")
            except OSError as error:
                self.notes.append(f"{path}: not fixed: {(error.strerror or str(error)).lower()}")

    def _text(self, path: str) -> Text:
        if path == self.stdin_as:
            assert self._stdin is not None
            return text_of(self._stdin)
        named = self._given.get(path, False)
        elsewhere = None if named else outside(path, self.paths)
        if elsewhere is not None:
            raise Unfixable(f"it is a link to {elsewhere}, outside of what was named")
        with open(path, "rb") as file:
            return text_of(file.read(MOST + 1))

    def for_lint(self, contents: Mapping[str, bytes]) -> dict[str, bytes]:
        """The contents as a run takes them: standard input by its own name."""
        return {"-" if path == self.stdin_as else path: content for path, content in contents.items()}

    def is_plain(self, path: str) -> bool:
        """Whether other files can be made out of this one: it is a file, and UTF-8."""
        text = self._texts.get(path)
        return path != self.stdin_as and path in self.contents and (text is None or text.codec is None)

    def texts(self, paths: Iterable[str]) -> dict[str, bytes]:
        """The texts of files that are not to be changed; those that cannot be read are left out."""
        found = {}
        for path in paths:
            try:
                found[path] = self._text(path).content
            except (Unfixable, OSError):
                continue
        return found

    def projects(self) -> dict[str, Project]:
        """The project of each file."""
        given, contents = inputs(self.paths, self.options, self.for_lint(self.contents))

        def read(path: str) -> bytes:
            if path in contents:
                return contents[path]
            with open(path, "rb") as file:
                return file.read()

        named = frozenset(path for path, was_named in given.items() if was_named)
        found = projects(given, read, named, self.options.framework)
        return {path: project for project in found for path in project.files}

    def changes(self) -> list[Change]:
        """What is other than on disk. A text that its file's encoding does not have is noted, and left out."""
        found = []
        for path, content in self.contents.items():
            text = self._texts.get(path)
            if text is None:
                found.append(Change(path, _on_disk(path), content))
            elif content != text.content:
                try:
                    found.append(Change(path, text.raw, text.encoded(content)))
                except Unfixable as reason:
                    self.notes.append(f"{path}: not fixed: {reason}")
        return found


def _on_disk(path: str) -> bytes | None:
    """What stands where a file is to be made, a configuration that gets a line more for example."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None
