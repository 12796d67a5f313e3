// How JupyterLab and Notebook 7 show an explorer, or a question about a program: its widgets while
// they are alive, and else the picture or the text that is stored beside them, with a line on how to
// have them back. And how they show a picture: picture.js paints it. And that they do not show a
// learner what is for who teaches.
//
// JupyterLab takes an extension for what webpack calls a container: an object with `init`, which
// gets the modules that are shared, and `get`, which gives those of the extension. This is one,
// written by hand, so that there is nothing to build. package.json says where it is.
(() => {
  "use strict";
  const EXPLORER = "application/vnd.course-helpers.explorer+json";
  const WIDGET = "application/vnd.jupyter.widget-view+json";
  const STILL = "image/png";
  const TEXT = "text/html";
  const PICTURE = "application/vnd.course-helpers.picture+json";
  const PAINTER = new URL("picture.js", document.currentScript.src);
  const SUPPRESS = "data-lm-suppress-shortcuts";

  // The keys by which a control is used. All others are the notebook's, also in an explorer.
  const STEPS = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", "PageUp", "PageDown"];
  const CONTROLS = [
    [".noUi-handle", STEPS],
    ["select", [...STEPS, " ", "Enter"]],
    ["button, summary", [" ", "Enter"]],
    ["input[type=checkbox]", [" "]],
    ["input[type=radio]", [...STEPS, " "]],
  ];

  // Each explorer has a comm, over which its kernel sends the pictures of its runs as plans. What has
  // come over it is known to all that show the explorer.
  const WIRE = "course_helpers.explorer";
  const wires = new Map();

  /** The comm of an explorer's widget, with the last picture (null: there is none; undefined: not
      known yet) and what is called for each. */
  const wireTo = (kernel, widget) => {
    const id = `${WIRE}.${widget}`;
    if (wires.has(id)) return wires.get(id);
    const wire = { comm: kernel.createComm(WIRE, id), picture: undefined, shows: new Set() };
    wires.set(id, wire);
    wire.comm.onMsg = ({ content }) => {
      wire.picture = content.data.picture;
      for (const show of wire.shows) show();
    };
    wire.comm.open({ widget });
    return wire;
  };

  let shared = {};

  /** A module that JupyterLab shares, in the version that it uses itself. */
  const load = async (name) => {
    const versions = Object.values(shared[name]);
    const module = versions.find((version) => version.loaded) ?? versions.at(-1);
    return (await module.get())();
  };

  /** Whether the page would take a key away from a control that it belongs to. */
  const isForControl = (event) =>
    !event.ctrlKey && !event.metaKey && !event.altKey &&
    CONTROLS.some(([control, keys]) => event.target.matches(control) && keys.includes(event.key));

  /** What ipywidgets leaves out: names for sliders, and words that are read out when they change. */
  const makeAccessible = (node) => {
    for (const slider of node.querySelectorAll(".widget-slider")) {
      const name = slider.querySelector(".widget-label")?.textContent;
      if (!name) continue;
      slider.querySelector(".noUi-handle")?.setAttribute("aria-label", name);
      const readout = slider.querySelector(".widget-readout");
      readout?.setAttribute("role", "textbox");
      readout?.setAttribute("aria-label", `${name}, as a number`);
    }
    // A button that is disabled would lose the keyboard: one that rests says so in another way.
    for (const button of node.querySelectorAll(".widget-button")) {
      const resting = button.classList.contains("course-resting");
      if (resting) button.setAttribute("aria-disabled", "true");
      else button.removeAttribute("aria-disabled");
    }
    // Their content is replaced: only what stays in the page can be listened to.
    for (const said of node.querySelectorAll(".course-said > .widget-html-content")) {
      said.setAttribute("role", "status");
    }
  };

  const makeRenderer = (Panel) => class extends Panel {
    constructor(rendermime, session) {
      super();
      this.addClass("course-explorer-output");
      this._rendermime = rendermime;
      this._session = session;
      this._model = null; // the output that is shown
      this._factory = null; // what makes renderers of widgets, and the one that it made
      this._live = null;
      this._wire = null; // how pictures come from the kernel
      this._pictures = null; // what is painted of them, and of which picture
      this._painted = undefined;
      this._paint = this._paint.bind(this);
      this._observer = new MutationObserver(() => this._choose());
      this._still = document.createElement("div");
      this._text = null; // what shows a text, or paints a picture
      this._still.innerHTML = `<style>
        .course-explorer-still img:not([hidden]) { max-width: 100%; height: auto; display: block; }
        .course-explorer-still p, .course-explorer-still > div { margin: 4px 0; animation: course-explorer-late 0s 1s backwards; }
        @keyframes course-explorer-late { from { visibility: hidden; } }
        </style><img><p></p>`;
      this._still.className = "course-explorer-still";
      // It waits for the widgets once, and not each time that its page is shown again.
      this._still.addEventListener("animationend", (event) => { event.target.style.animation = "none"; });
      this.node.append(this._still);
      session.statusChanged.connect(this._showWidgets, this);
      this.node.addEventListener("course-moment", (event) => this._ask(event));
    }

    async renderModel(model) {
      const [picture, again] = this._still.querySelectorAll(":scope > img, :scope > p");
      const { alt, width, height } = model.metadata[STILL] ?? {};
      const painted = model.data[PICTURE];
      picture.hidden = !model.data[STILL] || !!painted;
      if (!picture.hidden) picture.src = `data:${STILL};base64,${model.data[STILL]}`;
      picture.alt = alt ?? "";
      if (width) picture.width = width;
      if (height) picture.height = height;
      again.textContent = model.data[EXPLORER].again;
      this._text?.dispose();
      this._text = null;
      const kind = [PICTURE, TEXT].find((one) => model.data[one]);
      if (kind) {
        this._text = this._rendermime.createRenderer(kind);
        picture.before(this._text.node);
        await this._text.renderModel(model);
      }
      this._model = model;
      await this._showWidgets();
    }

    /** Have ipywidgets show what it can. It takes its time to get ready after the page has opened,
        by which the kernel's state changes; until then, its renderers wait for ever. */
    async _showWidgets() {
      const factory = this._rendermime.getFactory(WIDGET);
      const { trusted, data } = this._model ?? {};
      if (!trusted || !data[WIDGET] || !factory || factory === this._factory) return;
      this._factory = factory;
      this._live?.dispose();
      this._live = this._rendermime.createRenderer(WIDGET);
      this.addWidget(this._live);
      this._observer.observe(this._live.node, {
        childList: true, subtree: true, attributes: true, attributeFilter: ["class"],
      });
      this._choose();
      await this._live.renderModel(this._model);
    }

    /** Show the widgets if they are there and answer; else what is stored. */
    _choose() {
      const widgets = this._live.node.firstElementChild;
      const alive = !!widgets && !this._live.isHidden && !widgets.matches(".jupyter-widgets-disconnected");
      this._still.hidden = alive;
      this._live.node.style.display = alive ? "" : "none";
      if (!alive) return;
      makeAccessible(this._live.node);
      this._listen();
      this._paint();
    }

    /** Let the kernel know that pictures are painted here. */
    _listen() {
      const kernel = this._session.session?.kernel;
      if (!kernel?.handleComms || this._wire) return;
      this._wire = wireTo(kernel, this._model.data[WIDGET].model_id);
      this._wire.shows.add(this._paint);
    }

    /** Let the kernel show a replay at a moment that was chosen in the picture. */
    _ask(event) {
      if (!this._wire || this._wire.comm.isDisposed || !this._live.node.contains(event.target)) return;
      this._wire.comm.send({ moment: event.detail });
      event.preventDefault();
    }

    /** Paint the last picture that came, in the place that the explorer's widgets have for it. */
    _paint() {
      const place = this._live.node.querySelector(".course-explorer-picture");
      const plans = this._wire?.picture;
      if (!place || plans === undefined || plans === this._painted) return;
      this._painted = plans;
      const before = this._pictures;
      this._pictures = plans && new window.coursePictures.Pictures(JSON.parse(plans));
      if (before && this._pictures) this._pictures.replace(before);
      else if (this._pictures) place.append(this._pictures.node);
      else before?.dispose();
    }

    dispose() {
      this._observer.disconnect();
      this._text?.dispose();
      this._pictures?.dispose();
      this._wire?.shows.delete(this._paint);
      this._session.statusChanged.disconnect(this._showWidgets, this);
      super.dispose();
    }
  };

  /** Speaker notes give part of an answer away. The deck of one who teaches shows them: fit.js. */
  const hideNotes = async ({ content, context }) => {
    await context.ready;
    if ("courseTeaches" in document.documentElement.dataset) return;
    const isNote = (cell) => cell?.model.getMetadata("slideshow")?.slide_type === "notes";
    const hide = () => content.widgets.filter(isNote).forEach((cell) => cell.setHidden(true));
    content.model.cells.changed.connect(hide);
    hide();
    // Arrows pass what is hidden over; Shift and Enter would stop there.
    content.activeCellChanged.connect((_, cell) => {
      if (isNote(cell) && content.widgets.length > content.activeCellIndex + 1) content.activeCellIndex += 1;
    });
  };

  /** What a check says comes into the page together with its region, to which nobody listens yet:
      one that stays says it as well. It is emptied before cells run, and not by the next one of them. */
  const sayWhatChecksSay = (NotebookActions) => {
    const said = document.createElement("div");
    said.className = "course-checked";
    said.setAttribute("role", "log"); // of checks that run one after the other, each is heard
    said.style.cssText = "position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%)";
    document.body.append(said);
    NotebookActions.executionScheduled.connect(() => said.replaceChildren());
    NotebookActions.executed.connect((_, { cell }) => {
      const report = cell.node.querySelector(".jp-RenderedHTML > [role=status]");
      if (!report) return;
      const line = document.createElement("p");
      line.textContent = [...report.querySelectorAll(":scope > p")].map((part) => part.textContent).join(" ");
      said.append(line);
    });
  };

  const plugin = (INotebookTracker, NotebookActions, Panel) => ({
    id: "course-helpers:explorers",
    description: "Shows an explorer's picture where its widgets are gone, and no speaker notes.",
    autoStart: true,
    requires: [INotebookTracker],
    activate: (_, notebooks) => {
      sayWhatChecksSay(NotebookActions);
      const Renderer = makeRenderer(Panel);
      const addTo = (notebook) => {
        const { content: { rendermime }, sessionContext } = notebook;
        // Before that of ipywidgets, which has -10 and takes the widgets for all that there is.
        const createRenderer = () => new Renderer(rendermime, sessionContext);
        rendermime.addFactory({ safe: true, mimeTypes: [EXPLORER], createRenderer }, -20);
        hideNotes(notebook);
      };
      notebooks.forEach(addTo);
      notebooks.widgetAdded.connect((_, notebook) => addTo(notebook));
      // Notebook 7 looks at keys before the page does, and takes arrows for headings. It leaves
      // alone what comes from an element with this attribute.
      addEventListener("keydown", (event) => {
        if (!event.target.closest?.(".course-explorer-output, .course-picture")) return;
        const painter = window.coursePictures;
        event.target.toggleAttribute(SUPPRESS, isForControl(event) || !!painter?.isKey(event));
        if (event.key !== "Escape") return;
        event.target.closest(".jp-Cell")?.focus();
        event.stopPropagation();  // else a deck is left
      }, { capture: true });
    },
  });

  /** Load the script that paints pictures, once. */
  const loadPainter = () => new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.addEventListener("load", resolve);
    script.addEventListener("error", () => reject(new Error(`no ${PAINTER}`)));
    script.src = PAINTER;
    document.head.append(script);
  });

  const makePicture = (Widget, { Pictures }) => class extends Widget {
    async renderModel(model) {
      this._picture?.dispose();
      this._picture = new Pictures(JSON.parse(model.data[PICTURE]));
      this.node.append(this._picture.node);
    }

    dispose() {
      this._picture?.dispose();
      super.dispose();
    }
  };

  /** What JupyterLab calls a mime renderer: it needs no kernel, and shows what was stored. */
  const pictures = (Renderer) => ({
    id: "course-helpers:pictures",
    description: "Paints a picture in the page, in the colours of its theme.",
    rank: 0, // before the PNG beside it
    dataType: "string",
    rendererFactory: { safe: true, mimeTypes: [PICTURE], createRenderer: () => new Renderer() },
  });

  window._JUPYTERLAB = window._JUPYTERLAB ?? {};
  window._JUPYTERLAB["course-helpers"] = {
    init: (scope) => { shared = scope; },
    get: async (module) => {
      const { Panel, Widget } = await load("@lumino/widgets");
      let found;
      if (module === "./pictures") {
        await loadPainter();
        found = pictures(makePicture(Widget, window.coursePictures));
      } else {
        const { INotebookTracker, NotebookActions } = await load("@jupyterlab/notebook");
        found = plugin(INotebookTracker, NotebookActions, Panel);
      }
      return () => ({ __esModule: true, default: found });
    },
  };
})();
