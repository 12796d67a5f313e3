"""What `hub` hands to a hub: the chart takes the values, repo2docker the image, links lead home."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import jsonschema
import pytest
import yaml

from authoring.host import repository
from authoring.kernel import ROOT
from course import FIRST_PAGE
from tests.course.images import image_steps

README: Final = (ROOT / "hub" / "README.md").read_text("utf-8")
VALUES: Final[dict[str, Any]] = yaml.safe_load((ROOT / "hub" / "values.yaml").read_text("utf-8"))
HOSTED: Final = repository((ROOT / "README.md").read_text("utf-8"))


def closed(**properties: object) -> dict[str, object]:
    """An object that has no other properties, as the chart's schema has it nearly everywhere."""
    return {"type": "object", "additionalProperties": False, "properties": properties}


ANYTHING: Final = {"type": "object"}
NUMBER: Final = {"type": ["number", "null"]}
BYTES: Final = {"type": ["number", "string", "null"]}
TEXT: Final = {"type": ["string", "null"]}
WHOLE: Final = {"type": ["integer", "null"]}
SWITCH: Final = {"type": "boolean"}

#: Of the schema of the chart's values (values.schema.yaml, 4.x) what says something of ours. What
#: it also allows is left out: a new key has to be looked up there first.
CHART: Final = closed(
    hub=closed(config=ANYTHING),
    singleuser=closed(
        image={**closed(name={"type": "string"}, tag={"type": "string"}), "required": ["name"]},
        defaultUrl=TEXT,
        memory=closed(limit=BYTES, guarantee=BYTES),
        cpu=closed(limit=NUMBER, guarantee=NUMBER),
        storage=closed(capacity=TEXT),
        startTimeout=WHOLE,
        lifecycleHooks=closed(postStart=ANYTHING, preStop=ANYTHING),
    ),
    prePuller=closed(hook=closed(enabled=SWITCH), continuous=closed(enabled=SWITCH)),
    cull={**closed(enabled=SWITCH, timeout=WHOLE, every=WHOLE), "required": ["enabled"]},
)


def test_the_chart_takes_the_values() -> None:
    jsonschema.validate(VALUES, CHART)


@pytest.mark.parametrize(
    ("where", "what"), [("singleuser", {"ram": {}}), ("cull", {"timeout": "1h"}), ("hubb", {})]
)
def test_the_chart_would_not_take_a_slip(where: str, what: dict[str, object]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(VALUES | {where: VALUES.get(where, {}) | what}, CHART)


def size(text: str) -> float:
    """Bytes, from a number and the letter that Kubernetes and systemd know."""
    return float(text[:-1]) * {"M": 1e6, "G": 1e9}[text[-1]]


def test_a_learner_is_guaranteed_one_notebook_and_may_open_five() -> None:
    """By the figures of the page, which are those that `course.py bench hub` measured."""
    (server, kernel) = map(
        int, re.findall(r"^\| a learner's (?:server|kernel) \| (\d+) MB \|", README, re.MULTILINE)
    )
    memory = VALUES["singleuser"]["memory"]
    assert size(memory["guarantee"]) >= (server + kernel) * 1e6
    assert size(memory["limit"]) >= (server + 5 * kernel) * 1e6
    (machine,) = re.findall(r"tljh-config set limits\.memory (\w+)", README)
    assert machine == memory["limit"]


def test_what_is_reckoned_on_paper_comes_from_what_was_measured() -> None:
    """Each sum of the table is right, and its terms are the figures above it."""
    server, kernel, own = (
        int(number) / 1000
        for number in re.findall(r"^\| (?:a learner's [sk]|the hub).*?\| (\d+) MB \|", README, re.M)
    )
    (seconds,) = re.findall(r"^\| a learner's processor.*?\| ([\d.]+) s \|", README, re.M)
    terms = {f"{own:.2f}", f"{server + kernel:.2f}", f"{server + 2 * kernel:.2f}", seconds}
    sums = re.findall(r"\| ([\d.][^|=]*[×/+][^|=]*) = ([\d.]+)", README.replace(" | ", " | | "))
    assert len(sums) == 8
    for text, result in sums:
        factors = re.sub(r" (s|cores)\b", "", text)
        places = len(result.partition(".")[2])
        assert float(result) == round(eval(factors.replace("×", "*")), places), text
        assert set(re.findall(r"\d+\.\d+", factors)) <= terms, text


def command(first: str) -> list[str]:
    """The words of the one line of the page that begins so."""
    line: str
    (line,) = re.findall(rf"^ *{re.escape(first)} .*$", README, re.MULTILINE)
    return line.split()


@pytest.mark.skipif(os.name == "nt", reason="repo2docker runs where Docker's own systems are")
def test_the_image_has_the_course_where_a_learners_disk_hides_nothing(tmp_path: Path) -> None:
    words = command("jupyter-repo2docker")
    assert words.pop() == "."
    image = VALUES["singleuser"]["image"]
    assert words[words.index("--image-name") + 1] == f"{image['name']}:{image['tag']}"
    for name in ("binder", "environment.yml"):
        (tmp_path / name).symlink_to(ROOT / name)
    output = image_steps(tmp_path, *words[1:])
    assert "WORKDIR ${REPO_DIR}" in output
    course = words[words.index("--target-repo-dir") + 1]
    kept = VALUES["hub"]["config"]["KubeSpawner"]["notebook_dir"]
    assert kept == f"/home/{words[words.index('--user-name') + 1]}"
    assert not Path(course).is_relative_to(kept)


@pytest.mark.skipif(os.name == "nt", reason="a server on the hub is a Linux")
@pytest.mark.parametrize("reachable", [True, False])
def test_a_server_starts_with_the_newest_notebooks_trusted_or_without(
    reachable: bool, tmp_path: Path
) -> None:
    home, programs = tmp_path / "home", tmp_path / "programs"
    home.mkdir()
    programs.mkdir()
    puller = f"cp -R '{ROOT / 'notebooks'}' \"$3\"" if reachable else "exit 1"
    for name, does in {
        "gitpuller": f'echo "$@" > asked; mkdir "$3"; {puller}',
        "jupyter": 'test "$1" = trust; shift; ls "$@" > trusted',
    }.items():
        (programs / name).write_text(f"#!/bin/sh\n{does}\n")
        (programs / name).chmod(0o755)
    hook = VALUES["singleuser"]["lifecycleHooks"]["postStart"]["exec"]["command"]
    path = f"{programs}{os.pathsep}{os.defpath}"
    subprocess.run(hook, cwd="/", env={"HOME": str(home), "PATH": path}, check=True)
    assert (home / "asked").read_text().split() == [
        f"https://github.com/{HOSTED}",
        "main",
        "course",
    ]
    trusted = (home / "trusted").read_text().split()
    ours = {
        f"course/{path.relative_to(ROOT)}" for path in (ROOT / "notebooks").glob("**/[0-9]*.ipynb")
    }
    assert set(trusted) == (ours if reachable else set())


def pulled(address: str) -> dict[str, str]:
    """What a link asks nbgitpuller for."""
    parts = urlsplit(address)
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
    if parts.hostname == "mybinder.org":  # there, the address within it is one of the server
        assert parts.path == f"/v2/gh/{HOSTED}/binder"
        return pulled(asked["urlpath"])
    assert parts.path.rpartition("/")[2] == "git-pull"
    return asked


def test_the_links_open_the_contents_of_this_copy() -> None:
    links = re.findall(r"^https://\S+git-pull\S+$", README, re.MULTILINE)
    assert len(links) == 2
    for link in links:
        assert pulled(link) == {
            "repo": f"https://github.com/{HOSTED}",
            "branch": "main",
            "targetPath": "course",
            "urlpath": f"lab/tree/course/{FIRST_PAGE}",
        }
    assert VALUES["singleuser"]["defaultUrl"] == f"/lab/tree/course/{FIRST_PAGE}"


def test_the_branch_that_binder_builds_is_made_by_the_two_commands() -> None:
    first, second = re.findall(r"^git .*$", README, re.MULTILINE)
    assert first == "git branch --force binder main"
    assert second == "git push --force origin binder"


def test_one_machine_installs_what_is_locked() -> None:
    (installed,) = re.findall(r"pip install (.*)", README)
    assert re.match(r"--require-hashes .*--requirement binder/learners\.lock", installed)
    assert "course.install_course()" in README
