"""Kernels do not pile up: each ends when its notebook is closed."""

from __future__ import annotations

from authoring.lab import Lab
from tests.browser.conftest import OpenNotebook


def test_closing_a_notebook_ends_its_kernel_and_no_other(
    lab: Lab, open_notebook: OpenNotebook
) -> None:
    other = open_notebook(["'another'"])
    notebook = open_notebook(["'this one'"])
    notebook.run_all()
    before = lab.kernels()
    assert {other.name, notebook.name} <= before.keys()

    notebook.page.reload()
    notebook.wait_until_idle()
    assert lab.kernels() == before, "loading a page again leaves its kernel alone"

    # Only a kernel that has answered has told JupyterLab what it notes in the notebook: a note that
    # comes after the saving would make it ask whether to save.
    notebook.start_all()
    notebook.page.locator(".jp-InputPrompt:visible", has_text="[2]").wait_for()
    with notebook.page.expect_response(
        lambda response: response.request.method == "PUT" and "/api/contents/" in response.url
    ):
        notebook.command("File", "Save Notebook")
    notebook.page.locator(".jp-mod-current:not(.jp-mod-dirty)", has_text=notebook.name).wait_for()
    tab = notebook.page.locator(".lm-DockPanel-tabBar .lm-TabBar-tab", has_text=notebook.name)
    with notebook.page.expect_response(
        lambda response: response.request.method == "DELETE" and "/api/sessions/" in response.url
    ):
        tab.locator(".lm-TabBar-tabCloseIcon").click()
    after = lab.kernels()
    assert notebook.name not in after
    assert after[other.name] == before[other.name]
