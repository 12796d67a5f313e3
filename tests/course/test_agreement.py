"""pyproject.toml, requirements.lock and environment.yml say the same."""

from __future__ import annotations

import re
import tomllib
from itertools import pairwise
from typing import Any

import pytest
import yaml
from packaging.markers import Environment, Marker, default_environment
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
LOCKED = {
    canonicalize_name(requirement.name): requirement
    for requirement in (Requirement(entry["requirement"]) for entry in ENTRY.finditer(LOCK))
}


def locked_version(requirement: Requirement) -> Version:
    (specifier,) = requirement.specifier
    return Version(specifier.version)


@pytest.mark.parametrize("wanted", WANTED, ids=str)
def test_the_lock_satisfies_what_the_project_asks_for(wanted: Requirement) -> None:
    locked = LOCKED[canonicalize_name(wanted.name)]
    assert wanted.specifier.contains(locked_version(locked))


def test_the_lock_holds_packages_with_hashes_and_nothing_else() -> None:
    rest = re.sub(r"^ *#.*$", "", ENTRY.sub("", LOCK), flags=re.M)
    assert rest.split() == []
    assert len(LOCKED) == len(ENTRY.findall(LOCK)), "a package is there twice"


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


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13", "3.14"])
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
    environment = default_environment() | system
    environment |= {"python_version": python, "python_full_version": f"{python}.0"}
    absent = [
        wanted.name
        for wanted in WANTED
        if (marker := LOCKED[canonicalize_name(wanted.name)].marker or Marker("os_name != ''"))
        and not marker.evaluate(environment)
    ]
    assert absent == []
    assert SpecifierSet(PROJECT["project"]["requires-python"]).contains(f"{python}.0")


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
    classifier = f"Programming Language :: Python :: {specifier.version}"
    assert classifier in PROJECT["project"]["classifiers"]


def test_ipykernel_is_pinned_everywhere() -> None:
    assert str(LOCKED["ipykernel"].specifier) == "==7.3.0"
    assert str(conda_requirements()["ipykernel"]) == "==7.3.0"


def test_the_workflow_tests_the_pythons_that_the_project_supports() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "test.yml").read_text("utf-8"))
    assert [
        f"Programming Language :: Python :: {python}"
        for python in workflow["jobs"]["test"]["strategy"]["matrix"]["python"]
    ] == [text for text in PROJECT["project"]["classifiers"] if ":: Python ::" in text]
