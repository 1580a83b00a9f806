#!/usr/bin/env python3
"""Set up and run Deconflict: `python3 run.py demo`, `test`, `lint`, or any `deconflict` command.

Makes `.venv` beside this file, installs the project into it, and on Debian as root the system libraries
that Qt needs (otherwise it prints the command that does). Standard library only.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
QT_LIBRARIES = ("libglib2.0-0", "libgl1", "libegl1", "libdbus-1-3", "libfontconfig1", "libxkbcommon0")
X11_LIBRARIES = (
    "libxcb-cursor0",
    "libxkbcommon-x11-0",
    "libxcb-icccm4",
    "libxcb-keysyms1",
    "libxcb-shape0",
    "libxcb-xkb1",
)
LINT = (
    ("ruff", "format", "--check", "."),
    ("ruff", "check", "."),
    ("mypy",),
    ("lint-imports",),
)


def main(arguments: list[str]) -> int:
    """Do what the first argument says; everything after it is passed on."""
    if sys.version_info < (3, 11):  # noqa: UP036 - this file is what an older Python is told by
        print("Deconflict needs Python 3.11 or newer.", file=sys.stderr)
        return 2
    command = arguments[0] if arguments else ""
    development = command in ("test", "lint")
    if not install(development=development) or not (command == "lint" or qt_works()):
        return 2
    if command == "lint":
        return max(tool(*check) for check in LINT)
    if command == "test":
        browser()
        workers = [] if any(a.startswith("-n") for a in arguments) else ["-n", "auto"]
        return tool("pytest", *workers, *arguments[1:], offscreen=True)
    if command == "demo" and not has_display():
        browser()
    return module("desktop", *arguments)


def install(*, development: bool) -> bool:
    """Bring `.venv` up to date with pyproject.toml; quick when nothing changed."""
    extra = "[dev]" if development else ""
    stamp = VENV / f"installed{'-dev' if development else ''}.txt"
    state = hashlib.sha256((ROOT / "pyproject.toml").read_bytes() + str(ROOT).encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == state and PYTHON.exists():
        return True
    if not PYTHON.exists():
        print("Making .venv ...", flush=True)
        venv.create(VENV, with_pip=True)
    print(f"Installing deconflict{extra} into .venv ...", flush=True)
    command = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-e", f".{extra}"]
    if subprocess.run(command, cwd=ROOT, check=False).returncode:
        print("The installation failed; the lines above say why.", file=sys.stderr)
        return False
    # So that the first start is as fast as the second, whatever PYTHONDONTWRITEBYTECODE says.
    packages = ["desktop", "layers", "resources"]
    subprocess.run([PYTHON, "-m", "compileall", "-q", *packages], cwd=ROOT, check=False)
    print("Compiling the check engine, once ...", flush=True)
    kernels = "from layers.outlines import compile_kernels; compile_kernels()"
    subprocess.run([PYTHON, "-c", kernels], cwd=ROOT, check=False)
    stamp.write_text(state)
    return True


def qt_works() -> bool:
    """Load Qt; install the libraries it lacks where we may, else say which command does."""
    if not loads_qt() and not apt_install(*QT_LIBRARIES, *(X11_LIBRARIES if has_display() else ())):
        names = " ".join(QT_LIBRARIES + X11_LIBRARIES)
        print(
            f"Qt needs system libraries. On Debian or Ubuntu: sudo apt-get install {names}", file=sys.stderr
        )
        return False
    return loads_qt(explain=True)


def loads_qt(*, explain: bool = False) -> bool:
    """Tell whether the window toolkit loads and starts without a screen."""
    probe = "from PySide6.QtWidgets import QApplication; QApplication([])"
    return not subprocess.run(
        [PYTHON, "-c", probe],
        check=False,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        stderr=None if explain else subprocess.DEVNULL,
    ).returncode


def browser() -> None:
    """Have a browser at hand for the picture and the test of the exported page, where we may install one."""
    if sys.platform == "linux" and not any(
        map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))
    ):
        apt_install("chromium")


def apt_install(*packages: str) -> bool:
    """Install Debian packages when we are root on such a machine; tell whether that worked."""
    if sys.platform != "linux" or os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    print(f"Installing {' '.join(packages)} ...", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        done = subprocess.run(
            ["apt-get", "-qq", *command], check=False, env=environment, stdout=subprocess.DEVNULL
        )
    return not done.returncode


def has_display() -> bool:
    """Tell whether a window can be shown here."""
    if sys.platform != "linux":
        return not os.environ.get("CI")
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def tool(name: str, *arguments: str, offscreen: bool = False) -> int:
    """Run a development tool of `.venv` in the project's folder."""
    environment = {**os.environ, "PATH": f"{PYTHON.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    if offscreen:
        environment["QT_QPA_PLATFORM"] = "offscreen"
    program = shutil.which(name, path=str(PYTHON.parent)) or name
    return subprocess.run([program, *arguments], cwd=ROOT, check=False, env=environment).returncode


def module(name: str, *arguments: str) -> int:
    """Run a module of the project in the folder the user is in."""
    return subprocess.run([PYTHON, "-m", name, *arguments], check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
