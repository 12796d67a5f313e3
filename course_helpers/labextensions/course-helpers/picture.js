// Paints the plan of a picture as SVG, in a notebook or on any other page: as wide as there is room,
// in the colours of the page's theme, and such that it can be asked. Nothing is worked out here: what
// stands where, and every word, comes with the plan, which course_helpers/views/page makes and
// describes. Where the script does not run, the PNG beside the plan shows the same.
(() => {
  "use strict";
  const MIME = "application/vnd.course-helpers.picture+json";
  const MARGIN = 22; // pixels of the page, as these all
  const NARROW = 1.5; // a bar that is narrower is drawn as part of a group,
  const FEW = 3; // unless there are so few
  const MIXED = 3; // the width of what stands for a group
  const OUTLINED = 6; // from here on a bar has an outline and a pattern
  const EDGE = 1; // the width of the outline
  const NEAR = 4; // so far from a thing it is still pointed at
  const WORDS = 150; // so many texts in bars can be read, and are quickly drawn
  const DEEPEST = 20_000; // the whole is at most so many times as long as what is shown of it
  const STEP = 1.5; // of the zoom
  const SMALL = 11.5;
  const TEXT = 13;
  const LINE = 15.5; // from one line under a lane to the next
  const LINES = 6; // under a lane at most
  const BESIDE = 4; // a word stands so far from a line
  const DISC = 8; // and so far from the middle of a sign
  const LANE = 1.19; // a lane is so many times as high as its bars, from their top down
  const DRAWS = new Set(["g", "path", "rect", "text", "tspan", "use", "defs", "clipPath", "pattern"]);
  const ABOUT = /^(d|x|y|width|height|transform|style|fill|clip-path|patternUnits)$/;

  const ROOT = 16; // the size of the page's letters where nobody has enlarged them
  const LEAST = 300; // a picture is laid out for at least so much room, or all that there is
  const rem = (pixels) => `${pixels / ROOT}rem`;

  const STYLE = `
    .course-picture { color-scheme: light dark; position: relative; margin: 4px 0;
      font: ${rem(TEXT)}/1.4 var(--jp-ui-font-family, system-ui, sans-serif); text-align: left;
      --ink: light-dark(#1b1f24, #f2f4f6); --muted: light-dark(#5b6168, #a8afb6);
      --line: light-dark(#dfe3e6, #323941); --stripe: light-dark(#f6f7f8, #1b2026);
      --paper: light-dark(#ffffff, #14181d); --pointed: light-dark(#6f2da8, #c9a2f5); color: var(--ink); }
    [data-jp-theme-light="true"] .course-picture, [data-theme="light"] .course-picture { color-scheme: light; }
    [data-jp-theme-light="false"] .course-picture, [data-theme="dark"] .course-picture { color-scheme: dark; }
    .course-picture .sheet { position: relative; }
    .course-picture .sheet > svg { background: var(--paper); display: block; width: 100%; overflow: hidden; touch-action: pan-y; user-select: none; }
    .course-picture svg:focus-visible { outline: 2px solid var(--pointed); outline-offset: 2px; border-radius: 3px; }
    .course-picture svg.own { background: var(--paper); display: block; width: 100%; max-width: ${rem(900)}; min-width: ${rem(620)}; fill: var(--ink);
      stroke-linejoin: round; stroke-linecap: butt; }
    .course-picture.pushed { overflow-x: auto; }
    .course-picture .own text { dominant-baseline: auto; }
    .course-picture svg.zoomed { cursor: grab; }
    .course-picture text { fill: var(--ink); dominant-baseline: central; white-space: pre; }
    .course-picture text.muted { fill: var(--muted); }
    .course-picture .stripe { fill: var(--stripe); }
    .course-picture .grid { stroke: var(--line); fill: none; }
    .course-picture .axis { stroke: var(--muted); fill: none; }
    .course-picture .pointed { fill: none; stroke: var(--pointed); stroke-width: 2.5; }
    .course-picture .counterpart { fill: var(--pointed); fill-opacity: .22; stroke: var(--pointed); stroke-width: 2; stroke-dasharray: 4 2; }
    .course-picture .moment { stroke: var(--pointed); stroke-width: 2; }
    .course-picture .words { position: absolute; z-index: 2; max-width: min(26em, 90%); padding: 5px 9px; pointer-events: none;
      border: 1px solid var(--pointed); border-radius: 4px; background: var(--paper); box-shadow: 0 1px 6px #0004; }
    .course-picture .rem { position: absolute; width: 1rem; height: 0; visibility: hidden; }
    .course-picture .words:empty { border: 0; padding: 0; } /* it stays: what is new in it is read out */
    .course-picture .tools { display: flex; flex-wrap: wrap; gap: 4px 6px; align-items: baseline; color: var(--muted); }
    .course-picture button { font: inherit; color: inherit; background: none; border: 1px solid var(--line); border-radius: 3px;
      min-width: 26px; min-height: 24px; padding: 0 7px; cursor: pointer; }
    .course-picture button:hover, .course-picture summary:hover { color: var(--ink); }
    .course-picture :is(button, summary, .list):focus-visible { outline: 2px solid var(--pointed); }
    .course-picture summary { cursor: pointer; min-height: 24px; }
    .course-picture details { flex: 1 1 8em; }
    .course-picture details[open] { flex-basis: 100%; color: var(--ink); }
    .course-picture .list, .course-picture .now { max-height: 20em; overflow: auto; }
    .course-picture .now { border-left: 3px solid var(--pointed); padding-left: 10px; margin: 6px 0; }
    .course-picture ul { margin: 0; padding-left: 1.4em; } .course-picture p { margin: 4px 0; }`;

  /** A column of numbers, which is written as one text. */
  const column = (text) => (text ? text.split(" ").map(Number) : []);

  const svg = (name, attributes = {}, ...inside) => fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, inside);
  const html = (name, attributes = {}, ...inside) => fill(document.createElement(name), attributes, inside);
  const fill = (element, attributes, inside) => {
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...inside);
    return element;
  };

  /** How wide texts are in a font, and how they are made to fit. */
  class Ruler {
    /** The one of a font: what it has measured is known to all pictures. */
    static of(family) {
      if (!Ruler.known.has(family)) Ruler.known.set(family, new Ruler(family));
      return Ruler.known.get(family);
    }

    static known = new Map();

    constructor(family) {
      this._pen = document.createElement("canvas").getContext("2d");
      this._family = family;
      this._known = new Map();
    }

    width(text, size) {
      let width = this._known.get(text);
      if (width === undefined) {
        this._pen.font = `100px ${this._family}`;
        width = this._pen.measureText(text).width / 100;
        this._known.set(text, width);
      }
      return width * size;
    }

    /** The first of several ways of saying a thing that fits, or "". */
    first(ways, size, room) {
      return ways.find((text) => this.width(text, size) <= room) ?? "";
    }

    /** A text that loses its middle, or another part, where it is too long; what would be too short is left out. */
    shortened(text, size, room, part = "middle") {
      if (this.width(text, size) <= room) return text;
      for (let keep = text.length - 1; keep >= 4; keep--) {
        const front = { middle: Math.ceil(keep / 2), start: 0, end: keep }[part];
        const short = `${text.slice(0, front)}…${text.slice(text.length - (keep - front))}`;
        if (this.width(short, size) <= room) return short;
      }
      return "";
    }

    /** The last words of a text, as many as there is room for; none is cut. */
    lastWords(text, size, room) {
      const words = text.split(" ");
      const ways = words.map((_, number) => (number ? "…" : "") + words.slice(number).join(" "));
      return this.first(ways, size, room);
    }

    /** The part that texts may lose so that those that differ still do. */
    lost(texts, size, room) {
      const differ = new Set(texts).size;
      return ["middle", "start", "end"].find((part) => new Set(texts.map((text) => this.shortened(text, size, room, part))).size === differ) ?? "middle";
    }
  }

  /** At most so many round times (in seconds), each with how it is written; as `drawing/ticks.py`. */
  const ticks = (begin, finish, most) => {
    const least = (finish - begin) / most;
    const power = 10 ** Math.floor(Math.log10(least));
    const step = power * [1, 2, 5, 10].find((one) => one * power >= least * (1 - 1e-9));
    const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
    const written = (time) => time.toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
    const found = [];
    for (let number = Math.ceil(begin / step - 1e-9); number <= Math.floor(finish / step + 1e-9); number++) {
      const time = number * step;
      found.push([time, time ? `${written(time)} s` : "0"]);
    }
    return found;
  };

  /** Elements of one kind, made once and used again for each frame. */
  class Pool {
    constructor(layer, name) {
      this._layer = layer;
      this._name = name;
      this._used = 0;
    }

    next() {
      const element = this._layer.childNodes[this._used++] ?? this._layer.appendChild(svg(this._name));
      element.style.display = "";
      return element;
    }

    finish() {
      for (let number = this._used; number < this._layer.childNodes.length; number++) this._layer.childNodes[number].style.display = "none";
      this._used = 0;
    }
  }

  /** The bars of one look in a frame: narrow ones, and those that have an outline. */
  class Bars {
    constructor(layer, { plain, fill: face, edge }) {
      this._paths = { narrow: layer.appendChild(svg("path")), edges: layer.appendChild(svg("path")), wide: layer.appendChild(svg("path")) };
      this._paths.narrow.style.shapeRendering = "crispEdges";
      Object.entries({ narrow: plain, edges: edge, wide: face }).forEach(([kind, colour]) => { this._paths[kind].style.fill = colour; });
      this._begin();
    }

    _begin() {
      this._drawn = { narrow: [], edges: [], wide: [] };
      this._edge = null; // the outline of the last bars, which touch each other
    }

    _add(kind, left, right, top, bottom) {
      const x = left.toFixed(1);
      this._drawn[kind].push(`M${x} ${top.toFixed(1)}H${right.toFixed(1)}V${bottom.toFixed(1)}H${x}z`);
    }

    narrow(left, right, top, bottom) {
      this._add("narrow", left, right, top, bottom);
    }

    /** The outline is what is seen of a larger rectangle beneath: strokes would take twice as long. */
    outlined(left, right, top, bottom) {
      const half = EDGE / 2;
      this._add("wide", left + half, right - half, top + half, bottom - half);
      if (this._edge?.top === top && Math.abs(this._edge.right - left) < 0.05) this._edge.right = right;
      else {
        this._outline();
        this._edge = { left, right, top, bottom };
      }
    }

    _outline() {
      if (!this._edge) return;
      const { left, right, top, bottom } = this._edge;
      const half = EDGE / 2;
      this._add("edges", left - half, right + half, top - half, bottom + half);
    }

    finish() {
      this._outline();
      for (const [kind, drawn] of Object.entries(this._drawn)) this._paths[kind].setAttribute("d", drawn.join(""));
      this._begin();
    }
  }

  /** A row of bars that follow each other, read from the plan. */
  class Track {
    constructor(track) {
      Object.assign(this, track);
      for (const name of ["start", "end", "look", "item", "say", "low", "high"]) this[name] = column(track[name]);
      this._planned = this.top;
    }

    /** At a height that may be another than planned. */
    stand(moved) {
      this.top = moved(this._planned);
      this.bottom = this.top + this.height;
    }

    /** The first bar that ends after a time. */
    after(time) {
      let low = 0;
      let high = this.end.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (this.end[middle] < time) low = middle + 1;
        else high = middle;
      }
      return low;
    }
  }

  /** One picture, or several on one axis: their labels take the same room, and they zoom together. */
  class Pictures {
    constructor(plans) {
      this._pictures = plans.map((plan) => (plan.svg ? new OwnFigure(plan) : new Picture(plan, this, plans.findLast((one) => !one.svg))));
      this.node = html("div", { class: "course-pictures" }, ...this._pictures.map((picture) => picture.node));
    }

    /** The room for labels. */
    left(width) {
      return Math.max(...this._pictures.map((picture) => picture.neededLeft(width)));
    }

    show(from, to) {
      for (const picture of this._pictures) picture.showPart(from, to);
    }

    /** Take the place of others, of which they are the next: no frame is without one. */
    replace(others) {
      others.node.replaceWith(this.node);
      others._pictures.forEach((other, number) => {
        const own = this._pictures[number];
        if (own instanceof Picture && other instanceof Picture) own.follow(other);
      });
      others.dispose();
    }

    dispose() {
      for (const picture of this._pictures) picture.dispose();
      this.node.remove();
    }
  }

  /** A figure that a notebook has drawn itself: it comes as SVG, and there is nothing to ask. */
  class OwnFigure {
    constructor({ svg: drawn, text }) {
      // Two figures may have the same pattern, and one of them may be out of sight and paint nothing.
      this._id = `course-figure-${(OwnFigure.made = (OwnFigure.made ?? 0) + 1)}`;
      const { documentElement } = new DOMParser().parseFromString(drawn, "image/svg+xml");
      const picture = svg("svg", { role: "img", "aria-label": text, viewBox: documentElement.getAttribute("viewBox"), class: "own" }, ...this._copies(documentElement));
      // On a telephone it is pushed to and fro, lest its letters be too small.
      this.node = html("div", { class: "course-picture pushed", tabindex: 0, role: "group", "aria-label": text }, html("style"), picture);
      this.node.firstChild.textContent = STYLE;
    }

    /** What is in an element, as far as it draws something: a notebook may come from anywhere. */
    _copies(element) {
      const known = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE || DRAWS.has(node.localName));
      return known.map((node) => {
        if (node.nodeType === Node.TEXT_NODE) return node.textContent;
        const copy = svg(node.localName, {}, ...this._copies(node));
        for (const { localName, value } of node.attributes) {
          if (localName === "id") copy.id = `${this._id}-${value}`;
          else if (ABOUT.test(localName) || (localName === "href" && value.startsWith("#"))) copy.setAttribute(localName, value.replace(/(^|url\()#/, `$1#${this._id}-`));
        }
        return copy;
      });
    }

    neededLeft() {
      return 0;
    }

    showPart() {}

    dispose() {
      this.node.remove();
    }
  }

  class Picture {
    /** `last` is the plan of the lowest of all on this axis: what is the same for all stands there. */
    constructor(plan, together, last) {
      this._plan = plan;
      this._isLast = plan === last;
      this._last = last;
      this._together = together;
      [this._begin, this._finish, this._measured] = plan.time;
      this._view = [this._begin, this._finish];
      this._tracks = plan.tracks.map((track) => new Track(track));
      this._pointed = -1;
      this._moment = null;
      this._frame = 0;
      this._readItems();
      this._build();
      this._listen();
      this._observer = new ResizeObserver(() => this._resize());
      this._observer.observe(this.node);
    }

    dispose() {
      this._observer.disconnect();
      cancelAnimationFrame(this._frame);
      this.node.remove();
    }

    /** Be shown at once, with as much of the axis as another one showed, if it is the same axis. */
    follow(other) {
      if (this._begin === other._begin && this._finish === other._finish) this._view = other._view;
      this._tools.querySelector("details").open = other._tools.querySelector("details").open;
      this._resize();
      cancelAnimationFrame(this._frame);
      this._frame = 0;
      if (this._width) this._paintFrame();
    }

    // What can be asked.

    _readItems() {
      const plan = this._plan;
      this._items = plan.items.split(";").filter(Boolean).map((pieces) => ({ pieces: column(pieces), links: [] }));
      for (const track of this._tracks) {
        track.item.forEach((number, bar) => {
          if (number >= 0) Object.assign(this._items[number], { row: track.row, start: track.start[bar], end: track.end[bar], track });
        });
      }
      for (const shape of plan.shapes) {
        if (shape.item !== undefined) Object.assign(this._items[shape.item], { row: shape.row, start: shape.x[0], end: shape.x.at(-1), dx: shape.dx ?? 0, shape });
      }
      const links = column(plan.links);
      for (let at = 0; at < links.length; at += 2) {
        this._items[links[at]].links.push(links[at + 1]);
        this._items[links[at + 1]].links.push(links[at]);
      }
      this._rows = plan.rows.map(() => []);
      this._items.forEach((item, number) => this._rows[item.row].push(number));
      for (const row of this._rows) row.sort((one, other) => this._items[one].start - this._items[other].start || one - other);
    }

    _words(number) {
      return this._items[number].pieces.map((piece) => this._plan.pieces[piece]).join(" ");
    }

    /** The thing at a place of the picture, in pixels from its corner; -1 where there is none. */
    _at(x, y) {
      let found = -1;
      let nearest = NEAR + 0.01;
      const consider = (number, left, right) => {
        const far = Math.max(left - x, x - right, 0);
        // What is small is hard to hit: it comes first.
        const rank = far + Math.min(1, (right - left) / 40);
        if (far <= NEAR && rank < nearest) [nearest, found] = [rank, number];
      };
      for (const item of this._marked) {
        if (y >= item.top - NEAR && y <= item.bottom + NEAR) consider(item.number, this._x(item.start) + item.dx - 3, this._x(item.end) + item.dx + 3);
      }
      for (const track of this._tracks) {
        if (!track.item.length || y < track.top - 1 || y > track.bottom + 1) continue;
        const until = this._time(x + NEAR);
        for (let bar = track.after(this._time(x - NEAR)); bar < track.start.length && track.start[bar] <= until; bar++) {
          if (track.item[bar] >= 0) consider(track.item[bar], this._x(track.start[bar]), this._x(track.end[bar]));
        }
      }
      return found;
    }

    // The page's elements.

    _build() {
      const plan = this._plan;
      const layer = (parent, name = "g", attributes = {}) => parent.appendChild(svg(name, attributes));
      this._id = `course-picture-${(Picture.made = (Picture.made ?? 0) + 1)}`;
      this._svg = svg("svg", { tabindex: 0, role: "application", "aria-roledescription": "picture", "aria-label": plan.name, "aria-describedby": `${this._id}-keys` });
      const defs = layer(this._svg, "defs");
      this._clip = layer(layer(defs, "clipPath", { id: `${this._id}-clip` }), "rect");
      this._paints = plan.looks.map((look, number) => this._paint(defs, look, number));
      this._behind = layer(this._svg);
      const room = layer(this._svg, "g", { "clip-path": `url(#${this._id}-clip)` });
      this._grid = layer(room, "path", { class: "grid" });
      this._axis = layer(room, "path", { class: "axis" });
      this._bars = this._paints.map((paint) => new Bars(room, paint));
      // Over all bars: a step that is too short to be one would be hidden between two.
      const struck = new Set(plan.tracks.map((track) => track.instants).filter((look) => look >= 0));
      this._strokes = new Map([...struck].map((look) => [look, new Bars(room, this._paints[look])]));
      this._levels = layer(room);
      this._shapesLayer = layer(room);
      // Words are above lines, which give way to them; the long ones may reach beneath the labels.
      this._wordsLayer = layer(this._svg);
      this._inside = new Pool(layer(room), "text");
      this._shapes = plan.shapes.map((shape) => this._shapeElement(shape));
      this._marks = layer(room, "g", { "pointer-events": "none" });
      this._times = new Pool(layer(this._svg), "text");
      this._outside = layer(this._svg);
      this._said = html("div", { class: "words", role: "status" });
      this._now = html("div", { class: "now", hidden: "", tabindex: -1 });
      this._rem = html("span", { class: "rem" });
      this._tools = this._buildTools();
      const keys = html("span", { id: `${this._id}-keys`, hidden: "" });
      const enter = plan.replay ? "Enter shows who does what at that moment, in an explorer as a replay. " : "";
      keys.textContent = `Arrow keys go from bar to bar and from lane to lane. ${enter}Plus and minus zoom, 0 shows the whole.`;
      const title = this._plan.title.map((line) => html("p", {}, line));
      this.node = html("div", { class: "course-picture" }, ...title, html("div", { class: "sheet" }, this._svg, this._said, this._rem), keys, this._tools, this._now);
      this._items.forEach((item, number) => { item.number = number; });
      this._marked = this._items.filter((item) => item.shape);
      this._upright = plan.shapes.filter((shape) => shape.line && shape.x[0] === shape.x[1]);
    }

    /** The colours of a look, as the page's theme has them, and its pattern. */
    _paint(defs, [face, darkFace, edge, darkEdge, pattern], number) {
      const both = (one, other) => `light-dark(${one}, ${other})`;
      const paint = { plain: both(face, darkFace), fill: both(face, darkFace), edge: both(edge, darkEdge), pattern };
      if (!pattern) return paint;
      const [paper, lines, size] = {
        stripes: [true, "M-1 1L1 -1M-1 7L7 -1M5 7L7 5", 6],
        dashes: [true, "M0 2H4M0 5H0", 5],
        dots: [false, "M1.5 1.5h1.2M4.5 4.5h1.2", 6],
      }[pattern];
      const id = `${this._id}-${number}`;
      const drawn = svg("pattern", { id, width: size, height: size, patternUnits: "userSpaceOnUse" }, svg("rect", { width: size, height: size }), svg("path", { d: lines, "stroke-width": 1.3, fill: "none" }));
      drawn.firstChild.style.fill = paint.plain;
      drawn.lastChild.style.stroke = paint.edge;
      defs.append(drawn);
      paint.fill = `url(#${id})`;
      // From afar stripes are one colour between the two.
      if (paper) paint.plain = `color-mix(in srgb, ${both(face, darkFace)}, ${both(edge, darkEdge)})`;
      return paint;
    }

    _buildTools() {
      const button = (text, title, press) => {
        const made = html("button", { type: "button", title, "aria-label": title });
        made.textContent = text;
        made.addEventListener("click", press);
        return made;
      };
      const list = html("details", {}, html("summary"), html("div", { class: "list", tabindex: 0, role: "group", "aria-label": "As a list" }));
      list.firstChild.textContent = "As a list";
      list.addEventListener("toggle", () => {
        if (list.open && !list.lastChild.hasChildNodes()) list.lastChild.append(this._list());
      });
      if (!this._isLast) return html("div", { class: "tools" }, list); // they zoom together
      return html("div", { class: "tools" },
        button("−", "Zoom out", () => this._zoom(1 / STEP)), button("+", "Zoom in", () => this._zoom(STEP)),
        button("Whole", "Show the whole", () => this._show(this._begin, this._finish)), list);
    }

    /** Lanes and what is on them, in the words that pointing at them says. */
    _list() {
      const list = html("ul");
      this._plan.rows.forEach((row, number) => {
        if (!this._rows[number].length) return;
        const inner = html("ul", {}, ...this._rows[number].map((item) => html("li", {}, this._words(item))));
        list.append(html("li", {}, [row.label, row.detail].filter(Boolean).join(" "), inner));
      });
      const about = html("p", {}, this._plan.text);
      return html("div", {}, about, list);
    }

    // Where things stand.

    _x(time) {
      const [from, to] = this._view;
      return this._left + ((time - from) / (to - from)) * this._room;
    }

    _time(x) {
      const [from, to] = this._view;
      return from + ((x - this._left) / this._room) * (to - from);
    }

    /** Who enlarges a page's letters enlarges the picture: it is laid out for less room, and shown larger. */
    _resize() {
      const whole = this.node.clientWidth;
      const asked = this._rem.offsetWidth / ROOT || 1;
      const scale = Math.min(asked, Math.max(1, whole / LEAST));
      const width = whole / scale;
      if (!width || (width === this._width && scale === this._scale)) return;
      [this._width, this._scale] = [width, scale];
      this._layOut();
      this._render();
    }

    neededLeft(width) {
      this._ruler ??= Ruler.of(getComputedStyle(this.node).fontFamily);
      const { rows, clock } = this._plan;
      const most = Math.max(60, Math.min(230, width * 0.32));
      const wide = rows.map((row) => row.indent + this._ruler.width(row.label, this._sizeOf(row)) + (row.detail ? this._ruler.width(` ${row.detail}`, SMALL) : 0));
      return Math.min(most, Math.max(this._ruler.width(clock, SMALL), ...wide)) + 14;
    }

    /** Of a row's label. */
    _sizeOf(row) {
      return Math.min(row.small ? SMALL : TEXT, row.height * 0.9);
    }

    /** How much room labels need, at the left, and what is written behind the ends, at the right. */
    _layOut() {
      this._left = this._together.left(this._width);
      const spare = this._width - this._left;
      const most = Math.max(MARGIN, this._width * 0.28);
      const beside = this._plan.shapes.filter((shape) => shape.text && shape.dx);
      const needed = (shape) => {
        const part = this._part(shape);
        return part && (shape.dx + this._ruler.width(shape.text, SMALL) + 4 - (1 - part) * spare) / part;
      };
      const canBeBelow = (shape) => shape.line_of !== undefined;
      const wanted = beside.map(needed).filter((one, number) => one <= most || !canBeBelow(beside[number]));
      this._room = spare - Math.min(most, Math.max(MARGIN, ...wanted));
      // A note that an arrow would go through, under its lane, stands beside the lane's end.
      const raised = this._plan.shapes.filter((shape) => shape.beside && this._isCrossedBelow(shape))
        .map((shape) => [shape, needed({ ...shape, dx: shape.beside })]).filter(([, margin]) => margin <= most);
      const margin = Math.min(most, Math.max(MARGIN, ...wanted, ...raised.map(([, one]) => one)));
      this._room = spare - margin;
      // The names of curves stand at their ends.
      const isLong = beside.some((shape) => this._ruler.width(shape.text, SMALL) > margin - 12);
      this._nameOf = (text) => (isLong ? text.replace(/^[^=]*=/, "=") : text); // of `knob = value` the value
      this._lost = this._ruler.lost(beside.map((shape) => this._nameOf(shape.text)), SMALL, margin - 12);
      const isLost = (shape) => this._begins(shape) > this._whole(shape) || (this._isCrossed(shape, this._begins(shape), this._inWhole) && !this._isCrossedBelow(shape));
      this._spread(new Set(beside.filter((shape) => canBeBelow(shape) && isLost(shape))), new Set(raised.map(([shape]) => shape)));
      this._paintBehind();
    }

    /** Which part of the axis lies before a shape, while the whole is shown. */
    _part(shape) {
      return Math.min(1, (shape.x[0] - this._begin) / (this._finish - this._begin));
    }

    /** Where a time stands while the whole is shown. */
    _inWhole = (time) => this._left + Math.min(1, (time - this._begin) / (this._finish - this._begin)) * this._room;

    /** Where a text begins, as planned, while the whole is shown. */
    _begins(shape) {
      return this._inWhole(shape.x[0]) + (shape.dx ?? 0);
    }

    /** How far to the right a text may begin and still be whole. */
    _whole(shape) {
      return Math.max(2, this._width - 2 - this._ruler.width(shape.text, shape.size ?? SMALL));
    }

    /** Where a note under a lane begins: behind the line at its moment, or so that it ends before it; on
        the side where no upright line goes through it, if there is one. `x` is where a time stands. */
    _noteBegins(shape, x) {
      const moment = x(shape.x[0]);
      const wide = this._ruler.width(shape.text, shape.size ?? SMALL);
      const whole = this._whole(shape);
      const ways = [];
      if (moment + BESIDE <= whole) ways.push(moment + BESIDE);
      if (moment - wide - BESIDE >= this._left) ways.push(moment - wide - BESIDE);
      return (ways.length > 1 && ways.find((left) => !this._isCrossed(shape, left, x))) || (ways[0] ?? whole);
    }

    /** Whether an upright line goes through a note that begins there, beside its lane or under it. */
    _isCrossed(shape, left, x) {
      const row = this._plan.rows[shape.line_of?.split(".")[0]];
      if (!row) return false;
      const y = row.top + (shape.dx ? row.height / 2 : row.height + LINE / 2);
      const right = left + this._ruler.width(shape.text, SMALL);
      return this._upright.some((line) => Math.min(...line.y) < y && Math.max(...line.y) > y && x(line.x[0]) > left && x(line.x[0]) < right);
    }

    _isCrossedBelow(shape) {
      const below = { ...shape, dx: 0 };
      return this._isCrossed(below, this._noteBegins(below, this._inWhole), this._inWhole);
    }

    /** Notes for which a narrow page has no room beside a lane, or beside each other, get a line of
        their own under it, and all that is below gives way; those that are `raised` leave theirs. */
    _spread(homeless, raised) {
      const { rows, shapes, height } = this._plan;
      const notes = shapes.filter((shape) => /^\d+\.\d+$/.test(shape.line_of)).map((shape) => {
        const [lane, line] = shape.line_of.split(".").map(Number);
        return { shape, lane, line };
      });
      const lines = new Map(); // those that are others than planned, by shape
      const gaps = [];
      for (const [lane, all] of Map.groupBy(notes, (note) => note.lane)) {
        const kept = all.filter((note) => !raised.has(note.shape));
        const under = kept.filter((note) => note.line || homeless.has(note.shape));
        if (kept.length === all.length && under.every((note) => note.line) && this._fit(under)) continue;
        const planned = Math.max(...all.map((note) => note.line));
        for (const [note, line] of this._stacked(under)) lines.set(note.shape, { lane, line });
        const more = Math.max(0, ...under.map((note) => lines.get(note.shape).line)) - planned;
        if (more) gaps.push([rows[lane].top + LANE * rows[lane].height + planned * LINE - 0.1, more * LINE]);
      }
      const moved = (y) => gaps.reduce((sum, [from, by]) => (y > from ? sum + by : sum), y);
      const inItsLine = (shape, { lane, line }) => ({ ...shape, dx: 0, line_of: `${lane}.${line}`, y: [moved(rows[lane].top) + 1.14 * rows[lane].height + (line - 0.5) * LINE] });
      const atTheEnd = (shape) => {
        const [lane] = shape.line_of.split(".");
        return { ...shape, dx: shape.beside, line_of: `${lane}.0`, y: [moved(rows[lane].top) + rows[lane].height / 2] };
      };
      this._stand = {
        height: moved(height),
        rows: rows.map((row) => ({ ...row, top: moved(row.top), stripe: row.stripe?.length ? [moved(row.stripe[0]), moved(row.stripe[0] + row.stripe[1] - 0.2) - moved(row.stripe[0]) + 0.2] : [] })),
        shapes: shapes.map((shape) => {
          if (raised.has(shape)) return atTheEnd(shape);
          return lines.has(shape) ? inItsLine(shape, lines.get(shape)) : { ...shape, y: shape.y.map(moved) };
        }),
      };
      for (const track of this._tracks) track.stand(moved);
      for (const item of this._items) {
        const { track, shape } = item;
        const around = shape && (shape.sign || shape.text) ? 7 : 0;
        const ends = track ? [track.top, track.bottom] : shape.y.map(moved);
        Object.assign(item, { top: Math.min(...ends) - around, bottom: Math.max(...ends) + around });
      }
    }

    /** Whether notes fit beside each other in the lines that they have. */
    _fit(notes) {
      const ends = new Map();
      return notes.every(({ shape, line }) => {
        const left = this._noteBegins(shape, this._inWhole);
        const free = left >= (ends.get(line) ?? 0);
        ends.set(line, left + this._ruler.width(shape.text, SMALL) + 8);
        return free;
      });
    }

    /** Notes with the first line in which each fits. */
    _stacked(notes) {
      const ends = [0];
      return notes.map((note) => {
        const left = this._noteBegins(note.shape, this._inWhole);
        let line = ends.findIndex((end, number) => number && end <= left);
        if (line < 0) line = ends.length <= LINES ? ends.length : ends.indexOf(Math.min(...ends.slice(1)), 1);
        ends[line] = Math.max(left, ends[line] ?? 0) + this._ruler.width(note.shape.text, SMALL) + 12;
        return [note, line];
      });
    }

    /** What stays where it is while one zooms: stripes, labels and the key. */
    _paintBehind() {
      const { notes, clock } = this._plan;
      const { rows, height } = this._stand;
      const behind = [];
      this._taken = new Map();
      const add = (x, y, text, size, kind = "") => behind.push(svg("text", { x, y, "font-size": size, class: kind }, text));
      const low = this._above() + height;
      const lost = new Map(rows.map(({ indent }) => {
        const beside = rows.filter((row) => row.indent === indent && row.height);
        return [indent, this._ruler.lost(beside.map((row) => row.label), TEXT, this._left - 10 - indent)];
      }));
      for (const row of rows.filter((one) => one.height)) {
        const y = this._above() + row.top;
        if (row.stripe?.length) behind.push(svg("rect", { class: "stripe", x: 0, y: this._above() + row.stripe[0], width: this._width, height: row.stripe[1] }));
        if (row.separated) behind.push(svg("path", { class: "grid", d: `M0 ${y - 5}H${this._width}` }));
        let x = 4 + row.indent;
        const size = this._sizeOf(row);
        const wide = this._left - x - 6;
        const parts = row.small ? [row.label, row.label.split(",")[0]] : [];
        const text = this._ruler.first(parts, size, wide) || this._ruler.shortened(row.label, size, wide, lost.get(row.indent));
        add(x, y + row.height / 2, text, size, row.muted ? "muted" : "");
        x += this._ruler.width(text, size) + 5;
        const detail = row.detail && this._ruler.lastWords(row.detail, SMALL, this._left - x - 4);
        if (detail) add(x, y + row.height / 2, detail, SMALL, "muted");
      }
      add(4, low + 14, clock, SMALL, "muted");
      let y = low + 40;
      let x = 4;
      const key = this._key();
      for (const entry of key) {
        const wide = 26 + this._ruler.width(entry.text, SMALL);
        if (x > 4 && x + wide > this._width) [x, y] = [4, y + 20];
        for (const shape of entry.shapes) {
          const drawn = this._shapeElement(shape, behind);
          this._place(drawn, shape, (at) => x + at, y - 6);
        }
        add(x + 26, y, entry.text, SMALL);
        x += wide + 16;
      }
      if (!key.length) y = low + 20;
      for (const note of notes) {
        const line = this._ruler.shortened(note, SMALL, this._width - 8);
        y += 20;
        add(4, y, line, SMALL, "muted");
      }
      this._high = y + 14;
      this._svg.setAttribute("viewBox", `0 0 ${this._width} ${this._high}`);
      this._svg.setAttribute("height", this._high * this._scale);
      this._behind.replaceChildren(...behind);
      fill(this._clip, { x: this._left - 4, y: 0, width: this._width - this._left + 4, height: low + 30 }, []);
    }

    /** What the key explains: what is to be seen while the whole is shown, and not below it as well. */
    _key() {
      const perSecond = this._room / (this._finish - this._begin);
      const isSeen = ({ lasts, least = 0, below = Infinity }) => lasts === undefined || (lasts * perSecond >= least && lasts * perSecond < below);
      const key = this._plan.key.filter(isSeen);
      const explained = new Set(this._last.key.filter(isSeen).map((entry) => entry.text));
      return this._isLast || key.some((entry) => !explained.has(entry.text)) ? key : [];
    }

    /** Room above the rows, for what is written there. */
    _above() {
      return this._plan.above;
    }

    // A frame.

    _render() {
      if (this._frame || !this._width) return;
      this._frame = requestAnimationFrame(() => {
        this._frame = 0;
        this._paintFrame();
      });
    }

    _paintFrame() {
      const begun = performance.now();
      this._svg.classList.toggle("zoomed", this._isZoomed());
      this._paintTime();
      this._paintBars();
      this._taken = new Map(); // by line: where texts in it end
      this._stand.shapes.forEach((shape, number) => this._place(this._shapes[number], shape, (time) => this._x(time), this._above()));
      this._paintPointed();
      this.took = performance.now() - begun;
    }

    _paintTime() {
      const [from, to] = this._view;
      const low = this._above() + this._stand.height;
      const most = Math.max(3, Math.floor(this._room / 90));
      let lines = "";
      let free = 0;
      const until = Math.min(to, this._measured);
      const own = this._plan.ticks ?? (this._begin === this._measured ? [[this._begin, "0"]] : ticks(from, to, most));
      for (const [time, text] of own) {
        const x = this._x(time);
        if (time < from || time > until + (to - from) * 1e-9) continue;
        lines += `M${x.toFixed(1)} ${this._above()}V${low}`;
        const half = this._ruler.width(text, SMALL) / 2;
        if (x - half < free) continue; // of values that stand close, not each can be read
        free = x + half + 5;
        const label = this._times.next();
        label.textContent = text;
        fill(label, { x: Math.min(x, this._width - 1 - half), y: low + 14, "font-size": SMALL, "text-anchor": "middle" }, []);
      }
      this._times.finish();
      this._grid.setAttribute("d", lines);
      this._axis.setAttribute("d", `M${this._left} ${low}H${this._left + this._room}`);
    }

    _paintBars() {
      const labels = [];
      const outlines = [];
      for (const track of this._tracks) this._paintTrack(track, labels, outlines);
      for (const bars of [...this._bars, ...this._strokes.values()]) bars.finish();
      this._levels.replaceChildren(...outlines);
      this._write(labels);
    }

    _paintTrack(track, labels, outlines) {
      const [from, to] = this._view;
      const perSecond = this._room / (to - from);
      const above = this._above();
      const { start, end, look, low, high, say } = track;
      const last = start.length;
      let group = null;
      let line = "";
      const drawn = (bar, width) => {
        const x = this._left + (start[bar] - from) * perSecond;
        // Far beyond the edge numbers are too large to be drawn well.
        const left = Math.max(x, this._left - 50);
        const right = Math.min(x + width, this._left + this._room + 50);
        const share = high.length ? high[bar] : 1;
        const foot = low.length ? low[bar] : 0;
        const top = above + track.bottom - track.height * share;
        const height = track.height * (share - foot);
        const bars = this._bars[look[bar]];
        if (width > OUTLINED && !high.length) bars.outlined(left, right, top, top + height);
        else bars.narrow(left, right, top, top + height);
        if (say.length && say[bar] >= 0) labels.push({ track, bar, left, right: Math.min(right, this._left + this._room), middle: this._middleOf(track, top, height) });
        if (track.outline !== undefined) line += `${line && end[bar - 1] >= start[bar] ? "L" : "M"}${left.toFixed(1)} ${top.toFixed(1)}H${right.toFixed(1)}`;
      };
      // A step that takes hardly any time is a stroke of the same width at every scale; a level keeps its height.
      const isStep = (bar) => track.instants >= 0 && (track.steps ?? [track.without === undefined ? look[bar] : track.instants]).includes(look[bar]);
      let struck = -Infinity;
      const strike = (bar) => {
        const x = this._left + (start[bar] - from) * perSecond;
        if (x - struck < 1) return;
        const top = above + track.top;
        this._strokes.get(track.instants).narrow(x - 1, x + 1, top, top + track.height * (x - struck < NEAR ? 0.4 : 1));
        struck = x;
      };
      const flush = () => {
        if (!group) return;
        const { bars, x } = group;
        const width = Math.max(MIXED, (end[bars.at(-1)] - start[bars[0]]) * perSecond);
        if (bars.length <= FEW || high.length) {
          for (const bar of bars) {
            if (isStep(bar) && !high.length) strike(bar);
            else drawn(bar, Math.max((end[bar] - start[bar]) * perSecond, start[bar] === end[bar] ? 2 : 0.6));
          }
        } else {
          // The height of a colour is its share of the time.
          let total = 0;
          const shares = new Map();
          for (const bar of bars) {
            const took = end[bar] - start[bar];
            total += took;
            shares.set(look[bar], (shares.get(look[bar]) ?? 0) + took);
          }
          let foot = above + track.bottom;
          for (const [number, took] of [...shares].sort(([one], [other]) => one - other)) {
            const height = (took / total) * track.height;
            if (height) this._bars[number].narrow(x, x + Math.min(width, MIXED), foot - height, foot);
            foot -= height;
          }
        }
        group = null;
      };
      for (let bar = track.after(from); bar < last && start[bar] <= to; bar++) {
        const width = (end[bar] - start[bar]) * perSecond;
        if (width >= NARROW) {
          flush();
          drawn(bar, width);
          continue;
        }
        const isInNoTime = start[bar] === end[bar];
        if (isInNoTime && !isStep(bar)) continue;
        const x = this._left + (start[bar] - from) * perSecond;
        const step = Math.floor(x / MIXED);
        if (group?.step !== step) flush(); // strokes come in their order
        if (isInNoTime && !high.length) {
          strike(bar);
          continue;
        }
        group ??= { step, bars: [], x };
        group.bars.push(bar);
      }
      flush();
      if (line) {
        const outline = svg("path", { d: line, fill: "none", "stroke-width": 1.6 });
        outline.style.stroke = this._paints[track.outline].edge;
        outlines.push(outline);
      }
    }

    /** At what height a text stands in a bar; over a level that is too low for it, it is above. */
    _middleOf(track, top, height) {
      if (track.outline !== undefined && height < SMALL) return top - SMALL * 0.6;
      return top + height * (track.middle ?? 0.5);
    }

    /** Texts in bars: the widest bars first, each in the first of several ways that fits. */
    _write(labels) {
      const { ways } = this._plan;
      const room = ({ left, right }) => right - Math.max(left, this._left) - 8;
      const lines = this._lines();
      const chosen = labels.filter((label) => room(label) > 7).sort((one, other) => room(other) - room(one)).slice(0, WORDS)
        .map((label) => ({ ...label, gap: this._gap(label, lines) }));
      // Names are said in one way in all bars of a kind: in two ways, one task would look like two.
      const short = new Set();
      for (const { track, bar, gap } of chosen) {
        const all = ways[track.say[bar]];
        const size = Math.min(SMALL, track.height * 0.8);
        if (track.alike && this._ruler.first(all, size, room(gap)) && this._ruler.width(all[0], size) > room(gap)) short.add(track.alike);
      }
      for (const label of chosen) {
        const { track, bar, gap } = label;
        const size = Math.min(SMALL, track.height * 0.8);
        const all = short.has(track.alike) ? ways[track.say[bar]].slice(-1) : ways[track.say[bar]];
        const text = this._ruler.first(all, size, room(gap));
        if (!text) continue; // better none than one that is crossed out
        const element = this._inside.next();
        element.textContent = text;
        fill(element, { x: (gap.left + gap.right) / 2, y: label.middle, "font-size": size, "text-anchor": "middle" }, []);
        element.style.fill = track.ink >= 0 ? this._paints[track.ink].plain : "var(--ink)";
        const [face, darkFace] = this._plan.looks[track.look[bar]];
        // A text over a low level stands on the page, and not on the level.
        element.style.stroke = track.outline !== undefined && label.middle < this._above() + track.bottom - track.height * track.high[bar] ? "var(--paper)" : `light-dark(${face}, ${darkFace})`;
        element.style.strokeWidth = 3;
        element.style.paintOrder = "stroke";
      }
      this._inside.finish();
    }

    /** Where upright lines and signs are, for words that give way to them. */
    _lines() {
      const above = this._above();
      return this._stand.shapes.filter((shape) => shape.sign ? shape.item !== undefined : shape.line && shape.x[0] === shape.x[1]).map((shape) => {
        const [at, spare] = [this._x(shape.x[0]) + (shape.dx ?? 0), shape.sign ? DISC : 0];
        return { left: at - spare, right: at + spare, top: Math.min(...shape.y) + above - 1, bottom: Math.max(...shape.y) + above + 1 };
      });
    }

    /** The widest part of a bar through which no line goes at the height of its words. */
    _gap({ left, right, middle }, lines) {
      const begin = Math.max(left, this._left);
      const reach = SMALL * 0.6;
      const through = lines.filter((line) => line.right > begin && line.left < right && line.top < middle + reach && line.bottom > middle - reach);
      let gap = { left: begin, right: begin };
      let free = begin;
      for (const line of [...through.sort((one, other) => one.left - other.left), { left: right, right }]) {
        if (line.left - free > gap.right - gap.left) gap = { left: free, right: line.left };
        free = Math.max(free, line.right);
      }
      return gap;
    }

    // Shapes: boxes, lines, signs and texts, each at times and heights of its own.

    _shapeElement(shape, into = null) {
      const { fill: face, plain, edge, pattern } = this._paints[shape.look];
      const element = svg(shape.text ? "text" : "path");
      const style = element.style;
      if (shape.text) {
        element.textContent = shape.text;
        element.setAttribute("font-size", shape.size ?? SMALL);
        style.fill = plain;
        style.textAnchor = shape.anchor ?? "start";
        if (shape.bold) style.fontWeight = "bold";
        if (shape.halo) [style.stroke, style.strokeWidth, style.paintOrder] = ["var(--paper)", 3, "stroke"];
      } else if (shape.line) {
        [style.fill, style.stroke, style.strokeWidth] = ["none", plain, shape.line];
        if (shape.dashed) style.strokeDasharray = "5 3";
      } else {
        style.fill = pattern ? face : plain;
        if (!shape.sign || shape.outlined) [style.stroke, style.strokeWidth] = [edge, shape.outlined ?? 1];
        if (shape.opacity) style.fillOpacity = shape.opacity;
      }
      if (into) into.push(element);
      else (shape.text ? this._wordsLayer : this._shapesLayer).append(element);
      return element;
    }

    _place(element, shape, x, above) {
      const at = shape.x.map((time) => x(time) + (shape.dx ?? 0));
      const y = shape.y.map((height) => height + above);
      if (shape.least) element.style.display = at[0] - x(shape.since) < shape.least ? "none" : "";
      if (shape.text) {
        this._placeText(element, shape, x, y[0]);
      } else if (shape.sign) {
        fill(element, { d: shape.sign, transform: `translate(${at[0].toFixed(1)} ${y[0].toFixed(1)})` }, []);
      } else if (shape.line) {
        element.setAttribute("d", at.map((place, number) => `${number ? "L" : "M"}${place.toFixed(1)} ${y[number].toFixed(1)}`).join(""));
      } else {
        element.setAttribute("d", `M${at[0].toFixed(1)} ${y[0]}H${at[1].toFixed(1)}V${y[1]}H${at[0].toFixed(1)}z`);
      }
    }

    /** A text stands beside the one before it in its line, whole where there is room. */
    _placeText(element, shape, x, y) {
      const size = shape.size ?? SMALL;
      const at = x(shape.x[0]) + (shape.dx ?? 0);
      // What is no word of the key is hidden with the moment that it belongs to.
      const gone = element.parentNode === this._wordsLayer && (at < this._left - MARGIN || at > this._width);
      if (shape.anchor === "middle") {
        const half = this._ruler.width(shape.text, size) / 2;
        const free = this._taken.get(shape.line_of) ?? -Infinity;
        const inView = at >= this._left && at <= this._width; // near an edge it stays whole
        const middle = inView ? Math.min(Math.max(at, this._left - 2 + half), this._width - 2 - half) : at;
        const apart = shape.line_of === undefined || middle - half > free;
        element.style.display = apart && !gone ? "" : "none";
        if (shape.line_of !== undefined && apart) this._taken.set(shape.line_of, middle + half + 6);
        return fill(element, { x: middle, y }, []);
      }
      const left = Math.max(shape.dx ? at : this._noteBegins(shape, x), this._taken.get(shape.line_of) ?? 0);
      element.style.display = gone ? "none" : "";
      const room = this._width - 2 - left;
      const text = this._plan.ticks ? this._ruler.shortened(this._nameOf(shape.text), size, room, this._lost) : this._ruler.shortened(shape.text, size, room);
      element.textContent = text;
      if (text && shape.line_of !== undefined) this._taken.set(shape.line_of, left + this._ruler.width(text, size) + 12);
      return fill(element, { x: left, y }, []);
    }

    // Pointing.

    _point(number) {
      if (number === this._pointed) return;
      this._pointed = number;
      this._paintPointed();
      this._said.textContent = number < 0 ? "" : this._words(number);
      if (number >= 0) this._placeWords(this._items[number]);
    }

    _paintPointed() {
      const marks = [];
      const around = (item, kind) => {
        const left = this._x(item.start) + (item.dx ?? 0);
        const right = this._x(item.end) + (item.dx ?? 0);
        const spare = right - left < 6 ? 4 : 1;
        marks.push(svg("rect", { class: kind, rx: 2, x: left - spare, y: this._above() + item.top - 2, width: Math.max(right - left + 2 * spare, 1), height: Math.max(item.bottom - item.top + 4, 4) }));
      };
      if (this._moment !== null) marks.push(svg("path", { class: "moment", d: `M${this._x(this._moment)} ${this._above()}V${this._above() + this._stand.height}` }));
      if (this._pointed >= 0) {
        const item = this._items[this._pointed];
        for (const other of item.links) around(this._items[other], "counterpart");
        around(item, "pointed");
      }
      this._marks.replaceChildren(...marks);
    }

    /** Words stand under what they are about, or above it where there is no room. */
    _placeWords(item) {
      const middle = (Math.max(this._x(item.start), this._left) + Math.min(this._x(item.end), this._left + this._room)) / 2;
      const { style } = this._said;
      const wide = this._said.offsetWidth;
      style.left = `${Math.max(0, Math.min(this._width * this._scale - wide, middle * this._scale - wide / 2))}px`;
      style.top = `${(this._above() + item.bottom + 8) * this._scale}px`;
    }

    /** Bring a thing into sight, where one has zoomed. */
    _reveal(item) {
      const [from, to] = this._view;
      if (item.end < from || item.start > to) this._show(item.start - (to - from) / 2, item.start + (to - from) / 2);
    }

    /** A step from the pointed thing: to the next in its lane, or to that of the time in another. */
    _step(along, across) {
      const rows = this._rows;
      const item = this._items[this._pointed];
      let next;
      if (!item) {
        next = rows.find((row) => row.length)?.[0];
      } else if (along) {
        const row = rows[item.row];
        next = row[row.indexOf(this._pointed) + along];
      } else {
        let number = item.row + across;
        while (rows[number] && !rows[number].length) number += across;
        const far = (other) => Math.max(this._items[other].start - item.end, item.start - this._items[other].end, 0) + Math.abs(this._items[other].start - item.start) * 1e-6;
        next = rows[number]?.reduce((best, other) => (far(other) < far(best) ? other : best));
      }
      this._go(next);
    }

    _go(number) {
      if (number === undefined) return;
      this._reveal(this._items[number]);
      this._point(number);
    }

    // A moment, and who does what then.

    /** Whoever shows the picture may open a replay at a moment, and does so with a live kernel. */
    _choose(time) {
      const chosen = new CustomEvent("course-moment", { bubbles: true, cancelable: true, detail: time });
      if (this.node.dispatchEvent(chosen)) return this._showMoment(time);
      this._moment = time;
      this._paintPointed();
    }

    _showMoment(time) {
      this._moment = time;
      this._paintPointed();
      this._now.replaceChildren();
      this._now.hidden = time === null;
      if (time === null) return;
      const rows = this._plan.rows.map((row, number) => [row, this._rows[number].filter((item) => this._items[item].track && this._items[item].start <= time && time <= this._items[item].end)]);
      const list = html("ul");
      for (const [row, items] of rows) {
        // Of two that meet at the moment, the one that begins.
        for (const item of items.filter((one) => this._items[one].end > time || one === items.at(-1))) list.append(html("li", {}, this._words(item)));
      }
      const close = html("button", { type: "button", "aria-label": "Close" }, "×");
      close.addEventListener("click", () => this._showMoment(null));
      this._now.append(html("p", {}, html("strong", {}, `At ${this._written(time)} `), close), list, html("p", {}, this._plan.replay));
    }

    _written(time) {
      const digits = Math.max(0, 3 - Math.floor(Math.log10((this._view[1] - this._view[0]))));
      return `${Number(time.toFixed(Math.min(digits, 12)))} s`;
    }

    // Zoom.

    _isZoomed() {
      return this._view[0] > this._begin || this._view[1] < this._finish;
    }

    _show(from, to) {
      this._together.show(from, to);
    }

    showPart(from, to) {
      const whole = this._finish - this._begin;
      const length = Math.min(whole, Math.max(to - from, whole / DEEPEST));
      const left = Math.max(this._begin, Math.min(from, this._finish - length));
      this._view = [left, left + length];
      if (this._pointed >= 0) this._point(-1);
      this._render();
    }

    /** Closer by a factor, around a place: that of what is pointed at, else the middle. */
    _zoom(factor, x = null) {
      const item = this._items[this._pointed];
      const [from, to] = this._view;
      const place = x !== null ? this._time(x) : item ? (Math.max(item.start, from) + Math.min(item.end, to)) / 2 : (from + to) / 2;
      const pointed = this._pointed;
      this._show(place - (place - from) / factor, place + (to - place) / factor);
      if (x === null && item) this._point(pointed);
    }

    _pan(pixels) {
      const [from, to] = this._view;
      const by = (pixels / this._room) * (to - from);
      this._show(from + by, to + by);
    }

    _listen() {
      const place = (event) => {
        const box = this._svg.getBoundingClientRect();
        const scale = this._width / box.width;
        return [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
      };
      const on = (name, act, options) => this._svg.addEventListener(name, act, options);
      let dragged = null;
      on("pointerdown", (event) => { dragged = { x: event.clientX, far: 0, id: event.pointerId }; });
      on("pointerup", () => { setTimeout(() => { dragged = null; }); });
      on("pointercancel", () => { dragged = null; });
      on("pointermove", (event) => {
        if (dragged && event.buttons && this._isZoomed()) {
          const by = dragged.x - event.clientX;
          dragged.far += Math.abs(by);
          dragged.x = event.clientX;
          if (dragged.far > NEAR) this._svg.setPointerCapture(dragged.id);
          return this._pan(by / this._scale);
        }
        const [x, y] = place(event);
        this._point(this._at(x, y - this._above()));
      });
      on("pointerleave", () => this._point(-1));
      on("click", (event) => {
        if (dragged?.far > NEAR) return;
        const [x, y] = place(event);
        const time = this._time(x);
        if (this._plan.replay && x >= this._left && y <= this._above() + this._stand.height && time >= this._begin && time <= this._finish) this._choose(time);
      });
      on("wheel", (event) => {
        if (event.ctrlKey || event.metaKey) this._zoom(STEP ** (-event.deltaY / 100), place(event)[0]);
        else if (this._isZoomed() && (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY))) this._pan(event.deltaX || event.deltaY);
        else return; // it scrolls the page
        event.preventDefault();
      }, { passive: false });
      on("blur", () => this._point(-1));
      on("keydown", (event) => {
        const act = Picture.isKey(event) && KEYS[event.key];
        if (!act) return;
        act(this, event.shiftKey);
        event.preventDefault();
        event.stopPropagation();
      });
    }

    /** Whether a key that is pressed in a picture is the picture's. */
    static isKey(event) {
      return event.target.matches?.(".course-picture svg") && event.key in KEYS && !event.ctrlKey && !event.metaKey && !event.altKey && !(event.shiftKey && event.key === "Enter");
    }
  }

  const KEYS = {
    ArrowLeft: (picture, shift) => (shift ? picture._pan(-picture._room / 8) : picture._step(-1, 0)),
    ArrowRight: (picture, shift) => (shift ? picture._pan(picture._room / 8) : picture._step(1, 0)),
    ArrowUp: (picture) => picture._step(0, -1),
    ArrowDown: (picture) => picture._step(0, 1),
    Home: (picture) => picture._go(picture._rows[picture._items[picture._pointed]?.row ?? 0]?.[0]),
    End: (picture) => picture._go(picture._rows[picture._items[picture._pointed]?.row ?? 0]?.at(-1)),
    Enter: (picture) => picture._plan.replay && picture._choose(picture._items[picture._pointed]?.start ?? picture._begin),
    " ": (picture) => KEYS.Enter(picture),
    "+": (picture) => picture._zoom(STEP),
    "=": (picture) => picture._zoom(STEP),
    "-": (picture) => picture._zoom(1 / STEP),
    0: (picture) => picture._show(picture._begin, picture._finish),
  };

  // Once for the page: a style that comes and goes has the browser look at every element anew.
  document.head.append(html("style", {}, STYLE));

  window.coursePictures = { Pictures, isKey: Picture.isKey, ticks };

  // A page without a notebook has each plan in a script element, beside the PNG that it replaces.
  const showAll = () => {
    for (const script of document.querySelectorAll(`script[type="${MIME}"]`)) {
      const place = script.parentElement;
      place.replaceChildren(new Pictures(JSON.parse(script.textContent)).node);
    }
  };
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", showAll);
  else showAll();
})();
