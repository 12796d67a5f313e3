"""The hub as a process, and what its learners' processes take of the machine."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final, NamedTuple

import psutil

from authoring import tool_environment
from authoring.kernel import ROOT

HERE: Final = Path(__file__).parent
ENVIRONMENT: Final = tool_environment.folder_of("hub")
PYTHON: Final = tool_environment.python_of("hub")
PROXY: Final = ENVIRONMENT / "proxy" / "node_modules" / ".bin" / "configurable-http-proxy"
PATIENCE: Final = 60.0
"""Seconds for the hub to answer."""


def set_up() -> None:
    """Make the environment, or bring it up to date: what a learner has, JupyterHub, its proxy."""
    # Compiled, as pip does it in an image, and with files of its own: of one that is linked to,
    # pages would be shared with whatever else on this machine has it.
    own = ("--compile-bytecode", "--link-mode=copy")
    tool_environment.bring_up_to_date("hub", HERE / "requirements.lock", *own)
    subprocess.run([PYTHON, "-c", "import course; course.install_course()"], cwd=ROOT, check=True)
    proxy = ENVIRONMENT / "proxy"
    if not PROXY.exists():
        proxy.mkdir(exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, proxy)
        quiet = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error")
        subprocess.run(["npm", "ci", *quiet], cwd=proxy, check=True, stdout=subprocess.DEVNULL)


class Taken(NamedTuple):
    """What one learner takes: bytes, and seconds of the processor since the log-in.

    Of a page of memory that n processes share, each counts a n-th (PSS): the sum over all learners
    counts it once. `alone` counts it whole, as for a learner on a machine of their own (RSS).
    """

    server: int
    kernel: int
    alone: int
    processor: float


class Hub:
    """A running hub: where it answers, with which token, and its process."""

    def __init__(self, url: str, token: str, process: psutil.Process) -> None:
        self.url = url
        self.token = token
        self._process = process

    def own_memory(self) -> int:
        """Bytes of the hub itself and of its proxy."""
        own = [self._process, *(one for one in self._children() if not _is_server(one))]
        return sum(_memory(one) for one in own)

    def learners(self) -> list[Taken]:
        """What each learner takes now."""
        taken = []
        for server in filter(_is_server, self._children()):
            kernels = server.children(recursive=True)
            taken.append(
                Taken(
                    server=_memory(server),
                    kernel=sum(map(_memory, kernels)),
                    alone=sum(one.memory_info().rss for one in (server, *kernels)),
                    processor=sum(sum(one.cpu_times()[:2]) for one in (server, *kernels)),
                )
            )
        return taken

    def _children(self) -> list[psutil.Process]:
        children: list[psutil.Process] = self._process.children()
        return children


def _is_server(process: psutil.Process) -> bool:
    return any("jupyterhub-singleuser" in part for part in process.cmdline())


def _memory(process: psutil.Process) -> int:
    """Bytes of a process; a page that n processes share counts a n-th (PSS)."""
    bytes_: int = process.memory_full_info().pss
    return bytes_


@contextmanager
def hub(folder: Path) -> Iterator[Hub]:
    """A hub for the length of a block. `folder` gets its files, its log and everybody's home."""
    ports = _free_ports(3)
    token = secrets.token_hex(16)
    environment = {
        **os.environ,
        "PATH": f"{PYTHON.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "HUB_PORTS": " ".join(map(str, ports)),
        "HUB_PROXY": str(PROXY),
        "HUB_TOKEN": token,
        "HUB_HOMES": str(folder / "homes"),
    }
    for name in list(environment):
        if name.startswith(("JUPYTER_", "IPYTHONDIR", "MPLCONFIGDIR")):
            del environment[name]
    command: list[str | Path] = [PYTHON, "-m", "jupyterhub"]
    command += ["--config", HERE / "jupyterhub_config.py"]
    with (folder / "hub.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        url = f"http://127.0.0.1:{ports[0]}"
        _wait_until_it_answers(url, process, folder / "hub.log")
        yield Hub(url, token, psutil.Process(process.pid))
    finally:
        everything = psutil.Process(process.pid).children(recursive=True)
        process.terminate()  # it ends its proxy and everybody's server, too
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
        for left in psutil.wait_procs(everything, timeout=20)[1]:
            left.kill()


def _free_ports(number: int) -> list[int]:
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(number)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


def _wait_until_it_answers(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with urllib.request.urlopen(f"{url}/hub/api", timeout=1):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            if process.poll() is not None or time.monotonic() > deadline:
                said = log.read_text(errors="replace")[-3000:]
                raise RuntimeError(f"JupyterHub did not start:\n{said}") from None
            time.sleep(0.2)
