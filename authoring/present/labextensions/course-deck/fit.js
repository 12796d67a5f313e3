// What jupyterlab-slideshow leaves to the page: a slide is as large as the screen allows, so that
// the last row can read it, and never taller than the screen, whatever it shows after a run. And
// whoever has the deck teaches: explorers.js of course_helpers hides no speaker notes here.
//
// Like explorers.js of course_helpers, this is a container as webpack makes them, written by hand.
(() => {
  "use strict";
  const SHOWN = ".jp-Deck .jp-Notebook .jp-deck-mod-visible";
  const LARGEST = 2.5; // of what Lab's letters have
  const SMALLEST = 0.5;
  const STEP = 0.05;
  const MARGIN = 12; // pixels, above and below

  document.documentElement.dataset.courseTeaches = "";

  const style = document.createElement("style");
  style.textContent = `
    ${SHOWN} { zoom: var(--course-slide, 1); }
    .jp-Deck .jp-Notebook.jp-Notebook .jp-WindowedPanel-outer { padding-block: ${MARGIN}px !important; }
    .jp-Deck :is(.jp-cell-toolbar, .jp-CellHeader, .jp-CellFooter, .jp-InternalAnchorLink) { display: none; }
    .jp-Deck .jp-Notebook[data-course-is-full] .jp-OutputArea-output[data-mime-type="application/vnd.jupyter.stdout"] {
      max-height: 8lh; overflow: auto; }
  `;

  /** How much of the screen's height the slide takes, in pixels. */
  const height = (cells) => {
    const edges = cells.map((cell) => cell.getBoundingClientRect());
    return Math.max(...edges.map((edge) => edge.bottom)) - Math.min(...edges.map((edge) => edge.top));
  };

  /** Whether a line of code goes on beyond the right edge, by more than what rounding makes. */
  const isCut = (cells) =>
    cells.some((cell) => [...cell.querySelectorAll(".cm-scroller")].some((code) => code.scrollWidth > code.clientWidth + 1));

  /** The notebook in it is only as tall as its slide. */
  const deck = (cells) => cells[0].closest(".jp-Deck");

  const room = (cells) => deck(cells).getBoundingClientRect().height - 2 * MARGIN;

  /** On the page: what stands at the notebook, the deck takes away. */
  const enlarge = (letters) => document.documentElement.style.setProperty("--course-slide", letters);

  /** The largest letters at which the slide is on the screen; too long a line of code makes none smaller than Lab's. */
  const largest = (cells) => {
    const fits = (steps) => {
      const letters = SMALLEST + steps * STEP;
      enlarge(letters);
      return height(cells) <= room(cells) && (letters <= 1 || !isCut(cells));
    };
    let [small, large] = [0, Math.round((LARGEST - SMALLEST) / STEP)];
    while (small < large) {
      const middle = Math.ceil((small + large) / 2);
      if (fits(middle)) small = middle;
      else large = middle - 1;
    }
    return SMALLEST + small * STEP;
  };

  /** Give the slide the largest letters. Where they would be smaller than Lab's, printed lines scroll in little room. */
  const fit = (cells) => {
    const notebook = cells[0].closest(".jp-Notebook");
    delete notebook.dataset.courseIsFull;
    let letters = largest(cells);
    if (letters < 1) {
      notebook.dataset.courseIsFull = "";
      letters = largest(cells);
    }
    enlarge(letters);
  };

  const activate = () => {
    document.head.append(style);
    let shown = [];
    let roomThen = 0;
    let asked = 0;
    /** A slide keeps its size while a knob turns, and shrinks if it no longer has room. */
    const look = () => {
      asked = 0;
      const cells = [...document.querySelectorAll(SHOWN)];
      if (!cells.length) return;
      const same = cells.length === shown.length && cells.every((cell, place) => cell === shown[place]);
      const roomNow = room(cells);
      if (same && roomNow === roomThen && height(cells) <= roomNow) return;
      if (!same) {
        sizes.disconnect();
        [deck(cells), ...cells].forEach((part) => sizes.observe(part));
      }
      [shown, roomThen] = [cells, roomNow];
      fit(cells);
    };
    const ask = () => { asked ||= requestAnimationFrame(look); };
    const sizes = new ResizeObserver(ask);
    const classes = { subtree: true, attributes: true, attributeFilter: ["class"] };
    new MutationObserver(ask).observe(document.body, classes);
  };

  const plugin = { id: "course-deck:fit", description: "Fits slides to the screen.", autoStart: true, activate };
  (window._JUPYTERLAB ??= {})["course-deck"] = {
    init: () => {},
    get: async () => () => ({ __esModule: true, default: plugin }),
  };
})();
