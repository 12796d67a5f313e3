"""Every public docstring names what it is about: fields, parameters and what is raised."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import re
from typing import Any

import pytest

import course_helpers
from course_helpers.recording import model

# What the public functions return and take, beside the public names themselves.
CLASSES = {
    "course_helpers.recording.model": (
        "Recording Task Span Location WaitReason Waker Change Waiters Resource Timer Turn Blocked"
    ),
    "course_helpers.explorer.interface": "Explorer",
    "course_helpers.explorer.swept": "Sweep",
    "course_helpers.views.findings": "Finding",
    "course_helpers.views.replay": "Replay",
    "course_helpers.views.summary": "Summary",
    "course_helpers.simulation.errors": "Deadlock LimitExceeded",
}
ALL_CLASSES = [
    getattr(importlib.import_module(module), name)
    for module, names in CLASSES.items()
    for name in names.split()
]
FUNCTIONS = [
    value
    for name in course_helpers.__all__
    if inspect.isfunction(value := getattr(course_helpers, name)) or name == "record"
]
# What a name in the docstring of its class would only repeat: it says itself what it is.
SAYS_ITSELF = {
    model.Span: {"start", "end", "state", "sequence"},
    model.Waiters: {"time", "tasks", "sequence"},
    model.Task: {"index", "sequence", "ended_sequence", "spans"},
    model.Resource: {"index"},
    model.Timer: {"sequence", "ended_sequence"},
    model.Turn: {"start", "sequence", "ready"},
    model.Blocked: {"start", "end", "sequence"},
    model.Change: {"time", "sequence"},
    model.Location: {"function"},
}


def fields(kind: type[Any]) -> set[str]:
    """The public attributes of a class; methods and properties have docstrings of their own."""
    if dataclasses.is_dataclass(kind):
        return {field.name for field in dataclasses.fields(kind)}
    if hasattr(kind, "_fields"):
        return set(kind._fields)
    return set(re.findall(r"self\.([a-z]\w*)(?:: [^=\n]+)? = ", inspect.getsource(kind)))


@pytest.mark.parametrize("kind", ALL_CLASSES, ids=lambda kind: str(kind.__name__))
def test_every_attribute_is_explained(kind: type[Any]) -> None:
    text = inspect.getdoc(kind) or ""
    missing = {
        name for name in fields(kind) if not re.search(rf"\b{name}\b", text)
    } - SAYS_ITSELF.get(kind, set())
    assert not missing


@pytest.mark.parametrize("kind", ALL_CLASSES, ids=lambda kind: str(kind.__name__))
def test_every_method_has_a_docstring(kind: type[Any]) -> None:
    for name, member in vars(kind).items():
        if not name.startswith("_") and (callable(member) or isinstance(member, property)):
            assert inspect.getdoc(member), name


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: str(function.__name__))
def test_every_parameter_is_explained(function: Any) -> None:
    text = inspect.getdoc(function) or ""
    missing = []
    for name in inspect.signature(function).parameters:
        if not re.search(rf"\b{name}\b", text):
            missing.append(name)
    assert not missing


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: str(function.__name__))
def test_what_is_raised_is_said(function: Any) -> None:
    raised = set(re.findall(r"raise (\w+Error)\(", inspect.getsource(function)))
    text = inspect.getdoc(function) or ""
    assert not {name for name in raised if name not in text}
