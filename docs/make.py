"""Writes the pages and tables that follow from ``rules/`` and from the command line, so that they cannot drift.

    python docs/make.py            write them
    python docs/make.py --check    exit 1 where one is not up to date (the tests do the same)

Whole pages: rules/index.md, one page a rule, timeline.md. Between ``<!-- begin: NAME -->`` and ``<!-- end: NAME -->``:
the types in rewriting.md, the choices in decisions.md, the commands in cli.md, a lint run in the README. Everything
else is written by hand.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import click

from dsql_migrate.cli import group as program
from dsql_migrate.cli.deciding import DecisionOption
from dsql_migrate.lint import Options, lint_paths
from dsql_migrate.lint.output import full
from dsql_migrate.lint.rule import Rule, load_rules
from dsql_migrate.rewrite.decisions import CHOICES, default
from dsql_migrate.target import Target, load_target, store

HERE = Path(__file__).resolve().parent
TOPICS = {
    "1": "Types, columns and tables",
    "2": "Keys and constraints",
    "3": "Indexes",
    "4": "Sequences and identity columns",
    "5": "Functions, triggers, views, types and other objects",
    "6": "Statements, sessions, transactions",
    "7": "Limits",
    "8": "Concurrency and cost (advice)",
    "9": "The tool's own",
}
MADE = "<!-- Made by docs/make.py of {what}. Change that, then run `make docs`. -->"
KINDS = {
    "docs": "documentation",
    "cluster": "measured on a cluster",
    "lint": "AWS's dsql-lint",
    "grammar": "DSQL's grammar as recorded",
}


def pages() -> dict[Path, str]:
    """Every page that is made, and what it has to hold."""
    rules, target, data = load_rules(), load_target(), store.load()
    sources: Mapping[str, str] = data["timeline"]["sources"]
    made = {HERE / "rules" / "index.md": _index(rules, target), HERE / "timeline.md": _timeline(target, data)}
    made |= {HERE / "rules" / f"{rule.code}.md": _rule(rule, target, sources) for rule in rules}
    made[HERE / "rewriting.md"] = _filled("rewriting.md", {"types": _types(target), "nearest": _nearest(target, data)})
    made[HERE / "decisions.md"] = _filled("decisions.md", {"choices": _choices(target)})
    made[HERE / "cli.md"] = _filled("cli.md", {"commands": "\n\n".join(_commands())})
    made[HERE.parent / "README.md"] = _filled("../README.md", {"lint": _lint_run("fixtures/migrations")})
    return made


def main(arguments: Sequence[str]) -> int:
    """Write or check; the exit code."""
    stale = [path for path, text in pages().items() if not path.is_file() or path.read_text("utf-8") != text]
    left = sorted(path for path in (HERE / "rules").glob("*.md") if path not in pages())
    if "--check" in arguments:
        for path in [*stale, *left]:
            print(f"{path.relative_to(HERE.parent)} is not up to date: make docs", file=sys.stderr)
        return 1 if stale or left else 0
    for path in stale:
        path.parent.mkdir(exist_ok=True)
        path.write_text(pages()[path], "utf-8")
    for path in left:
        path.unlink()
    return 0


def _filled(name: str, parts: Mapping[str, str]) -> str:
    text = (HERE / name).read_text("utf-8")
    for part, content in parts.items():
        begin, end = f"<!-- begin: {part} -->", f"<!-- end: {part} -->"
        before, _, rest = text.partition(begin)
        _, found, after = rest.partition(end)
        if not found:
            raise SystemExit(f"docs/{name} has no {begin} … {end}")
        text = f"{before}{begin}\n{content}\n{end}{after}"
    return text


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    # A table takes any | for a border, also in code, unless a backslash stands before it.
    cells = ([re.sub(r"(?<!\\)\|", r"\|", cell) for cell in row] for row in rows)
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in cells)])


def _cell(text: str) -> str:
    """Prose for a table cell or a paragraph: no HTML, no cell border, no markup by accident."""
    escaped = " ".join(text.split()).replace("\\", "\\\\").replace("<", "&lt;")
    return re.sub(r"([*_|`\[\]])", r"\\\1", escaped)


def _code(text: str) -> str:
    return f"`` {text} ``" if "`" in text else f"`{text}`"


# -- rules ------------------------------------------------------------------------------------------------------------


def _index(rules: Sequence[Rule], target: Target) -> str:
    counts = {severity: sum(rule.severity == severity for rule in rules) for severity in ("error", "warning", "info")}
    parts = [
        MADE.format(what="rules/"),
        "# Rules",
        f"{len(rules)} rules: {counts['error']} errors, {counts['warning']} warnings, {counts['info']} hints. "
        f"The data behind them speak for DSQL up to {target.newest}.",
        "A rule says what DSQL refuses or does differently, and what to write instead. Each is one YAML file under "
        "[rules/](../../rules/README.md), with its reason, its evidence, and examples that are run as tests. "
        "*Accepted from*: the day from which DSQL takes what the rule is about; the rule is silent from then on.",
        "    dsql-migrate rules               lists those that hold on a day (--as-of)\n"
        "    dsql-migrate explain DSQL304     shows one in full",
        _table(
            ["severity", "meaning"],
            [
                ["error", "DSQL refuses it"],
                ["warning", "DSQL accepts it, but it behaves differently"],
                ["info", "advice, or a thing that is simply not needed"],
            ],
        ),
        _unlinted({rule.code for rule in rules}),
    ]
    for digit, group in groupby(rules, key=lambda rule: rule.code.removeprefix("DSQL")[0]):
        rows = []
        for rule in group:
            moot = rule.moot_from(target)
            told = [f"[{rule.code}]({rule.code}.md)", _code(rule.name), rule.severity, _cell(rule.summary)]
            rows.append([*told, str(moot) if moot else ""])
        parts += [f"## {TOPICS[digit]}", _table(["code", "name", "severity", "about", "accepted from"], rows)]
    return "\n\n".join(part for part in parts if part) + "\n"


_LEDGER_ONLY = {
    "DSQL706": "more schemas than DSQL takes",
    "DSQL707": "more tables than DSQL takes",
    "DSQL710": "a row too large",
    "DSQL711": "a value too large",
    "DSQL725": "a key too large in some row",
    "DSQL726": "a number too large for its column",
    "DSQL727": "a number that is rounded",
    "DSQL728": "a value too long for its column",
    "DSQL904": "damaged rows",
    "DSQL905": "a statement that PostgreSQL itself would refuse",
}


def _unlinted(known: set[str]) -> str:
    rest = ", ".join(f"{code} ({what})" for code, what in _LEDGER_ONLY.items() if code not in known)
    return f"A few codes have no rule, because only the whole job comes upon them: {rest}." if rest else ""


def _rule(rule: Rule, target: Target, sources: Mapping[str, str]) -> str:
    moot = rule.moot_from(target)
    facts = [f"`{rule.name}`", rule.severity]
    if moot:
        facts.append(f"DSQL accepts it from {moot}")
    elif rule.until:
        facts.append("DSQL accepts it; the day it came is not known")
    if rule.since:
        facts.append(f"from {target.since(rule.since)}" if target.since(rule.since) else f"with {rule.since}")
    parts = [
        MADE.format(what=f"rules/{rule.file}"),
        f"# {rule.code}: {_cell(rule.summary)}",
        " · ".join(facts),
        f"**Why.** {_cell(rule.why)}",
        f"**Instead.** {_cell(rule.instead)}",
    ]
    if rule.sqlstate or rule.server_message:
        answer = " ".join(filter(None, [rule.sqlstate, rule.server_message]))
        parts.append(f"**DSQL answers** {_code(answer)}")
    if rule.fix:
        said = rule.fix.get("applicability")
        parts.append(f"**Fix.** {said + ': f' if said else 'F'}indings carry it as an edit; see the examples.")
    if rule.examples:
        parts += ["## Examples", *(_example(example) for example in rule.examples)]
    if rule.evidence:
        parts += ["## Known from", "\n".join(_evidence(entry, sources) for entry in rule.evidence)]
    parts.append("[All rules](index.md)")
    return "\n\n".join(parts) + "\n"


def _example(example: Mapping[str, Any]) -> str:
    kind = "bad" if "bad" in example else "good"
    title = {"bad": "Found", "good": "Not found"}[kind]
    day = f", as of {example['as_of']}" if "as_of" in example else ""
    marks = f"; it points at {_code(str(example['marks']))}" if example.get("marks") else ""
    sql = "\n".join(filter(None, [example.get("given"), example[kind]]))
    blocks = [f"{title}{day}{marks}:", _fenced(sql)]
    if example.get("fixed"):
        blocks += ["Fixed:", _fenced(example["fixed"])]
    return "\n\n".join(blocks)


def _fenced(sql: str) -> str:
    return f"```sql\n{sql.strip()}\n```"


def _evidence(entry: Mapping[str, Any], sources: Mapping[str, str]) -> str:
    source = str(entry.get("source", ""))
    told = [str(entry[key]) for key in ("probe", "note") if entry.get(key)]
    url = entry.get("url") or sources.get(source)
    link = f"[{source or 'source'}]({url})" if url else source
    return f"- {entry['date']}, {KINDS.get(entry['kind'], entry['kind'])}: " + ", ".join(
        [*(_cell(part) for part in told), *([link] if link else [])]
    )


# -- what DSQL accepts ------------------------------------------------------------------------------------------------


def _timeline(target: Target, data: Mapping[str, Any]) -> str:
    sources = data["timeline"]["sources"]
    rows = []
    capabilities = data["timeline"]["capabilities"]
    for name, entry in sorted(capabilities.items(), key=lambda item: (item[1]["since"] or "", item[0])):
        known = {"month": " (that month)", "seen": " (first seen)"}.get(entry.get("day", ""), "")
        links = dict.fromkeys(
            f"[{e['source']}]({sources[e['source']]})" if e.get("source") in sources else KINDS[e["kind"]]
            for e in entry["evidence"]
        )
        rows.append([f"{entry['since'] or 'not known'}{known}", _code(name), _cell(entry["what"]), ", ".join(links)])
    limits = []
    for _, limit in sorted(target.limits.items()):
        shown = [f"{value:,}" if value is not None else "" for value in (limit.value, limit.documented, limit.observed)]
        answer = " ".join(filter(None, [limit.sqlstate, limit.message]))
        limits.append([_code(limit.name), *shown, _code(answer) if answer else ""])
    parts = [
        MADE.format(what="rules/timeline.yaml and rules/limits.yaml"),
        "# What DSQL accepts, and since when",
        f"The data speak for the days from {data['timeline']['begins']} to {target.newest}. `--as-of DATE` chooses a "
        "day; without it, it is the last one. *First seen*: the day it was first seen accepted; it may be older.",
        _table(["since", "capability", "what", "known from"], rows),
        "## Limits",
        f"As of {target.as_of}. Where the documentation and a measured cluster differ, the smaller number counts.",
        _table(["limit", "value", "documented", "measured", "DSQL answers"], limits),
        "Session parameters that may be set: " + ", ".join(_code(name) for name in sorted(target.settable)) + ".",
    ]
    return "\n\n".join(parts) + "\n"


def _types(target: Target) -> str:
    rows = []
    for name, entry in sorted(store.load()["types"]["columns"].items(), key=lambda item: str(item[1]["display"])):
        key = entry["key"]
        in_key = {True: "yes", False: "no"}.get(key) if isinstance(key, bool) else f"from {target.since(key)}"
        since = str(target.since(entry["needs"])) if entry.get("needs") else ""
        notes = []
        if "limit" in entry:
            notes.append(f"length to {target.limit(entry['limit']):,}")
        if entry.get("implied"):
            notes.append(f"without modifiers DSQL takes it as {entry['display']}({','.join(entry['implied'])})")
        told = _code(entry["display"]) + ("" if name in entry["display"] else f" (`{name}`)")
        rows.append([told, since, str(in_key), "; ".join(notes)])
    return _table(["type", "column type from", "in a key or index", "notes"], rows)


def _nearest(target: Target, data: Mapping[str, Any]) -> str:
    columns = data["types"]["columns"]
    spellings = {entry["display"]: name for name, entry in columns.items()}
    rows: dict[tuple[str, str], list[str]] = {}
    for name, entry in sorted(data["types"]["nearest"].items()):
        if name in target.types:
            continue
        chain = []
        for use in entry["use"]:
            bare = use.split("(")[0]
            needs = columns[spellings.get(bare, bare)].get("needs")
            chain.append(f"`{use}`" + (f" (from {target.since(needs)})" if needs else ""))
        shown = "any array" if name == "[]" else f"`{name}`"
        rows.setdefault((", else ".join(chain), _cell(entry["loss"])), []).append(shown)
    lines = [[", ".join(names), use, loss] for (use, loss), names in rows.items()]
    return _table(["type", "becomes", "what is lost"], lines)


def _choices(target: Target) -> str:
    parts = []
    for choice in CHOICES.values():
        first = default(choice, target)
        rows = []
        for option in choice.options:
            days = [str(day) for need in option.needs if (day := target.since(need)) is not None]
            name = f"**{_code(option.name)}**" if option is first else _code(option.name)
            rows.append([name, _cell(option.effect), max(days, default="")])
        if choice.number:
            rows.append(["N", "another whole number", ""])
        reason = f"Default: {_code(first.name)}, because {_cell(choice.reason)}." if first is choice.options[0] else ""
        of = f"Of each {' or '.join(choice.kinds)}."
        table = _table(["option", "effect", "since"], rows)
        parts.append("\n\n".join(filter(None, [f"### {choice.key}", _cell(choice.question), table, f"{of} {reason}"])))
    return "\n\n".join(parts)


def _lint_run(folder: str) -> str:
    """What lint prints of a folder of this checkout."""
    at = Path.cwd()
    os.chdir(HERE.parent)
    try:
        result = lint_paths([folder], options=Options(cache=False))
        told = full.render(result, color=False).rstrip()
    finally:
        os.chdir(at)
    return f"```console\n$ dsql-migrate lint {folder}\n{told}\n```"


# -- the command line -------------------------------------------------------------------------------------------------


def _commands() -> Iterator[str]:
    context = click.Context(program, info_name="dsql-migrate")
    for name in program.list_commands(context):
        command = program.get_command(context, name)
        if command is not None and not command.hidden:
            yield _command(name, command, context)
        if isinstance(command, click.Group):
            inside = click.Context(command, info_name=name, parent=context)
            yield from (_command(f"{name} {part}", command.commands[part], inside) for part in command.commands)


def _command(name: str, command: click.Command, parent: click.Context) -> str:
    context = click.Context(command, info_name=name.split()[-1], parent=parent)
    usage = " ".join(command.collect_usage_pieces(context))
    rows = []
    decisions = [p for p in command.params if isinstance(p, DecisionOption)]
    for parameter in (p for p in command.params if p not in decisions):
        record = parameter.get_help_record(context) if isinstance(parameter, click.Option) else None
        if record is not None:
            rows.append([_code(record[0]), _cell(record[1])])
    if decisions:
        names = ", ".join(_code(f"--{key}") for key in CHOICES)
        rows.append([names, "One option a decision: see [decisions](decisions.md)."])
    asked = command.context_settings.get("help_option_names", ["-h", "--help"])
    rows.append([_code(", ".join(asked)), "Show the command's help and exit."])
    text = "\n\n".join(" ".join(block.split()) for block in (command.help or "").replace("\b", "").split("\n\n"))
    head = [f"### {name}", f"    dsql-migrate {name} {usage}", text.replace("``", "`").replace("*", "\\*")]
    return "\n\n".join([*head, _table(["option", ""], rows)])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
