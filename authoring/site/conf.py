"""Sphinx's settings for the site; `__main__.py` gives it what depends on where the course lies."""

project = "Advanced asyncio, seen"
extensions = ["myst_nb", "sphinx_copybutton"]
root_doc = "README"
language = "en"

nb_execution_mode = "off"
nb_ipywidgets_js: dict[
    str, dict[str, str]
] = {}  # there are no widgets, and these come from elsewhere
nb_code_prompt_show = "Show the {type}"
nb_code_prompt_hide = "Hide the {type}"
myst_heading_anchors = 4
suppress_warnings = ["mystnb.unknown_mime_type", "myst.header"]

html_theme = "sphinx_book_theme"
html_title = project
html_static_path = ["_static"]
html_css_files = ["course.css"]
html_js_files = [
    (script, {"defer": "defer"}) for script in ("picture.js", "question.js", "explorer.js")
]
html_copy_source = False
html_show_sourcelink = False
html_show_copyright = False
html_context = {"default_mode": "auto"}  # light or dark as the reader's system is
html_theme_options = {
    "navbar_persistent": [],  # the search stands beside the contents already
    "use_download_button": False,
    "use_fullscreen_button": False,
    "show_toc_level": 2,
    "footer_content_items": [],  # neither author nor year
}
