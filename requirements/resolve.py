"""Write lock.txt and dev-lock.txt: the versions that pip chooses today for the ranges in pyproject.toml.

Resolved for each supported Python, on this machine's platform; a package that only some of them need gets an
environment marker. Needs pip 23 or later and the network.
"""

import json
import subprocess
import sys
import tempfile
import tomllib
import venv
from pathlib import Path

HERE = Path(__file__).parent
PYTHONS = ("3.11", "3.12", "3.13")
BUILD = ("editables>=0.5",)  # what hatchling needs for an editable install, besides itself


def resolve(pip: Path, wanted: list[str], python: str) -> dict[str, str]:
    """Name -> version of everything that `wanted` brings on that Python; raises CalledProcessError where pip cannot."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [pip, "-m", "pip", "install", "-qq", "--dry-run", "--ignore-installed", "--only-binary", ":all:"]
        command += ["--target", folder, "--python-version", python, "--report", report, *wanted]
        subprocess.run([str(part) for part in command], check=True)
        found = json.loads(report.read_text())["install"]
    return {item["metadata"]["name"].lower().replace("_", "-"): item["metadata"]["version"] for item in found}


def pins(pip: Path, wanted: list[str]) -> list[str]:
    """One requirement line a package (two where the Pythons differ), sorted by name."""
    chosen: dict[str, dict[str, list[str]]] = {}
    for python in PYTHONS:
        for name, version in resolve(pip, wanted, python).items():
            chosen.setdefault(name, {}).setdefault(version, []).append(python)
    lines = []
    for name, versions in sorted(chosen.items()):
        for version, pythons in versions.items():
            marker = (
                ""
                if len(pythons) == len(PYTHONS)
                else " ; " + " or ".join(f'python_version == "{python}"' for python in pythons)
            )
            lines.append(f"{name}=={version}{marker}")
    return lines


def main() -> int:
    project = tomllib.loads((HERE.parent / "pyproject.toml").read_text(encoding="utf-8"))
    needed = [*project["project"]["dependencies"], *project["build-system"]["requires"], *BUILD]
    tools = project["project"]["optional-dependencies"]["dev"]
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        pip = Path(folder) / "bin" / "python"
        lock = pins(pip, needed)
        everything = pins(pip, [*needed, *tools])
    both = "# Made by `make lock` from the ranges in pyproject.toml. For Python 3.11 to 3.13.\n"
    lead = "# Exact versions of what dsql-migrate runs on, and of what installs it.\n" + both
    (HERE / "lock.txt").write_text(lead + "\n".join(lock) + "\n", encoding="utf-8")
    extra = [line for line in everything if line not in lock]
    lead = "# Exact versions of the tools for development, on top of lock.txt.\n" + both + "-r lock.txt\n"
    (HERE / "dev-lock.txt").write_text(lead + "\n".join(extra) + "\n", encoding="utf-8")
    print(f"lock.txt: {len(lock)} packages; dev-lock.txt: {len(extra)} more")
    return 0


if __name__ == "__main__":
    sys.exit(main())
