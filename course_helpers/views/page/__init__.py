"""The plan of a picture as data that a page paints: `labextensions/course-helpers/picture.js`."""
