"""A notebook as a deck, in front of a class: `python -m authoring.present`."""
