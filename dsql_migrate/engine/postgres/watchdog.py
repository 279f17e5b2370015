"""The server's parent process: makes the cluster, runs postgres, ends it and removes its folder when we are gone.

Run as ``python -I -S watchdog.py`` with the plan as JSON on the first line of standard input. The far end of that pipe
is held by the process that wants the server: the kernel closes it however that process ends, SIGKILL included, and end
of file is the order to stop. (PR_SET_PDEATHSIG would not do: Linux clears it on a change of user, others lack it.)
It imports nothing of the project, so that it starts in a few milliseconds.
"""

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from typing import Any


def main() -> int:
    """The whole life of one server. Exit code 1 where it could not be started; the reason is in the log."""
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.SIG_IGN)  # only the pipe decides: a Ctrl-C is for the process that holds it
    plan: dict[str, Any] = json.loads(sys.stdin.readline())
    code = 0
    with open(plan["log"], "ab") as log:
        user = {key: plan[key] for key in ("user", "group") if plan[key] is not None}
        if user:
            user["extra_groups"] = []
        settings: dict[str, Any] = {
            **user,
            "cwd": "/",
            "stdin": subprocess.DEVNULL,
            "stdout": log,
            "stderr": log,
            "env": plan["env"],
            "preexec_fn": _ordinary_signals,
        }
        if plan["initdb"]:
            code = subprocess.run(plan["initdb"], **settings, check=False).returncode
        if code == 0:
            if plan["rename"]:
                os.rename(*plan["rename"])
            code = _serve(plan["postgres"], settings, plan["keep"])
    _remove(plan["folder"])
    return 1 if code else 0


def _ordinary_signals() -> None:
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.SIG_DFL)  # ignored signals would be inherited, and the postmaster needs them
    os.umask(0o077)


def _serve(command: list[str], settings: dict[str, Any], keep: bool) -> int:
    """Run the server until the pipe closes or it ends by itself. ``keep``: its data are to be whole afterwards."""
    server = subprocess.Popen(command, **settings)
    while server.poll() is None:
        ready, _, _ = select.select([sys.stdin], [], [], 1.0)
        if ready:
            break
    if server.poll() is not None:
        return 1
    for name in (signal.SIGINT, signal.SIGQUIT) if keep else (signal.SIGQUIT,):  # fast, and immediate
        server.send_signal(name)
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            continue
        return 0
    server.kill()
    server.wait()
    return 0


def _remove(folder: str) -> None:
    """Backends may still be writing their last bytes for a moment after the postmaster is gone."""
    for _ in range(50):
        shutil.rmtree(folder, ignore_errors=True)
        if not os.path.lexists(folder):
            return
        time.sleep(0.02)


if __name__ == "__main__":
    # The process that started us may end between our reading and our waiting: then the pipe is at its end, and we stop.
    raise SystemExit(main())
