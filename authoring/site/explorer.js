// Turns the knobs of an explorer on a page without a kernel, among the settings that are stored with
// it: course_helpers/explorer/settings.py says which those are. What is shown at each, words and the
// plans of pictures, was made when the notebook was executed; picture.js paints it. Without this
// script, the picture of the first setting stands there.
(() => {
  "use strict";
  const MIME = "application/vnd.course-helpers.settings+json";

  const STYLE = `
    .course-turned { color-scheme: light dark; --ink: light-dark(#1b1f24, #f2f4f6); --muted: light-dark(#5b6168, #a8afb6);
      --line: light-dark(#8a8f98, #8a929b); --paper: light-dark(#ffffff, #14181d); --chosen: light-dark(#1565c0, #8ab8f5);
      --trouble: light-dark(#b3261e, #f28b82); line-height: 1.4; color: var(--ink); }
    [data-theme="light"] .course-turned { color-scheme: light; }
    [data-theme="dark"] .course-turned { color-scheme: dark; }
    .course-turned .knobs { display: flex; flex-wrap: wrap; gap: 6px 24px; align-items: center; border: 0; margin: 0; padding: 0; min-width: 0; }
    .course-turned .knob { display: flex; flex-wrap: wrap; gap: 2px 8px; align-items: center; min-height: 28px; }
    .course-turned .knob output { min-width: 3em; font-variant-numeric: tabular-nums; }
    .course-turned input { accent-color: var(--chosen); margin: 0; min-height: 24px; }
    .course-turned input[type=range] { width: 9em; }
    .course-turned input[type=checkbox] { width: 24px; }
    .course-turned :is(button, select) { font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--line); border-radius: 4px;
      min-height: 28px; max-width: 100%; padding: 2px 10px; }
    .course-turned button { text-align: left; cursor: pointer; }
    .course-turned :is(button, input, select, pre):focus-visible { outline: 2px solid var(--chosen); outline-offset: 2px; }
    .course-turned p { margin: 6px 0; }
    .course-turned .said { white-space: pre-wrap; overflow-wrap: anywhere; }
    .course-turned .trouble { border-left: 4px solid var(--trouble); padding-left: 8px; }
    .course-turned .before:empty { display: none; }
    .course-turned .aside { color: var(--muted); min-height: 1lh; }
    .course-turned ul { list-style: none; margin: 6px 0; padding: 0; }
    .course-turned li { margin: 4px 0; display: flex; gap: 8px; align-items: center; }
    .course-turned table { border-collapse: collapse; margin: 6px 0; font-size: inherit; }
    .course-turned :is(td, th) { text-align: left; vertical-align: top; border: 0; padding: 1px 16px 1px 0; font-variant-numeric: tabular-nums; }
    .course-turned th { font-weight: normal; color: var(--muted); }
    .course-turned pre { margin: 4px 0; max-height: 12em; overflow: auto; white-space: pre-wrap; color: inherit; background: none; }`;

  const html = (name, attributes = {}, ...inside) => {
    const element = document.createElement(name);
    for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value);
    element.append(...inside);
    return element;
  };

  let made = 0;

  /** A knob: a slider, a check box or a choice, each among the positions that are stored. */
  class Knob {
    constructor({ label, kind, texts }, turned) {
      this.label = label;
      this.texts = texts;
      const id = `course-knob-${made++}`;
      this._control = kind === "choice"
        ? html("select", { id }, ...texts.map((text, value) => html("option", { value }, text)))
        : html("input", { id, ...(kind === "check" ? { type: "checkbox" } : { type: "range", min: 0, max: texts.length - 1, step: 1 }) });
      this._read = kind === "slider" ? html("output", { "aria-hidden": true }) : "";
      this.node = html("span", { class: "knob" }, html("label", { for: id }, label), this._control, this._read);
      this._control.addEventListener("input", () => turned(this.place));
    }

    get place() {
      return this._control.type === "checkbox" ? Number(this._control.checked) : Number(this._control.value);
    }

    set place(place) {
      if (this._control.type === "checkbox") this._control.checked = Boolean(place);
      else this._control.value = place;
      if (!this._read) return;
      this._read.textContent = this.texts[place];
      this._control.setAttribute("aria-valuetext", this.texts[place]);
    }
  }

  class Explorer {
    constructor({ knobs, together, questions, settings }) {
      this._begin = knobs.map(({ begin }) => begin);
      this._together = together;
      this._stored = new Map(settings.map((setting) => [setting.at.join(), setting]));
      this._knobs = knobs.map((knob, number) => new Knob(knob, (place) => this._turn(number, place)));
      this._turned = -1; // the knob that was turned last
      this._axis = 0; // seconds that it reaches
      this._length = 0; // seconds of the run that is shown
      const reset = html("button", { type: "button" }, "Reset");
      reset.addEventListener("click", () => this._reset());
      this._asked = questions.map((question) => this._question(question));
      [this._said, this._figures, this._printed] = ["status", "", ""].map((role) => html("div", role ? { role } : {}));
      this._aside = html("p", { class: "aside" });
      this._pictures = html("div");
      this._painted = [];
      const among = listing(together.map((number) => knobs[number].label));
      const about = `${settings.length} settings are stored in this page: one knob is turned at a time${among && `, at each position of ${among}`}.`;
      this.node = html("div", { class: "course-turned" },
        html("fieldset", { class: "knobs", "aria-label": "Knobs" }, ...this._knobs.map(({ node }) => node), reset), html("p", { class: "aside" }, about),
        ...(questions.length ? [html("ul", {}, ...this._asked.map(({ node }) => node))] : []),
        this._said, this._figures, this._pictures, this._printed);
      this._reset();
    }

    /** A question that a setting answers, and the button that turns there. */
    _question({ text, at }) {
      const sign = html("span", { role: "img", "aria-label": "not seen yet" }, "○");
      const button = html("button", { type: "button" }, text);
      button.addEventListener("click", () => this._go(at, -1));
      return { at: at.join(), sign, node: html("li", {}, sign, button) };
    }

    _reset() {
      this._axis = this._length = 0;
      this._go(this._begin, -1);
    }

    /** Turn one knob. Others that have to are turned back: not all settings are stored. */
    _turn(number, place) {
      const wanted = this._at.with(number, place);
      const alone = this._begin.map((begin, other) => (this._together.includes(other) ? this._at[other] : begin)).with(number, place);
      this._go(this._stored.has(wanted.join()) ? wanted : alone, number);
    }

    _go(at, turned) {
      const back = this._knobs.filter((_, number) => this._at && turned >= 0 && number !== turned && this._at[number] !== at[number]);
      this._at = at;
      this._knobs.forEach((knob, number) => { knob.place = at[number]; });
      const setting = this._stored.get(at.join());
      for (const one of this._asked.filter((asked) => asked.at === at.join())) {
        one.sign.textContent = "✓";
        one.sign.setAttribute("aria-label", "seen");
      }
      this._paint(setting, turned);
      [this._said.innerHTML, this._figures.innerHTML, this._printed.innerHTML] = setting.words;
      this._aside.textContent = back.length ? `${listing(back.map(({ label }) => label))} turned back to where ${back.length > 1 ? "they begin" : "it begins"}.` : "";
      this._said.append(this._aside);
    }

    /** As in a notebook, the axis stays while one knob turns, so that a shorter run looks shorter. */
    _paint({ pictures, figures }, turned) {
      const length = Math.max(0, ...pictures.map(({ time }) => time[1]));
      this._axis = Math.max(turned === this._turned ? this._axis : this._length, length);
      [this._turned, this._length] = [turned, length];
      const longer = ([begin, finish, ticked]) => [begin, this._axis, ticked < finish ? ticked : this._axis];
      const timelines = pictures.map((plan) => ({ ...plan, time: longer(plan.time) }));
      // What a notebook draws itself has an axis of its own.
      const painted = [timelines, ...figures].map((plans) => new window.coursePictures.Pictures(plans));
      painted.forEach((picture, number) => {
        if (this._painted[number]) picture.replace(this._painted[number]);
        else this._pictures.append(picture.node);
      });
      for (const gone of this._painted.slice(painted.length)) gone.dispose();
      this._painted = painted;
    }
  }

  /** `a, b and c` */
  const listing = (names) => (names.length > 1 ? `${names.slice(0, -1).join(", ")} and ${names.at(-1)}` : names.join(""));

  const unpacked = async (stored) => {
    const packed = new Blob([Uint8Array.from(atob(stored), (letter) => letter.charCodeAt(0))]);
    return new Response(packed.stream().pipeThrough(new DecompressionStream("gzip"))).json();
  };

  const show = async (script) => {
    const explorer = new Explorer(await unpacked(script.textContent));
    script.parentElement.replaceChildren(explorer.node);
  };

  document.head.append(html("style", {}, STYLE));
  for (const script of document.querySelectorAll(`script[type="${MIME}"]`)) show(script);
})();
