"""pyproject.toml, requirements.lock and environment.yml say the same."""

from __future__ import annotations

import importlib.util
import re
import tomllib
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import playwright
import pytest
import yaml
from packaging.markers import Environment, default_environment
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from authoring.lab import CHROMIUM_FLAGS
from tests.course.conftest import ROOT

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
CONDA: dict[str, Any] = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))

GROUPS: dict[str, list[Requirement]] = {
    "project": [Requirement(text) for text in PROJECT["project"]["dependencies"]],
    **{
        group: [Requirement(text) for text in texts]
        for group, texts in PROJECT["dependency-groups"].items()
    },
}
#: Each lock with the groups that it holds.
LOCKS = {
    "requirements.lock": set(GROUPS) - {"browser", "hub", "lite", "present", "pull", "site"},
    "binder/learners.lock": {"project", "course", "pull"},
    "benchmarks/hub/requirements.lock": {"project", "course", "pull", "hub"},
    "authoring/lite/browser.lock": {"browser"},
    "authoring/lite/requirements.lock": {"lite"},
    "authoring/present/requirements.lock": {"present"},
    "authoring/site/requirements.lock": {"site"},
}
ENTRY = re.compile(
    r"^(?P<requirement>\S+==[^\\\n]+?)(?P<hashes>(?: \\\n    --hash=sha256:\w{64})+)$", re.M
)
PYTHONS = [
    text.rpartition(" ")[2]
    for text in PROJECT["project"]["classifiers"]
    if text.startswith("Programming Language :: Python :: ")
]


def applies(requirement: Requirement, environment: Mapping[str, str]) -> bool:
    return requirement.marker is None or requirement.marker.evaluate(environment)


@pytest.fixture(params=LOCKS)
def lock(request: pytest.FixtureRequest) -> str:
    """The path of a lock."""
    path: str = request.param
    return path


def read(lock: str) -> str:
    return (ROOT / lock).read_text("utf-8")


def wanted_in(lock: str) -> list[Requirement]:
    """What the project asks for and this lock holds."""
    return [requirement for group in LOCKS[lock] for requirement in GROUPS[group]]


def entries(lock: str) -> list[Requirement]:
    """What a lock holds: once for each Python that a package's newest release has left behind."""
    return [Requirement(entry["requirement"]) for entry in ENTRY.finditer(read(lock))]


def locked(
    name: str, environment: Mapping[str, str], requirements: list[Requirement]
) -> list[Version]:
    """The versions that are installed in that environment: one, if all is well, or none."""
    return [
        Version(specifier.version)
        for requirement in requirements
        if canonicalize_name(requirement.name) == canonicalize_name(name)
        and applies(requirement, environment)
        for specifier in requirement.specifier
    ]


def test_the_lock_holds_packages_with_hashes_and_nothing_else(lock: str) -> None:
    rest = re.sub(r"^ *#.*$", "", ENTRY.sub("", read(lock)), flags=re.M)
    assert rest.split() == []


def test_the_lock_names_no_address_and_no_folder(lock: str) -> None:
    assert not re.search(r"://|--(extra-)?index|--find-links|file:|(?<!\w)/\w", read(lock))


def test_the_lock_says_how_it_is_made_again_for_every_group(lock: str) -> None:
    command = read(lock).splitlines()[1].removeprefix("#").split()
    assert command[:3] == ["uv", "pip", "compile"]
    groups = {group for option, group in pairwise(command) if option == "--group"}
    assert groups | ({"project"} & LOCKS[lock]) == LOCKS[lock]
    assert ("pyproject.toml" in command) == ("project" in LOCKS[lock])
    assert {"--generate-hashes", "--no-emit-index-url"} <= set(command)
    for_browser = lock == "authoring/lite/browser.lock"  # that has one Python, and one platform
    assert ("--universal" in command) != for_browser
    assert command[command.index("--python-version") + 1] == ("3.14" if for_browser else "3.11")
    assert command[-2:] == ["-o", lock]


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize(
    "system",
    [
        Environment(sys_platform="linux", os_name="posix", platform_machine="x86_64"),  # type: ignore[typeddict-item]
        Environment(sys_platform="darwin", os_name="posix", platform_machine="arm64"),  # type: ignore[typeddict-item]
        Environment(sys_platform="win32", os_name="nt", platform_machine="AMD64"),  # type: ignore[typeddict-item]
    ],
    ids=lambda system: system["sys_platform"],
)
def test_the_lock_is_for_every_system_and_python(
    lock: str, system: Environment, python: str
) -> None:
    held = entries(lock)
    environment: dict[str, str] = default_environment() | system  # type: ignore[assignment]
    environment |= {"python_version": python, "python_full_version": f"{python}.0"}
    for wanted in wanted_in(lock):
        if applies(wanted, environment):
            (version,) = locked(wanted.name, environment, held)
            assert wanted.specifier.contains(version), wanted
    for requirement in held:
        assert len(locked(requirement.name, environment, held)) <= 1, requirement
    assert SpecifierSet(PROJECT["project"]["requires-python"]).contains(f"{python}.0")


def test_only_rivals_of_the_benchmarks_are_left_out_anywhere() -> None:
    wanted = [requirement for requirements in GROUPS.values() for requirement in requirements]
    conditional = {requirement.name for requirement in wanted if requirement.marker is not None}
    assert conditional <= {requirement.name for requirement in GROUPS["benchmark"]}


def test_course_py_takes_the_pythons_that_the_project_supports() -> None:
    oldest, newest = re.findall(r"\((3), (\d+)\)", (ROOT / "course.py").read_text("utf-8"))[:2]
    assert (".".join(oldest), ".".join(newest)) == (PYTHONS[0], PYTHONS[-1])
    readme = (ROOT / "README.md").read_text("utf-8")
    assert set(re.findall(r"3\.\d+ to 3\.\d+", readme)) == {f"{PYTHONS[0]} to {PYTHONS[-1]}"}


def conda_requirements() -> dict[str, SpecifierSet]:
    """What environment.yml asks for; conda's `=` is pip's `==`."""
    found = {}
    for text in CONDA["dependencies"]:
        name, specifier = re.fullmatch(r"([\w-]+)(.*)", text).groups()  # type: ignore[union-attr]
        found[name] = SpecifierSet(re.sub(r"^=(?!=)", "==", specifier))
    return found


def test_conda_and_binder_install_what_is_locked_and_nothing_else() -> None:
    assert set(conda_requirements()) == {"python", "pip"}
    for where in ("README.md", "binder/postBuild"):
        text = (ROOT / where).read_text("utf-8")
        (installed,) = re.findall(r"python -m pip install (.*)", text)
        assert re.match(r"--require-hashes .*--requirement binder/learners\.lock", installed)


def test_learners_get_the_versions_that_everybody_gets() -> None:
    for_everybody = {str(entry) for entry in entries("requirements.lock")}
    for_learners = {str(entry) for entry in entries("binder/learners.lock")}
    (only_there,) = for_learners - for_everybody
    assert only_there.startswith("nbgitpuller==")
    assert for_learners <= {str(entry) for entry in entries("benchmarks/hub/requirements.lock")}


def test_conda_installs_a_python_that_the_project_supports() -> None:
    (specifier,) = conda_requirements()["python"]
    assert specifier.version.rpartition(".")[0] in PYTHONS


@pytest.mark.parametrize("platform", ["linux-64", "linux-aarch64"])
def test_what_conda_installs_does_not_float_and_is_what_binder_starts_from(platform: str) -> None:
    """repo2docker begins with an environment of its own, which holds a Python and a pip: those."""
    wanted = {name: str(specifiers) for name, specifiers in conda_requirements().items()}
    (python,) = conda_requirements()["python"]
    minor = python.version.rpartition(".")[0]
    found = importlib.util.find_spec("repo2docker")
    assert found
    assert found.origin
    frozen = Path(found.origin).parent / "buildpacks" / "conda"
    text = (frozen / f"environment.py-{minor}-{platform}.lock").read_text("utf-8")
    assert wanted == {
        name: f"=={version}" for name, version in re.findall(r"/(python|pip)-([\d.]+)-", text)
    }


def test_ipykernel_is_pinned_everywhere() -> None:
    for lock in ("requirements.lock", "binder/learners.lock"):
        (locked,) = (one for one in entries(lock) if one.name == "ipykernel")
        assert str(locked.specifier) == "==7.4.0"


def test_the_workflow_tests_the_pythons_that_the_project_supports() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "test.yml").read_text("utf-8"))
    assert workflow["jobs"]["test"]["strategy"]["matrix"]["python"] == PYTHONS


def test_the_gate_tries_the_pythons_that_the_project_supports() -> None:
    gate = (ROOT / ".ci" / "run").read_text("utf-8")
    (fetched,) = re.findall(r"^fetched=\((.+?)\)", gate, re.M)
    (others,) = re.findall(r"^others=\((.+?)\)", gate, re.M)
    assert fetched.split() == PYTHONS[-2:]
    assert others.split() == PYTHONS[:-1]


def test_the_gate_names_no_address_and_no_folder_of_one_machine() -> None:
    for script in (ROOT / ".ci").iterdir():
        assert not re.search(r"\w://|/home|/root|/opt", script.read_text("utf-8")), script


def test_the_browser_goes_without_all_that_playwright_has_it_go_without() -> None:
    """Ours is the only list that Chromium takes, so it has Playwright's, too."""
    (driver,) = Path(playwright.__file__).parent.glob("driver/**/coreBundle.js")
    (listed,) = re.findall(
        r"^ *disabledFeatures = \[\n(.+?)^ *\]", driver.read_text("utf-8"), re.M | re.S
    )
    (ours,) = (flag for flag in CHROMIUM_FLAGS if flag.startswith("--disable-features="))
    theirs = set(re.findall(r'^ *"(\w+)"', listed, re.M))
    assert len(theirs) > 10
    assert theirs <= set(ours.partition("=")[2].split(","))
