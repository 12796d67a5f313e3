"""The course as a static site, from the executed notebooks: `python -m authoring.site`."""
