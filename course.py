"""The one command line of the course: `python3 course.py lab` in a fresh clone is all it takes.

It needs a Python that requirements.lock has packages for, and nothing else. The first run makes
`.venv` beside this file, with exactly those; later runs find it complete and start at once. Any
Python 3 must be able to read this file as far as the line that turns it away.
"""

import argparse
import contextlib
import hashlib
import itertools
import json
import logging
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

if not (3, 11) <= sys.version_info[:2] <= (3, 15):
    sys.exit(
        "The course needs a Python from 3.11 to 3.15, and this is "
        f"{sys.version_info[0]}.{sys.version_info[1]}: install one of those beside it (python.org) "
        "and run course.py with that."
    )

PYTHON_HERE = f"{sys.implementation.name} {sys.version.split()[0]}, {sysconfig.get_platform()}"
ROOT = Path(__file__).resolve().parent
LOCK = ROOT / "requirements.lock"
LAB_EXTENSIONS = ROOT / "course_helpers" / "labextensions"
# The variable is for the gate, which keeps one for each Python, within the course's folder.
ENVIRONMENT = Path(os.environ.get("COURSE_ENVIRONMENT", ROOT / ".venv")).absolute()
PROGRAMS = ENVIRONMENT / ("Scripts" if os.name == "nt" else "bin")
PYTHON = PROGRAMS / ("python.exe" if os.name == "nt" else "python")
MARKER = ENVIRONMENT / "complete.json"  # written last: without it, .venv is half made
FIRST_PAGE = "notebooks/00_introduction.ipynb"
AGAIN = "then run the same command again."

# Closing a notebook ends its kernel. Lab shows no news and no notices of updates.
LAB_SETTINGS: dict[str, dict[str, object]] = {
    "@jupyterlab/notebook-extension:tracker": {"kernelShutdown": True},
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
}
# A kernel that has had nothing to do for two hours ends, whether its notebook is open or not: all
# that it had is in the notebook, to be run again. One that runs a cell goes on. What a kernel says
# does not wait on its way to the page.
SERVER_SETTINGS: dict[str, dict[str, object]] = {
    "ServerApp": {"jpserver_extensions": {"course_helpers.server": True}},
    "MappingKernelManager": {
        "cull_idle_timeout": 2 * 60 * 60,  # seconds
        "cull_interval": 5 * 60,
        "cull_connected": True,
    },
}
# Knobs answer while a cell awaits. Of what kernels say in the terminal, only errors are news.
KERNEL_SETTINGS = {
    "InteractiveShellApp": {"extensions": ["course_helpers.running_loop.knobs_while_awaiting"]},
    "IPKernelApp": {"log_level": logging.ERROR},
}

# What is checked without running anything.
CHECKS = {
    "linter": ["-m", "ruff", "check"],
    "formatter": ["-m", "ruff", "format", "--check"],
    "types": ["-m", "mypy"],
}
# What comes to the same on every Python.
ONCE = (
    *("browser", "course", "documentation", "notebooks"),
    *("exercises/test_damages.py", "exercises/test_results.py"),
)

PYTEST = ["-m", "pytest"]
# Kernels, pages and CPython's tests wait more than they work; tests/sharing.py says who has pages.
WORKERS = ["-n", "3", "-p", "tests.sharing"]
WORKERS_WITHOUT_PAGES = ["-n", "3", "--dist", "loadscope"]
SOME_FAILED = 1  # pytest's exit status
# `--alone` is of tests/conftest.py: it tries only what is marked `real_time`.
AGAIN_ALONE = ["--last-failed", "--last-failed-no-failures=none", "--alone"]

NO_WHEEL = r"has no (usable )?wheels|No matching distribution found"

# What an installer writes when it fails, and what the learner can do about it.
ADVICE = {
    r"ensurepip|No module named '?venv": (
        "This Python lacks its venv module: install it (Debian and Ubuntu: sudo apt install "
        f"python3.{sys.version_info.minor}-venv), " + AGAIN
    ),
    r"No space left|disk is full|not enough space": "The disk is full: make room, " + AGAIN,
    r"(?i)hash mismatch|do not match the hashes": (
        "A package that arrived is not the one that requirements.lock names: "
        "check the package index that this machine uses, " + AGAIN
    ),
    r"(?i)dns error|name resolution|connection (refused|reset|broken|error)|NewConnectionError"
    r"|error sending request|network is unreachable|network connectivity|timed out|proxy": (
        "The package index cannot be reached: connect this machine to the network, " + AGAIN
    ),
    NO_WHEEL: (
        f"A package of the course is not made for this Python ({PYTHON_HERE}): "
        "install CPython 3.15 beside it (python.org) and run course.py with that."
    ),
}


def clean_environment() -> dict[str, str]:
    """The environment variables for everything that is started here.

    The learner's own settings of Python, Jupyter, IPython and Matplotlib stay out of the course.
    Of those of pip and uv, the ones that say how to reach a package index stay. `.venv` comes first
    on PATH, so that `python` in a notebook's shell command is the notebook's Python.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if not re.match(
            r"(PYTHON|JUPYTER|IPYTHON|MPL|MATPLOTLIB|PIP_|UV_|VIRTUAL_ENV|CONDA_|COURSE_ENV)", name
        )
        or re.match(
            r"(PIP|UV)_.*(CONFIG|INDEX|LINKS|PROXY|CERT|TLS|HOST|CACHE|TIMEOUT|OFFLINE)", name
        )
    }
    own = {
        "VIRTUAL_ENV": ENVIRONMENT,
        "JUPYTER_CONFIG_DIR": ENVIRONMENT / "jupyter" / "config",
        "JUPYTER_DATA_DIR": ENVIRONMENT / "jupyter" / "data",
        "IPYTHONDIR": ENVIRONMENT / "ipython",
        "MPLCONFIGDIR": ENVIRONMENT / "matplotlib",
        "PATH": f"{PROGRAMS}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
    }
    return {**kept, **{name: str(value) for name, value in own.items()}}


def run(*command: str | Path) -> int:
    """Run a program in the course's folder, in sight of the learner; returns its exit status."""
    sys.stdout.flush()
    parts = [str(part) for part in command]
    with subprocess.Popen(parts, cwd=ROOT, env=clean_environment()) as process:
        try:
            return process.wait()
        except KeyboardInterrupt:  # the program got it as well, and ends in its own time
            process.wait()
            raise


# Setting up


def set_up() -> None:
    """Make `.venv`, mend it, or bring it up to date; when it is complete, do nothing."""
    try:
        tempfile.TemporaryFile(dir=ROOT).close()
    except OSError:
        sys.exit(f"{ROOT} cannot be written to: copy the course into a folder of your own.")
    wanted = {
        "python": [sysconfig.get_config_var("EXT_SUFFIX"), sys.base_prefix],
        "contents": hashlib.sha256(b"".join(path.read_bytes() for path in made_of())).hexdigest(),
    }
    if found() == wanted and PYTHON.exists():
        return
    with one_at_a_time():
        if found() == wanted and PYTHON.exists():
            return  # thanks to the one that was at it
        print(f"Setting up the course in {ENVIRONMENT.name} (once; later starts skip this).")
        uv = working_uv()
        if found().get("python") != wanted["python"] or not PYTHON.exists():
            make_environment(uv)
        MARKER.unlink(missing_ok=True)
        install_packages(uv)
        install_course(ENVIRONMENT)
        step("Preparing Matplotlib", PYTHON, "-c", "import matplotlib.font_manager")
        MARKER.write_text(json.dumps(wanted), encoding="utf-8")


def found() -> dict[str, object]:
    """What the environment that is there was made for; nothing, if it is not complete."""
    try:
        contents: dict[str, object] = json.loads(MARKER.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return contents


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Wait until no other set-up is at work on this environment, and keep others waiting.

    The lock is the operating system's, which takes it back from a process that died.
    """
    ENVIRONMENT.parent.mkdir(parents=True, exist_ok=True)
    waiting = False
    with Path(f"{ENVIRONMENT}.lock").open("w", encoding="utf-8") as file:
        while not taken(file.fileno()):
            if not waiting:
                print("Another set-up is at work in this folder: waiting for it.", flush=True)
            waiting = True
            time.sleep(0.2)
        yield


def taken(descriptor: int) -> bool:
    """Take the lock of an open file, till it is closed; False, if another process has it."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:  # this file system has no locks: then nobody waits
        return True
    return True


def made_of() -> list[Path]:
    """The files of which `.venv` is made: when one of them changes, it is brought up to date."""
    extensions = sorted(path for path in LAB_EXTENSIONS.rglob("*") if path.is_file())
    return [LOCK, Path(__file__), *extensions]


def working_uv() -> str | None:
    """The uv on PATH, if there is one that runs."""
    uv = shutil.which("uv")
    if uv and subprocess.run([uv, "--version"], capture_output=True, check=False).returncode == 0:
        return uv
    return None


def make_environment(uv: str | None) -> None:
    """Make an empty `.venv`, in place of what an interrupted set-up or another Python left."""
    if ENVIRONMENT.exists():
        shutil.rmtree(ENVIRONMENT)
    # Not sys.executable, which may be the very .venv that was just removed.
    python = getattr(sys, "_base_executable", sys.executable)
    if uv:
        step("Making .venv", uv, "venv", "--python", python, ENVIRONMENT)
    else:
        step("Making .venv", python, "-m", "venv", ENVIRONMENT)


def install_packages(uv: str | None) -> None:
    """Install what the lock says, with the machine's uv, else a uv in `.venv`, else pip."""
    wheels = "--only-binary=:all:"  # nothing is compiled on a learner's machine
    pip = (PYTHON, "-m", "pip", "install", "--no-user", "--require-hashes", wheels)
    if uv is None:
        entry = re.search(r"^uv==.*(?:\n    --hash.*)+", LOCK.read_text("utf-8"), re.MULTILINE)
        assert entry, "requirements.lock holds no uv"
        only_uv = ENVIRONMENT / "uv-only.lock"
        only_uv.write_text(entry[0].rstrip("\\"), encoding="utf-8")
        own = PROGRAMS / ("uv.exe" if os.name == "nt" else "uv")
        step("Getting uv", *pip, "--retries=1", "-r", only_uv, required=False)
        uv = str(own) if own.exists() else None
    if uv:
        sync = (uv, "pip", "sync", "--python", PYTHON, "--require-hashes", wheels, LOCK)
        step("Installing packages", *sync)
    else:
        step("Installing packages", *pip, "-r", LOCK)


def install_course(prefix: Path = Path(sys.prefix)) -> None:
    """Give the Python and the Jupyter at `prefix` what the course has beside its packages."""
    let_python_find_the_course(prefix)
    configure_jupyter(prefix)


def let_python_find_the_course(prefix: Path) -> None:
    """Put the course's folder on the import path at `prefix`, by a path relative to that."""
    variables = {"base": str(prefix), "platbase": str(prefix)}
    packages = sysconfig.get_path("purelib", "venv", variables)
    # Relative, so that the file is ASCII whatever the folder is called, and survives a move.
    Path(packages, "course.pth").write_text(os.path.relpath(ROOT, packages) + "\n", "ascii")


def configure_jupyter(prefix: Path) -> None:
    """Settle how the JupyterLab and the kernels installed at `prefix` behave in the course."""
    files = {
        "share/jupyter/lab/settings/overrides.json": LAB_SETTINGS,
        "etc/jupyter/jupyter_server_config.d/course.json": SERVER_SETTINGS,
        "etc/ipython/ipython_kernel_config.json": KERNEL_SETTINGS,
    }
    for name, settings in files.items():
        path = prefix / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(settings), encoding="utf-8")
    shutil.copytree(LAB_EXTENSIONS, prefix / "share/jupyter/labextensions", dirs_exist_ok=True)


def step(title: str, *command: str | Path, required: bool = True) -> None:
    """Run one part of the set-up, a dot a second; if it fails, say what to do and exit.

    A step that is not `required` may fail, unless its cause would stop the next one as well.
    """
    started = time.monotonic()
    print(f"  {title} ", end="", flush=True)
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [str(part) for part in command],
            cwd=ROOT,
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        while process.poll() is None:
            try:
                process.wait(timeout=1)
            except subprocess.TimeoutExpired:
                print(".", end="", flush=True)
            except KeyboardInterrupt:
                process.wait()
                raise
        log.seek(0)
        output = log.read().decode(errors="replace").strip()
    print(f" {time.monotonic() - started:.1f} s")
    if process.returncode:
        for cause, advice in ADVICE.items():
            if re.search(cause, output) and (required or cause != NO_WHEEL):
                sys.exit(advice)
        if required:
            sys.exit(f"{output}\n{title} failed, for the reason above: remove it, {AGAIN}")


# The commands


def lab(browser: bool, port: int | None) -> int:
    """JupyterLab on the contents, for this machine only and with its token."""
    command = [str(PYTHON), "-m", "jupyterlab", f"--ServerApp.root_dir={ROOT}"]
    command.append(f"--LabApp.default_url=/lab/tree/{FIRST_PAGE}")
    command.append("--ServerApp.ip=localhost")
    command.append("--Application.log_level=WARN")  # the address is told, and what goes wrong
    command.append("--ServerApp.allow_root=True")  # in a container there may be nobody else
    command += [] if browser else ["--no-browser"]
    command += [] if port is None else [f"--ServerApp.port={port}"]
    print("Starting JupyterLab. To stop it, press Ctrl-C here twice.", flush=True)
    if os.name == "posix":  # JupyterLab takes this process over, with its signals and its status
        os.chdir(ROOT)
        os.execve(PYTHON, command, clean_environment())
    return run(*command)


def test(arguments: list[str]) -> int:
    """Every check, or only pytest if arguments are given for it; names those that failed.

    `--fast` is pytest without the tests marked slow, `--package` without those that are the same on
    every Python; both may be followed by arguments of its own. Without such arguments, tests of
    real time that failed are tried once more.
    """
    selected = [argument for argument in arguments if argument in ("--fast", "--package")]
    rest = [argument for argument in arguments if argument not in selected]
    if rest and not selected:
        return run_all({"tests": [*PYTEST, *rest]})
    which, workers = [], WORKERS
    if "--fast" in selected:
        which += ["-m", "not slow"]
    if "--package" in selected:
        which += [f"--ignore=tests/{path}" for path in ONCE]
        workers = WORKERS_WITHOUT_PAGES
    if rest:
        return run_all({"tests": [*PYTEST, *workers, *which, *rest]})
    tests = {"tests": [*PYTEST, *workers, *which, "--cache-clear"]}
    again = [*PYTEST, *which, *AGAIN_ALONE]
    if selected:
        return run_all(tests, again)
    notebooks = {"notebooks": [*PYTEST, "-c", "authoring/nbval.ini", "notebooks"]}
    return run_all(CHECKS | notebooks | tests, again)


def run_all(stages: dict[str, list[str]], again: list[str] | None = None) -> int:
    """Run one stage after the other with the course's Python, and name those that failed.

    `again` is what is run when tests have failed; if that succeeds, they have passed after all.
    """
    started = time.monotonic()
    failed = []
    note = ""
    for name, arguments in stages.items():
        print(f"== {name} ==")
        status = run(PYTHON, *arguments)
        if name == "tests" and again and status == SOME_FAILED:
            print("== tests that failed, alone on the machine ==")
            status = run(PYTHON, *again)
            note = ", but tests of real time passed only alone: they are named above"
        if status:
            failed.append(name)
    taken = f"{time.monotonic() - started:.0f} s"
    print(f"FAILED: {', '.join(failed)} ({taken})" if failed else f"All is well ({taken}){note}.")
    return 1 if failed else 0


def reset(names: list[str]) -> int:
    """Put notebooks back as git has them, each with the learner's copy beside it."""
    tracked = git("ls-files", "--", "notebooks/*.ipynb")
    if tracked is None or not tracked:
        sys.exit(
            "Here is no git, or no history of the course, to take a notebook from: download the "
            "course again, and copy the notebook from there."
        )
    chosen = []
    for name in dict.fromkeys(names):
        wanted = Path(name).as_posix().removeprefix("notebooks/").removesuffix(".ipynb")
        wanted = re.sub(r"(^|/)(\d)$", r"\g<1>0\2", wanted)
        matching = [
            path
            for path in tracked.splitlines()
            if re.fullmatch(rf"notebooks/{re.escape(wanted)}(_.*)?\.ipynb", path)
        ]
        if len(matching) != 1:
            known = ", ".join(re.findall(r"^notebooks/(\w+)\.", tracked, re.MULTILINE))
            sys.exit(
                f"No notebook is called {name!r}, and nothing was changed. There are: {known}."
            )
        chosen += matching
    for path in dict.fromkeys(chosen):
        put_back(ROOT / path)
    return 0


def put_back(notebook: Path) -> None:
    """Put a notebook back as it is in git, unless that is how it is."""
    path = notebook.relative_to(ROOT).as_posix()
    if notebook.exists():
        if git("diff", "--quiet", "HEAD", "--", path) is not None:
            print(f"{path} is as it was given.")
            return
        copies = (f"{notebook.stem}_mine_{number}.ipynb" for number in itertools.count(1))
        mine = next(
            notebook.with_name(copy) for copy in copies if not (notebook.parent / copy).exists()
        )
        shutil.copy2(notebook, mine)
        print(f"{path}: your copy is now {mine.name}, beside it.")
    if git("restore", "--source=HEAD", "--worktree", "--", path) is None:
        sys.exit(f"git cannot restore {path}: see `git status`. Your copy is kept.")
    print(
        f"{path} is as it was given. If it is open in JupyterLab, close it there and open it again."
    )


def git(*arguments: str) -> str | None:
    """What git says about the course's folder; None if it refuses, or if there is none."""
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=ROOT, capture_output=True, check=True, encoding="utf-8"
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout


def parse(arguments: list[str]) -> argparse.Namespace:
    """The command and its options."""
    parser = argparse.ArgumentParser(
        prog="course.py",
        description="A course on advanced asyncio: `course.py lab` sets it up and opens it.",
    )
    commands = parser.add_subparsers(dest="command", metavar="command", required=True)

    def command(name: str, text: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")

    lab = command("lab", "open the course in JupyterLab")
    lab.add_argument("--no-browser", action="store_true", help="only print the address")
    lab.add_argument("--port", type=int, help="another port than 8888")
    command("setup", "make the environment in .venv, and no more")
    reset = command("reset", "put notebooks back as they were given, and keep your copies")
    reset.add_argument("notebooks", nargs="+", metavar="NOTEBOOK", help="a number, such as 05")
    command("check", "run the linter, the formatter and the check of types")
    test = command("test", "run every check: linter, formatter, types, tests, notebooks, browser")
    test.add_argument("--fast", action="store_true", help="only the tests that are not slow")
    test.add_argument(
        "--package", action="store_true", help="only the tests that depend on the version of Python"
    )
    test.add_argument("rest", nargs="*", metavar="ARGUMENT", help="run only pytest, with these")
    command("exercises", "write the cells of exercises from their answers files")
    execute = command("execute", "run notebooks and store their outputs")
    execute.add_argument("notebooks", nargs="*", metavar="NOTEBOOK", help="all, if none is named")
    site = command("site", "build the course as a static site, from the stored outputs")
    site.add_argument("folder", nargs="?", default=ROOT / "site", help="another than site")
    site.add_argument("--lite", action="store_true", help="with links to its folder lite")
    lite = command("lite", "build the course for a browser alone, with nothing installed")
    lite.add_argument("folder", nargs="?", default=ROOT / "lite", help="another than lite")
    present = command("present", "show a notebook in front of a class, slide by slide")
    present.add_argument("notebook", metavar="NOTEBOOK", help="a number, such as 05")
    command("check-room", "say whether this machine is ready for a class")
    host = command("host", "fill in the GitHub account that hosts this copy of the course")
    host.add_argument("name", metavar="ACCOUNT/REPOSITORY")
    results = command("results", "say which learner has solved what, from what they handed in")
    results.add_argument("folder", help="progress files, codes (.txt) or notebooks, by learner")
    results.add_argument("--csv", action="store_true", help="a table for a spreadsheet")
    command("solutions", "make the folder solutions: notebooks with their exercises solved")
    bench = command("bench", "run the benchmarks")
    bench.add_argument("rest", nargs="*", metavar="ARGUMENT", help="passed on to them")

    if arguments[:1] in (["test"], ["bench"]) and not {"-h", "--help"} & set(arguments):
        # What follows is not for this parser, which would take `-k` for an option of its own.
        return argparse.Namespace(command=arguments[0], rest=arguments[1:])
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    """Do what the command line says; returns the exit status."""
    options = parse(arguments)
    if options.command == "reset":
        return reset(options.notebooks)
    set_up()
    if options.command == "lab":
        return lab(browser=not options.no_browser, port=options.port)
    if options.command == "check":
        return run_all(CHECKS)
    if options.command == "test":
        return test(options.rest)
    if options.command == "exercises":
        return run(PYTHON, "-m", "authoring.practice")
    if options.command == "execute":
        failed = run(PYTHON, "-m", "authoring.execute", *options.notebooks)
        return failed or run(PYTHON, "-m", "authoring.settings", *options.notebooks)
    if options.command == "site":
        links = ["--lite"] if options.lite else []
        return run(PYTHON, "-m", "authoring.site", Path(options.folder).resolve(), *links)
    if options.command == "lite":
        return run(PYTHON, "-m", "authoring.lite", Path(options.folder).resolve())
    if options.command == "present":
        return run(PYTHON, "-m", "authoring.present", options.notebook)
    if options.command == "check-room":
        return run(PYTHON, "-m", "authoring.room")
    if options.command == "host":
        return run(PYTHON, "-m", "authoring.host", options.name)
    if options.command == "results":
        own = ["--csv"] if options.csv else []
        return run(PYTHON, "-m", "authoring.results", Path(options.folder).resolve(), *own)
    if options.command == "solutions":
        return run(PYTHON, "-m", "authoring.solutions")
    if options.command == "bench":
        return run(PYTHON, "-m", "benchmarks", *options.rest)
    print(f"Ready: {ENVIRONMENT}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit("\nInterrupted: the same command takes it up again.")
    except OSError as error:
        sys.exit(f"{error}: put that right (is JupyterLab still open?), {AGAIN}")
