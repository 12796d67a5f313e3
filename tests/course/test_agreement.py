"""pyproject.toml, requirements.lock and environment.yml say the same."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import pytest
import yaml
from packaging.markers import Environment, default_environment
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.course.conftest import ROOT

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
LOCK = (ROOT / "requirements.lock").read_text("utf-8")
CONDA: dict[str, Any] = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))

GROUPS: dict[str, list[Requirement]] = {
    "project": [Requirement(text) for text in PROJECT["project"]["dependencies"]],
    **{
        group: [Requirement(text) for text in texts]
        for group, texts in PROJECT["dependency-groups"].items()
    },
}
WANTED = [requirement for requirements in GROUPS.values() for requirement in requirements]
ENTRY = re.compile(
    r"^(?P<requirement>\S+==[^\\\n]+?)(?P<hashes>(?: \\\n    --hash=sha256:\w{64})+)$", re.M
)
# A package whose newest release has left an older Python behind is there once for each.
LOCKED = [Requirement(entry["requirement"]) for entry in ENTRY.finditer(LOCK)]
PYTHONS = [
    text.rpartition(" ")[2]
    for text in PROJECT["project"]["classifiers"]
    if text.startswith("Programming Language :: Python :: ")
]


def applies(requirement: Requirement, environment: Mapping[str, str]) -> bool:
    return requirement.marker is None or requirement.marker.evaluate(environment)


def locked(name: str, environment: Mapping[str, str]) -> list[Version]:
    """The versions that are installed in that environment: one, if all is well, or none."""
    return [
        Version(specifier.version)
        for requirement in LOCKED
        if canonicalize_name(requirement.name) == canonicalize_name(name)
        and applies(requirement, environment)
        for specifier in requirement.specifier
    ]


def test_the_lock_holds_packages_with_hashes_and_nothing_else() -> None:
    rest = re.sub(r"^ *#.*$", "", ENTRY.sub("", LOCK), flags=re.M)
    assert rest.split() == []


def test_the_lock_names_no_address_and_no_folder() -> None:
    assert not re.search(r"://|--(extra-)?index|--find-links|file:|(?<!\w)/\w", LOCK)


def test_the_lock_says_how_it_is_made_again_for_every_group() -> None:
    command = LOCK.splitlines()[1].removeprefix("#").split()
    assert command[:4] == ["uv", "pip", "compile", "pyproject.toml"]
    assert {group for option, group in pairwise(command) if option == "--group"} == set(
        PROJECT["dependency-groups"]
    )
    assert {"--universal", "--generate-hashes", "--no-emit-index-url"} <= set(command)
    assert command[command.index("--python-version") + 1] == "3.11"
    assert command[-2:] == ["-o", "requirements.lock"]


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
def test_the_lock_is_for_every_system_and_python(system: Environment, python: str) -> None:
    environment: dict[str, str] = default_environment() | system  # type: ignore[assignment]
    environment |= {"python_version": python, "python_full_version": f"{python}.0"}
    for wanted in WANTED:
        if applies(wanted, environment):
            (version,) = locked(wanted.name, environment)
            assert wanted.specifier.contains(version), wanted
    for requirement in LOCKED:
        assert len(locked(requirement.name, environment)) <= 1, requirement
    assert SpecifierSet(PROJECT["project"]["requires-python"]).contains(f"{python}.0")


def test_only_rivals_of_the_benchmarks_are_left_out_anywhere() -> None:
    conditional = {wanted.name for wanted in WANTED if wanted.marker is not None}
    assert conditional <= {wanted.name for wanted in GROUPS["benchmark"]}


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


def test_conda_installs_what_the_project_asks_for() -> None:
    conda = conda_requirements()
    conda["matplotlib"] = conda.pop("matplotlib-base")
    del conda["python"]
    assert conda == {
        requirement.name: requirement.specifier
        for requirement in GROUPS["project"] + GROUPS["course"]
    }


def test_conda_installs_a_python_that_the_project_supports() -> None:
    (specifier,) = conda_requirements()["python"]
    assert specifier.operator == "=="
    assert Version(specifier.version) in SpecifierSet(PROJECT["project"]["requires-python"])
    assert specifier.version in PYTHONS


def test_ipykernel_is_pinned_everywhere() -> None:
    (locked,) = (requirement for requirement in LOCKED if requirement.name == "ipykernel")
    assert str(locked.specifier) == "==7.4.0"
    assert str(conda_requirements()["ipykernel"]) == "==7.4.0"


def test_the_workflow_tests_the_pythons_that_the_project_supports() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "test.yml").read_text("utf-8"))
    assert workflow["jobs"]["test"]["strategy"]["matrix"]["python"] == PYTHONS
