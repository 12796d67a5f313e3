"""The course in a browser alone, nothing installed and no server: `python -m authoring.lite`."""
