// Asks the questions of a notebook on a page without a kernel: lines are pressed in order, or one of
// several answers is chosen, and then compared with what the program did when the notebook was
// executed; a game goes from one stored state to the next. What stands in the question, and what is
// told of each answer, comes with it: course_helpers/exercises/on_a_page.py describes it. Without this
// script, the question stands there with its lines.
(() => {
  "use strict";
  const MIME = "application/vnd.course-helpers.question+json";

  const STYLE = `
    .course-asked { color-scheme: light dark; --ink: light-dark(#1b1f24, #f2f4f6); --line: light-dark(#8a8f98, #8a929b);
      --paper: light-dark(#ffffff, #14181d); --chosen: light-dark(#1565c0, #8ab8f5); --on-chosen: light-dark(#ffffff, #14181d);
      --right: light-dark(#1b7f3b, #6fcf8a); --other: light-dark(#b3261e, #f28b82);
      border: 0; margin: 0; padding: 4px; min-width: 0; line-height: 1.4; color: var(--ink); }
    [data-theme="light"] .course-asked { color-scheme: light; }
    [data-theme="dark"] .course-asked { color-scheme: dark; }
    .course-asked legend { font-weight: bold; font-size: inherit; float: none; width: auto; margin: 0 0 6px; padding: 0; }
    .course-asked p { margin: 6px 0; }
    .course-asked .lines { display: flex; flex-wrap: wrap; gap: 4px; }
    .course-asked .lines, .course-asked ol, .course-asked td { font-family: monospace; white-space: pre-wrap; }
    .course-asked ol { margin: 6px 0; padding-left: 2.2em; }
    .course-asked ol:empty { display: none; }
    .course-asked label { display: flex; gap: 8px; align-items: baseline; min-height: 24px; padding: 2px 0; }
    .course-asked label input { flex: none; }
    .course-asked button { font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--line); border-radius: 4px;
      min-height: 28px; max-width: 100%; padding: 2px 10px; text-align: left; white-space: pre-wrap; cursor: pointer; }
    .course-asked button.chosen, .course-asked button.compare:not([aria-disabled="true"]) {
      background: var(--chosen); border-color: var(--chosen); color: var(--on-chosen); }
    .course-asked button[aria-disabled="true"] { border-style: dashed; cursor: default; }
    .course-asked :is(button, input):focus-visible { outline: 2px solid var(--chosen); outline-offset: 2px; }
    .course-asked .said { border-left: 4px solid var(--line); padding-left: 0.8em; }
    .course-asked .said:empty { border: 0; }
    .course-asked .said.right { border-color: var(--right); }
    .course-asked .said.other { border-color: var(--other); }
    .course-asked table { border-collapse: collapse; margin: 6px 0; font-size: inherit; }
    .course-asked :is(td, th) { text-align: left; vertical-align: top; border: 0; padding: 2px 16px 2px 0; }
    .course-asked th { font-weight: normal; }
    .course-asked tr.here td { border-bottom: 2px solid var(--other); }`;

  const html = (name, attributes = {}, ...inside) => {
    const element = document.createElement(name);
    for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value);
    element.append(...inside);
    return element;
  };

  /** What all kinds have in common: a question, controls, one button, and what is said. */
  class Question {
    constructor(asked) {
      this._asked = asked;
      this._compared = false;
      this._compare = html("button", { type: "button", class: "compare" }, "Compare");
      this._compare.addEventListener("click", () => this._submit());
      this._said = html("p", { class: "said", role: "status" });
      this._shown = html("div");
      this.node = html("fieldset", { class: "course-asked" }, html("legend", {}, asked.question), ...this._controls(),
        html("p", {}, this._compare), this._said, this._shown);
      this._ready();
    }

    /** The button keeps the keyboard when it has done its work: it is never disabled. */
    _ready() {
      this._compare.setAttribute("aria-disabled", String(this._compared || !this._isComplete()));
    }

    _say(text, kind = "") {
      this._said.className = `said ${kind}`;
      this._said.textContent = text;
    }

    _submit() {
      if (this._compared) return;
      if (!this._isComplete()) return this._say(this._missing());
      this._compared = true;
      this._ready();
      const { right, says } = this._verdict();
      this._say(says, right ? "right" : "other");
    }
  }

  class Order extends Question {
    _controls() {
      this._order = [];
      this._buttons = this._asked.lines.map((line, number) => {
        const button = html("button", { type: "button" }, line);
        button.addEventListener("click", () => this._press(number));
        return button;
      });
      this._list = html("ol");
      return [html("div", { class: "lines" }, ...this._buttons), this._list];
    }

    _press(number) {
      if (this._compared) return;
      const { lines } = this._asked;
      const place = this._order.indexOf(number);
      if (place < 0) this._order.push(number);
      else this._order.splice(place, 1);
      this._say(place < 0 ? `Line ${this._order.length} of ${lines.length}: ${lines[number]}` : `Taken back: ${lines[number]}`);
      this._buttons.forEach((button, each) => {
        const at = this._order.indexOf(each);
        button.textContent = at < 0 ? lines[each] : `${at + 1}. ${lines[each]}`;
        button.classList.toggle("chosen", at >= 0);
      });
      this._list.replaceChildren(...this._order.map((each) => html("li", {}, lines[each])));
      this._ready();
    }

    _isComplete() {
      return this._order.length === this._asked.lines.length;
    }

    _missing() {
      return `Press all ${this._asked.lines.length} lines first.`;
    }

    _verdict() {
      const { lines, printed, differences, why, right } = this._asked;
      const answer = this._order.map((number) => lines[number]);
      const first = answer.findIndex((line, place) => line !== printed[place]);
      this._buttons.forEach((button, number) => {
        button.textContent = lines[number];
        button.classList.remove("chosen");
        button.disabled = true;
      });
      this._list.replaceChildren();
      const heading = (text) => html("th", { scope: "col" }, text);
      const rows = answer.map((line, place) => html("tr", place === first ? { class: "here" } : {}, html("th", { scope: "row" }, place + 1),
        html("td", {}, line), html("td", {}, printed[place]), html("td", {}, line === printed[place] ? "✓" : "✗")));
      this._shown.append(html("table", {}, html("thead", {}, html("tr", {}, heading("Line"), heading("You said"), heading("Printed"), heading("Same"))),
        html("tbody", {}, ...rows)));
      if (first < 0) return { right: true, says: right };
      const [before, behind] = differences[first];
      const reason = why[printed[first]] || why[answer[first]] || "";
      return { right: false, says: `${before}${answer[first]}${behind} ${reason}`.trim() };
    }
  }

  let groups = 0;

  class Choice extends Question {
    _controls() {
      const group = `course-asked-${groups++}`;
      this._radios = this._asked.options.map(({ text }) => {
        const radio = html("input", { type: "radio", name: group });
        radio.addEventListener("change", () => {
          this._say(`Chosen: ${text}`);
          this._ready();
        });
        return radio;
      });
      return this._asked.options.map(({ text }, number) => html("label", {}, this._radios[number], html("span", {}, text)));
    }

    _isComplete() {
      return this._radios.some((radio) => radio.checked);
    }

    _missing() {
      return "Choose an answer first.";
    }

    _verdict() {
      this._asked.options.forEach(({ right }, number) => {
        const radio = this._radios[number];
        radio.disabled = true;
        radio.after(right ? "✓" : "✗");
        if (radio.checked) radio.parentElement.append("(your answer)");
      });
      return this._asked.options[this._radios.findIndex((radio) => radio.checked)];
    }
  }

  /** Of a game every state is stored, with what is shown in it: a press goes to the next. */
  class Game {
    constructor({ question, states, all }) {
      this._states = states;
      this._buttons = new Map(); // by reply, and which of those that are called so
      [this._options, this._given, this._picture] = [html("div", { class: "lines" }), html("div"), html("div")];
      this._said = html("p", { class: "said", role: "status" });
      const again = this._button("From the start", () => this._go(0, "From the start. "));
      this._all = this._button("Try every order", () => this._won && this._say(all, "right"));
      this.node = html("fieldset", { class: "course-asked" }, html("legend", {}, question), this._options, html("p", {}, again, " ", this._all),
        this._given, this._said, this._picture);
      this._go(0);
    }

    _button(text, pressed) {
      const button = html("button", { type: "button" }, text);
      button.addEventListener("click", pressed);
      return button;
    }

    /** A button means the same in every move, and keeps the keyboard when it has been pressed. */
    _go(number, before = "") {
      const { replies, next, says, kind, given, pictures } = this._states[number];
      this._next = new Map(replies.map((reply, place) => [`${replies.slice(0, place).filter((other) => other === reply).length} ${reply}`, next[place]]));
      for (const which of this._next.keys()) {
        if (!this._buttons.has(which)) this._buttons.set(which, this._button(`answer: ${which.slice(which.indexOf(" ") + 1)}`, () => this._press(which)));
      }
      this._options.append(...[...this._buttons.values()].filter((button) => !button.parentElement));
      for (const [which, button] of this._buttons) button.setAttribute("aria-disabled", String(!this._next.has(which)));
      this._won ||= kind === "right";
      this._all.setAttribute("aria-disabled", String(!this._won));
      this._given.innerHTML = given;
      this._say(before + says, kind);
      this._picture.replaceChildren(new window.coursePictures.Pictures(pictures).node);
    }

    _press(which) {
      if (this._next.has(which)) this._go(this._next.get(which));
      else this._say(`“${which.slice(which.indexOf(" ") + 1)}” is not awaited now.`);
    }

    _say(text, kind = "") {
      this._said.className = `said ${kind}`;
      this._said.textContent = text;
    }
  }

  const KINDS = { order: Order, choice: Choice, game: Game };
  const decoded = (stored) => JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(stored), (letter) => letter.charCodeAt(0))));

  document.head.append(html("style", {}, STYLE));
  for (const script of document.querySelectorAll(`script[type="${MIME}"]`)) {
    const asked = decoded(script.textContent);
    script.parentElement.replaceChildren(new KINDS[asked.kind](asked).node);
  }
})();
