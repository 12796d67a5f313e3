// The replay of one recording: reads the data beside it and draws the machine at any event.
// Nothing is kept between two events: every state follows from the data and one number.
(() => {
  "use strict";
  const host = document.currentScript.parentElement;
  if (host.shadowRoot) return;
  const data = JSON.parse(host.querySelector('script[type="application/json"]').textContent);

  const RUNNING = 0, READY = 1, WAITING = 2, UNKNOWN = 3;
  const STATE_WORDS = ["running", "ready", "waiting", "not known"];
  const WAKE = 1, RESOURCE = 2, END = 4;
  const JUMP_WORDS = new Map([[WAKE, "wake-up"], [RESOURCE, "wait on a resource"], [END, "end of a task"]]);
  const TERMS = {
    "Ready queue": "the tasks that can run, in the order of their turns",
    "Timer heap": "the timers that the loop keeps, for sleeps and time limits",
    "Resources": "locks, semaphores, queues and the like, with who holds them and who stands in line",
    "Resource wait": "a task begins to wait for one of the resources",
  };
  const SPEEDS = [0.5, 1, 2, 5, 10, 30, 100];
  // Letters are as large as the page has them.
  const ENLARGED = (parseFloat(getComputedStyle(document.documentElement).fontSize) || 16) / 16;
  const LANE = Math.round(22 * ENLARGED), RULER = Math.round(27 * ENLARGED), LONGEST_LIST = 24;
  // Beneath the lanes there must be room for the rest, on a screen of 800 pixels as well.
  const MOST_LANES = Math.max(5, Math.min(12, Math.floor((innerHeight - 620) / LANE)));
  const count = data.times.length, last = count - 1;

  // ---- The machine ---------------------------------------------------------------------------

  /** The number of entries of a sorted list that are not greater than the limit. */
  const upTo = (sorted, limit, key = (value) => value) => {
    let low = 0, high = sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (key(sorted[middle]) <= limit) low = middle + 1; else high = middle;
    }
    return low;
  };

  /** The index of the span that a task is in, -1 before its birth and after its end. */
  const spanAt = (task, at) =>
    task.end !== null && at >= task.end ? -1 : upTo(task.at, at) - 1;

  /** The machine just after the event of that number: the same as machine.py says. */
  const machineAt = (at) => {
    const spans = data.tasks.map((task) => spanAt(task, at));
    const lines = data.resources.map(() => []);
    const ready = [];
    let running = -1, newest = -Infinity;
    data.tasks.forEach((task, index) => {
      const span = spans[index];
      if (span < 0) return;
      const began = task.at[span];
      if (task.kind === "task" && task.state[span] === READY) ready.push([began, index]);
      if (task.kind === "task" && task.state[span] === RUNNING && began >= newest) {
        running = index;
        newest = began;
      }
      if (task.state[span] === WAITING && task.cause[span] >= 0) {
        const resource = data.reasons[task.cause[span]][2];
        if (resource !== null) lines[resource].push([began, index]);
      }
    });
    const inOrder = (entries) => entries.sort((a, b) => a[0] - b[0] || a[1] - b[1]).map((entry) => entry[1]);
    const timers = [];
    data.timers.forEach(([armed, ended], index) => {
      if (armed <= at && (ended === null || ended > at)) timers.push(index);
    });
    const due = (index) => data.timers[index][2] ?? Infinity;
    timers.sort((a, b) => (due(a) === due(b) ? data.timers[a][0] - data.timers[b][0] : due(a) - due(b)));
    return {
      spans,
      running,
      ready: inOrder(ready),
      timers,
      resources: data.resources.map((resource, index) => {
        const change = upTo(resource.changes, at, (entry) => entry[0]) - 1;
        return change < 0 ? null : { change: resource.changes[change], waiters: inOrder(lines[index]) };
      }),
    };
  };

  const reasonOf = (task, span) =>
    task.state[span] === WAITING && task.cause[span] >= 0 ? data.reasons[task.cause[span]] : null;

  // ---- Words ---------------------------------------------------------------------------------

  const number = (value) => value.toLocaleString("en-US");
  const counted = (value, one) => `${number(value)} ${value === 1 ? one : one + "s"}`;
  const seconds = (time) => {
    if (time === null) return "never";
    const text = time.toFixed(6);
    return `${text.replace(/\.?0+$/, "")} s`;
  };
  const sign = (task) => ({ text: data.signs[task.ending], word: task.ending });

  const element = (name, className, ...content) => {
    const made = document.createElement(name);
    if (className) made.className = className;
    made.append(...content);
    return made;
  };

  let palette = data.palettes.light;
  const chip = (index) => {
    const task = data.tasks[index];
    const made = element("span", "task", task.label);
    made.style.setProperty("--of", palette.held);
    made.title = `${task.label}: ${task.coroutine}`;
    return made;
  };

  const sentence = ([form, ...parts]) => {
    const pieces = data.forms[form].split(/\{(\d+)\}/);
    return pieces.map((piece, position) => {
      if (position % 2 === 0) return piece;
      const part = parts[Number(piece)];
      if (typeof part === "string") return part;
      return part >= 0 ? chip(part) : element("span", "named", data.resources[-1 - part].label);
    });
  };

  // ---- The page ------------------------------------------------------------------------------

  const icon = (path) => `<svg viewBox="0 0 16 16" aria-hidden="true"><path d="${path}"/></svg>`;
  const FIRST = icon("M2 2h2v12H2zM14 2v12L5 8z"), BACK = icon("M12 2v12L4 8z");
  const PLAY = icon("M3 1.5v13L14 8z"), PAUSE = icon("M3 2h4v12H3zM9 2h4v12H9z");
  const FORWARD = icon("M4 2v12l8-6z"), LAST = icon("M12 2h2v12h-2zM2 2v12l9-6z");

  const root = element("div", "replay");
  root.tabIndex = 0;
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", `Replay of ${data.who}, ${counted(data.total, "event")}`);
  root.innerHTML = `
    <div class="controls">
      <div class="group" role="group" aria-label="Step and play">
        <button data-do="first" title="First event (Home)" aria-label="First event">${FIRST}</button>
        <button data-do="back" title="One event back (←)" aria-label="One event back">${BACK}</button>
        <button data-do="play" class="play" title="Play or pause (Space)" aria-label="Play">${PLAY}</button>
        <button data-do="forward" title="One event forward (→)" aria-label="One event forward">${FORWARD}</button>
        <button data-do="last" title="Last event (End)" aria-label="Last event">${LAST}</button>
      </div>
      <label class="group"><span>speed</span><select aria-label="Speed, in events a second">${SPEEDS.map(
        (speed) => `<option value="${speed}"${speed === 2 ? " selected" : ""}>${speed} / s</option>`).join("")}</select></label>
      <div class="group" role="group" aria-label="Jump to the next">
        <span>next</span>
        <button data-jump="${WAKE}" title="Next wake-up (W); Shift: the one before" aria-label="Next wake">wake</button>
        <button data-jump="${RESOURCE}" title="Next wait for a resource: a lock, a queue and the like (R); Shift: the one before" aria-label="Next resource wait">resource wait</button>
        <button data-jump="${END}" title="Next end of a task (E); Shift: the one before" aria-label="Next end">end</button>
      </div>
      <div class="where"></div>
    </div>
    <div class="sentence" role="status" aria-live="polite" aria-atomic="true"><div></div></div>
    <ul class="notes"></ul>
    <div class="timeline">
      <div class="zoom">
        <button data-do="axis" class="axis" title="The axis: an event a step, or time to scale (X)"></button>
        <button data-do="out" title="Zoom out (−)" aria-label="Zoom out">−</button>
        <button data-do="in" title="Zoom in (+)" aria-label="Zoom in">+</button>
        <button data-do="fit" title="Show all (0)" aria-label="Show all">all</button>
      </div>
      <canvas class="ruler" aria-hidden="true"></canvas>
      <div class="lanes">
        <ul class="names" aria-label="Lanes: tasks and resources, with what each is doing"></ul>
        <div class="picture"><canvas role="img"></canvas><canvas aria-hidden="true"></canvas></div>
      </div>
    </div>
    <input class="playhead" type="range" min="0" max="${last}" step="1" aria-label="Playhead">
    <div class="panels">
        <section class="panel running" aria-label="Running"><h3>Running</h3><div class="body"></div></section>
        <section class="panel ready" aria-label="Ready queue"><h3 title="${TERMS["Ready queue"]}">Ready queue<small></small></h3><div class="body" tabindex="0"></div></section>
        <section class="panel timers" aria-label="Timer heap"><h3 title="${TERMS["Timer heap"]}">Timer heap<small></small></h3><div class="body" tabindex="0"></div></section>
        <section class="panel resources" aria-label="Resources"><h3 title="${TERMS.Resources}">Resources</h3><div class="body" tabindex="0"></div></section>
        <section class="panel source" aria-label="Source"><h3><span>Source</span><small></small></h3><div class="body" tabindex="0"></div></section>
    </div>
    <div class="help">
      <span data-state="${RUNNING}"><i class="swatch solid"></i>running</span>
      <span data-state="${READY}"><i class="swatch stripes"></i>ready</span>
      <span data-state="${WAITING}"><i class="swatch pale"></i>waiting</span>
      <span data-state="${UNKNOWN}"><i class="swatch"></i>what it does is not known</span>
      <span class="ends"></span>
      <details>
        <summary>Keys and words</summary>
        <div class="keys">
          <span><kbd>←</kbd> <kbd>→</kbd> step</span>
          <span><kbd>Shift</kbd> <kbd>←</kbd> <kbd>→</kbd> ten</span>
          <span><kbd>Space</kbd> play</span>
          <span><kbd>Home</kbd> <kbd>End</kbd></span>
          <span><kbd>W</kbd> next wake</span>
          <span><kbd>R</kbd> next resource wait</span>
          <span><kbd>E</kbd> next end</span>
          <span><kbd>Shift</kbd> with these: the one before</span>
          <span><kbd>+</kbd> <kbd>−</kbd> <kbd>0</kbd> zoom</span>
          <span><kbd>X</kbd> axis</span>
          <span><kbd>Esc</kbd> back to the notebook</span>
        </div>
        <p class="terms">${Object.entries(TERMS).map(([term, meaning]) => `<b>${term}</b>: ${meaning}.`).join(" ")}</p>
      </details>
    </div>`;
  const find = (selector) => root.querySelector(selector);
  const playButton = find('[data-do="play"]'), axisButton = find('[data-do="axis"]');
  const speed = find("select"), where = find(".where"), status = find(".sentence"), told = find(".sentence > div");
  const slider = find(".playhead"), names = find(".names"), lanesBox = find(".lanes");
  const ruler = find(".ruler"), picture = find(".picture");
  const [canvas, overlay] = picture.querySelectorAll("canvas");
  const panel = (name) => find(`.${name} .body`);

  find(".notes").append(...data.notes.map((note) => element("li", "", note)));

  // ---- Lanes ---------------------------------------------------------------------------------

  // A task that ended before the first event shown, or was born after the last, has no lane; nor has
  // a block (TaskGroup, timeout), which is in the panel of resources as long as it is entered.
  const isBlock = (resource) => resource.kind === "TaskGroup" || resource.kind === "Timeout";
  const lanes = data.lanes
    .filter(([index]) => data.tasks[index].at.length && !(data.tasks[index].end < 0))
    .map(([index, depth]) => ({ task: index, depth }))
    .concat(data.resources.flatMap((resource, index) => (
      resource.changes.length && !isBlock(resource) ? [{ resource: index, depth: 0 }] : [])));
  const shownTasks = lanes.filter((lane) => lane.task !== undefined).map((lane) => data.tasks[lane.task]);
  for (const entry of root.querySelectorAll(".help [data-state]")) {
    const state = Number(entry.dataset.state);
    if (!shownTasks.some((task) => task.state.includes(state))) entry.remove();
  }
  find(".ends").textContent = ["done", "cancelled", "failed", "destroyed"]
    .filter((ending) => shownTasks.some((task) => task.end !== null && task.ending === ending))
    .map((ending) => `${data.signs[ending]} ${ending}`).join("  ");
  const laneOf = new Map(lanes.map((lane, row) => [lane.task, row]));
  laneOf.delete(undefined);
  for (const lane of lanes) {
    const item = element("li", lane.task === undefined ? "resource" : "");
    const named = lane.task === undefined ? data.resources[lane.resource] : data.tasks[lane.task];
    lane.label = element("span", "label", named.label);
    lane.now = element("span", "now");
    lane.item = item;
    item.style.paddingLeft = `${6 + 10 * Math.min(lane.depth, 6)}px`;
    item.title = lane.task === undefined ? `${named.label} (${named.kind})` : `${named.label}: ${named.coroutine}`;
    item.append(lane.label, lane.now);
    names.append(item);
  }
  const shownHeight = Math.max(1, Math.min(lanes.length, MOST_LANES)) * LANE;
  root.style.setProperty("--lane", `${LANE}px`);
  ruler.style.height = `${RULER}px`;
  root.style.setProperty("--lanes", `${shownHeight}px`);
  lanesBox.style.maxHeight = `${shownHeight}px`;
  picture.style.height = `${shownHeight}px`;
  if (lanes.length > MOST_LANES) {
    lanesBox.tabIndex = 0;
    lanesBox.setAttribute("role", "region");
    lanesBox.setAttribute("aria-label", "Lanes");
  }
  canvas.setAttribute("aria-label",
    `Timeline with ${counted(lanes.length, "lane")}; the list of lanes and the panels say in words what it shows at each event`);

  const valueRange = data.resources.map((resource) =>
    Math.max(1, resource.capacity ?? 0, ...resource.changes.slice(0, 5000).map((change) => change[2])));
  const isPermits = (resource) => resource.kind.endsWith("Semaphore");
  const isQueue = (resource) => resource.kind.endsWith("Queue");

  const wordsOf = (change) => data.words[change[1]];

  // ---- The picture ---------------------------------------------------------------------------

  const axes = { events: "by event", time: "by time" };
  let axis = data.clock === "virtual" ? "events" : "time";
  let from = 0, to = 1, width = 0;
  const span = () => (axis === "events" ? [0, count] : [data.times[0], Math.max(data.duration, data.times[last])]);
  const place = (at) => (axis === "events" ? Math.max(0, at) : data.times[Math.max(0, Math.min(at, last))]);
  const MARGIN = 16;
  const x = (value) => ((value - from) / (to - from)) * (width - MARGIN);
  const endPlace = () => span()[1];

  const stripes = (context) => {
    const tile = document.createElement("canvas");
    tile.width = tile.height = 6;
    const pen = tile.getContext("2d");
    pen.fillStyle = palette.background;
    pen.fillRect(0, 0, 6, 6);
    pen.strokeStyle = palette.ink;
    pen.lineWidth = 1.6;
    pen.beginPath();
    for (const shift of [-6, 0, 6]) { pen.moveTo(shift, 6); pen.lineTo(shift + 6, 0); }
    pen.stroke();
    return context.createPattern(tile, "repeat");
  };

  const prepare = (target, wide, high) => {
    const ratio = window.devicePixelRatio || 1;
    target.width = Math.round(wide * ratio);
    target.height = Math.round(high * ratio);
    const context = target.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, wide, high);
    context.font = `${11 * ENLARGED}px system-ui, sans-serif`;
    context.textBaseline = "middle";
    return context;
  };

  const fitted = (context, text, room) => {
    if (room < 18) return "";
    if (context.measureText(text).width <= room) return text;
    let length = Math.floor((room / context.measureText(text).width) * text.length) - 1;
    while (length > 1 && context.measureText(`${text.slice(0, length)}…`).width > room) length -= 1;
    return length > 1 ? `${text.slice(0, length)}…` : "";
  };

  const drawTask = (context, task, y, pattern) => {
    const top = y + 3, high = LANE - 6;
    const starts = task.at;
    const endAt = task.end === null ? endPlace() : place(task.end);
    let index = 0;
    while (index + 1 < starts.length && place(starts[index + 1]) < from) index += 1;
    let drawnTo = -1, drawnState = WAITING;
    for (; index < starts.length; index += 1) {
      const begin = place(starts[index]);
      if (x(begin) > width) break;
      const end = index + 1 < starts.length ? place(starts[index + 1]) : endAt;
      const left = Math.max(-2, x(begin)), right = Math.min(width + 2, x(end));
      if (right < 0) continue;
      const state = task.state[index];
      // Of many spans within one pixel the most telling is drawn: running, then ready, then waiting.
      if (right < drawnTo + 0.7 && state >= drawnState) continue;
      const wide = Math.max(right - left, state === WAITING ? 0 : 1);
      if (state === RUNNING) {
        context.fillStyle = palette.ink;
        context.fillRect(left, top, wide, high);
      } else if (state === READY) {
        context.fillStyle = wide < 4 ? palette.muted : pattern;
        context.fillRect(left, top, wide, high);
        if (wide >= 4) {
          context.strokeStyle = palette.ink;
          context.strokeRect(left + 0.5, top + 0.5, wide - 1, high - 1);
        }
      } else if (state === UNKNOWN) {
        context.strokeStyle = palette.muted;
        context.strokeRect(left + 0.5, top + 0.5, Math.max(wide - 1, 0), high - 1);
      } else {
        const reason = reasonOf(task, index);
        const kind = reason ? reason[0] : "future";
        context.fillStyle = palette.waiting[kind] ?? palette.waiting.future;
        context.fillRect(left, top + 1, wide, high - 2);
        if (wide >= 3) {
          context.strokeStyle = palette.waiting_outline[kind] ?? palette.waiting_outline.future;
          if (data.dotted.includes(kind)) context.setLineDash([2, 2]);
          context.strokeRect(left + 0.5, top + 1.5, wide - 1, high - 3);
          context.setLineDash([]);
        }
        const seen = Math.max(left, 0);
        const label = reason ? fitted(context, reason[1], Math.min(right, width) - seen - 8) : "";
        if (label) {
          context.fillStyle = palette.ink;
          context.fillText(label, seen + 4, y + LANE / 2 + 0.5);
        }
      }
      drawnTo = Math.max(left + wide, drawnTo);
      drawnState = state;
    }
    if (task.end !== null && x(endAt) >= 0 && x(endAt) <= width) {
      context.fillStyle = palette.endings[task.ending];
      context.font = `bold ${13 * ENLARGED}px system-ui, sans-serif`;
      context.fillText(data.signs[task.ending], x(endAt) + 2, y + LANE / 2);
      context.font = `${11 * ENLARGED}px system-ui, sans-serif`;
    }
  };

  const drawResource = (context, index, y) => {
    const resource = data.resources[index], changes = resource.changes;
    const top = y + 3, high = LANE - 6, bottom = top + high;
    const steps = isPermits(resource) || isQueue(resource);
    let at = 0, drawnTo = -1;
    while (at + 1 < changes.length && place(changes[at + 1][0]) < from) at += 1;
    for (; at < changes.length; at += 1) {
      const [began, , value, ...holders] = changes[at];
      if (x(place(began)) > width) break;
      const left = Math.max(-2, x(place(began)));
      const right = Math.min(width + 2, x(at + 1 < changes.length ? place(changes[at + 1][0]) : endPlace()));
      if (right < 0 || (right < drawnTo + 0.7 && !value && !holders.length)) continue;
      const wide = Math.max(right - left, 0.7);
      drawnTo = left + wide;
      if (steps) {
        const level = (high * Math.max(0, value)) / valueRange[index];
        context.fillStyle = palette.level;
        context.fillRect(left, bottom - level, wide, level);
        context.fillStyle = palette.level_outline;
        context.fillRect(left, bottom - level - 1, wide, 1.5);
        const label = fitted(context, String(value), wide - 6);
        context.fillStyle = palette.ink;
        if (label) context.fillText(label, Math.max(left, 0) + 4, y + LANE / 2 + 0.5);
      } else if (holders.length || value) {
        context.fillStyle = holders.length ? palette.held : palette.muted;
        context.fillRect(left, top + 2, wide, high - 4);
        const word = holders.length ? holders.map((task) => data.tasks[task].label).join(", ") : wordsOf(changes[at]);
        const label = fitted(context, word, Math.min(right, width) - Math.max(left, 0) - 8);
        context.fillStyle = palette.on_held;
        if (label) context.fillText(label, Math.max(left, 0) + 4, y + LANE / 2 + 0.5);
      }
    }
  };

  const drawRuler = () => {
    const context = prepare(ruler, width, RULER);
    context.strokeStyle = palette.muted;
    context.fillStyle = palette.muted;
    const first = axis === "events" ? Math.max(0, Math.floor(from)) : upTo(data.times, from) - 1;
    let free = -Infinity, before = null;
    // Times are written where they change; on an axis of events many events share one.
    const stride = axis === "events" ? Math.max(1, Math.floor((to - from) / 2000)) : 1;
    if (axis === "time") {
      const rough = ((to - from) / Math.max(1, width)) * 95;
      const power = 10 ** Math.floor(Math.log10(rough));
      const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough);
      for (let tick = Math.ceil(from / step); tick * step <= to; tick += 1) mark(tick * step, tick * step);
    } else {
      for (let at = Math.max(0, first); at < Math.min(count, to + 1); at += stride) {
        if (data.times[at] === before) continue;
        before = data.times[at];
        mark(Math.max(at, from), before);
      }
    }
    function mark(value, time) {
      const left = x(value);
      context.fillRect(Math.round(left), RULER - 7, 1, 7);
      if (left < free || left < -1) return;
      const label = seconds(time);
      if (left + context.measureText(label).width > width) return;
      context.fillText(label, left + 3, 11 * ENLARGED);
      context.fillRect(Math.round(left), 5, 1, RULER - 5);
      free = left + context.measureText(label).width + 12;
    }
  };

  const draw = () => {
    width = picture.clientWidth;
    if (!width) {
      // JupyterLab takes its styles away for a moment when the theme changes. What is hidden for
      // longer is drawn when its size changes.
      requestAnimationFrame(() => { if (picture.clientWidth) draw(); });
      return;
    }
    drawRuler();
    const context = prepare(canvas, width, shownHeight);
    const pattern = stripes(context);
    context.lineWidth = 1;
    const scrolled = lanesBox.scrollTop;
    const firstRow = Math.floor(scrolled / LANE);
    for (let row = firstRow; row < Math.min(lanes.length, firstRow + MOST_LANES + 1); row += 1) {
      const y = row * LANE - scrolled;
      context.fillStyle = row % 2 ? palette.stripe : palette.background;
      context.fillRect(0, y, width, LANE);
      if (lanes[row].task === undefined) drawResource(context, lanes[row].resource, y);
      else drawTask(context, data.tasks[lanes[row].task], y, pattern);
    }
    drawOverlay();
  };

  const drawOverlay = () => {
    if (!width) return;
    const context = prepare(overlay, width, shownHeight);
    const accent = palette.curves[1], left = x(place(now)), scrolled = lanesBox.scrollTop;
    if (axis === "events") {
      context.globalAlpha = 0.16;
      context.fillStyle = accent;
      context.fillRect(left, 0, Math.max(2, x(now + 1) - left), shownHeight);
      context.globalAlpha = 1;
    }
    context.fillStyle = accent;
    context.fillRect(left - 1, 0, 2, shownHeight);
    context.fillStyle = palette.ink;
    const woken = data.about[now];
    const task = data.tasks[woken];
    if (!task || !(data.jumps[now] & WAKE)) return;
    const index = spanAt(task, now);
    const waker = index < 0 ? -1 : task.cause[index];
    if (index < 0 || task.state[index] !== READY || !laneOf.has(waker) || waker === woken) return;
    // The arrow of the wake-up: from the lane of the waker to the lane of the woken.
    const start = laneOf.get(waker) * LANE + LANE / 2 - scrolled;
    const end = laneOf.get(woken) * LANE + LANE / 2 - scrolled;
    const tip = end - Math.sign(end - start) * 7;
    const middle = left + (axis === "events" ? (x(now + 1) - left) / 2 : 0);
    context.strokeStyle = context.fillStyle = palette.alarm;
    context.lineWidth = 2;
    context.beginPath();
    context.arc(middle, start, 3.5, 0, 7);
    context.fill();
    context.beginPath();
    context.moveTo(middle, start);
    context.lineTo(middle, tip);
    context.stroke();
    context.beginPath();
    const back = tip - Math.sign(end - start) * 7;
    context.moveTo(middle, tip + Math.sign(end - start) * 3);
    context.lineTo(middle - 5, back);
    context.lineTo(middle + 5, back);
    context.fill();
  };

  const zoom = (factor) => {
    const [least, most] = span();
    const full = most - least;
    const size = Math.min(full, Math.max((to - from) * factor, axis === "events" ? Math.min(10, full) : full * 1e-6));
    const centre = place(now);
    const share = Math.min(1, Math.max(0, (centre - from) / (to - from)));
    setView(centre - share * size, size);
  };
  const setView = (start, size) => {
    const [least, most] = span();
    from = Math.max(least, Math.min(start, most - size));
    to = from + Math.max(size, 1e-9);
    draw();
  };
  const fit = () => { const [least, most] = span(); setView(least, most - least); };
  const setAxis = (name) => {
    axis = name;
    axisButton.textContent = axes[axis];
    [from, to] = span();
    if (to <= from) to = from + 1;
    width = picture.clientWidth;
    // At first an event is wide enough to be seen; the rest is a zoom away.
    const room = Math.max(60, Math.floor((width || 640) / 7));
    if (axis === "events" && count > room) setView(now - room / 3, room);
    else draw();
  };

  // ---- What changes at a step ----------------------------------------------------------------

  let now = data.start, playing = null;

  const queue = (indices) => {
    if (!indices.length) return element("span", "empty", "empty");
    const list = element("ol", "queue");
    for (const index of indices.slice(0, LONGEST_LIST)) list.append(element("li", "", chip(index)));
    if (indices.length > LONGEST_LIST) list.append(element("li", "more", `and ${number(indices.length - LONGEST_LIST)} more`));
    return list;
  };

  const showTimers = (state) => {
    find(".timers small").textContent = state.timers.length ? `${number(state.timers.length)}, next due first` : "";
    if (!state.timers.length) return panel("timers").replaceChildren(element("span", "empty", "empty"));
    const list = element("ol", "rows");
    for (const index of state.timers.slice(0, LONGEST_LIST)) {
      const [, , due, task, call] = data.timers[index];
      const item = element("li", "", element("span", "due", seconds(due)));
      if (task >= 0) item.append(chip(task));
      item.append(element("span", "call", call));
      list.append(item);
    }
    if (state.timers.length > LONGEST_LIST) list.append(element("li", "more", `and ${number(state.timers.length - LONGEST_LIST)} more`));
    panel("timers").replaceChildren(list);
  };

  const meter = (resource, value) => {
    const full = resource.capacity;
    if (!(isPermits(resource) || isQueue(resource)) || !full || full > 20 || value < 0 || value > full) return "";
    const made = element("span", "permits", "●".repeat(value) + "○".repeat(full - value));
    made.setAttribute("aria-hidden", "true");
    return made;
  };

  const showResources = (state) => {
    const cards = [];
    state.resources.forEach((entry, index) => {
      if (!entry) return;
      const resource = data.resources[index];
      const [at, , value, ...holders] = entry.change;
      if (isBlock(resource) && !holders.length && !entry.waiters.length && at !== now) return;
      const card = element("div", at === now ? "card changed" : "card");
      card.append(element("div", "", element("b", "", resource.label), " ", element("span", "kind", resource.kind)));
      const list = element("dl");
      const row = (term, ...content) => list.append(element("dt", "", term), element("dd", "", ...content));
      const words = wordsOf(entry.change);
      if (words && !(holders.length && words.startsWith("held"))) row("state", meter(resource, value), words);
      if (holders.length) row(isBlock(resource) ? "entered by" : "held by", queue(holders));
      if (isBlock(resource)) {
        if (entry.waiters.length) row("waited for by", queue(entry.waiters));
      } else row("in line", entry.waiters.length ? queue(entry.waiters) : element("span", "empty", "nobody"));
      card.append(list);
      cards.push(card);
    });
    panel("resources").replaceChildren(...(cards.length ? cards : [element("span", "empty", "none so far")]));
  };

  let shownFile = -1, rows = new Map(), marked = [];
  const showFile = (index) => {
    if (shownFile === index) return;
    shownFile = index;
    rows = new Map();
    marked = [];
    const code = element("div", "code");
    for (const [start, ...lines] of data.files[index].parts) {
      if (start > 1) code.append(element("div", "line", element("span", "gap", "⋯")));
      lines.forEach((line, position) => {
        const entry = { mark: element("span", "mark"), who: element("span", "who") };
        entry.row = element("div", "line", entry.mark, element("span", "number", String(start + position)), element("span", "text", line || " "), entry.who);
        rows.set(start + position, entry);
        code.append(entry.row);
      });
    }
    if (!rows.size) code.append(element("div", "gap", "the source could not be read"));
    panel("source").replaceChildren(code);
  };

  /** The task whose line is shown: who runs, else whom the event is about, else who last did anything. */
  const standsFor = (state) => {
    const about = data.about[now];
    if (state.running >= 0) return state.running;
    if (about >= 0 && state.spans[about] >= 0) return about;
    let latest = -1, newest = -Infinity;
    state.spans.forEach((span, index) => {
      if (span < 0 || data.tasks[index].at[span] < newest) return;
      latest = index;
      newest = data.tasks[index].at[span];
    });
    return latest;
  };

  const showSource = (state) => {
    const about = standsFor(state);
    const small = find(".source small");
    if (about < 0) { small.textContent = ""; unmark(); return; }
    const task = data.tasks[about], index = state.spans[about];
    const location = (position) => (position >= 0 && task.location[position] >= 0 ? data.locations[task.location[position]] : null);
    const running = task.state[index] === RUNNING;
    const stands = location(index);
    const resumes = running ? location(index - 1) : stands;
    const stops = running ? stands : null;
    const shown = resumes ?? stops;
    unmark();
    if (!shown) {
      const begun = running || index > 0;
      small.textContent = begun ? `${task.label}: line not known` : `${task.label} has not begun`;
      return;
    }
    showFile(shown[0]);
    const words = running
      ? `${resumes ? `from line ${resumes[1]}` : "from its start"}${stops ? ` to line ${stops[1]}` : ""}`
      : `goes on from line ${shown[1]}`;
    small.textContent = `${data.files[shown[0]].name}, ${shown[2]}: ${task.label} ${words}`;
    small.title = small.textContent;
    const mark = (place, className, text) => {
      if (!place || place[0] !== shown[0] || !rows.has(place[1])) return;
      const entry = rows.get(place[1]);
      entry.row.classList.add(className);
      if (!entry.mark.textContent) entry.mark.textContent = text;
      marked.push(entry);
    };
    mark(resumes, "from", "▶");
    mark(stops, "to", "■");
    const standing = new Map();
    state.spans.forEach((position, other) => {
      if (position < 0 || data.tasks[other].location[position] < 0) return;
      const [file, line] = data.locations[data.tasks[other].location[position]];
      if (file !== shown[0]) return;
      standing.set(line, [...(standing.get(line) ?? []), other]);
    });
    for (const [line, tasks] of standing) {
      const entry = rows.get(line);
      if (!entry) continue;
      const labels = tasks.map((other) => data.tasks[other].label).join(", ");
      entry.who.textContent = tasks.length > 1 && labels.length > 20 ? `${tasks.length} tasks` : labels;
      entry.who.title = labels;
      marked.push(entry);
    }
    const entry = rows.get(shown[1]);
    if (entry) {
      const box = panel("source"), above = entry.row.offsetTop - box.offsetTop;
      if (above < box.scrollTop + 20 || above > box.scrollTop + box.clientHeight - 60) box.scrollTop = above - box.clientHeight / 3;
    }
  };
  const unmark = () => {
    for (const entry of marked) {
      entry.row.classList.remove("from", "to");
      entry.mark.textContent = entry.who.textContent = "";
    }
    marked = [];
  };

  const showLanes = (state) => {
    for (const lane of lanes) {
      let words, gone = false;
      if (lane.task === undefined) {
        const entry = state.resources[lane.resource];
        words = entry ? wordsOf(entry.change) : "";
      } else {
        const task = data.tasks[lane.task], index = state.spans[lane.task];
        gone = index < 0;
        if (!gone) {
          const reason = reasonOf(task, index);
          words = reason ? reason[1] : STATE_WORDS[task.state[index]];
        } else words = task.end !== null && now >= task.end ? `${data.signs[task.ending]} ${task.ending}` : "";
      }
      if (lane.words !== words) lane.now.textContent = lane.words = words;
      const about = lane.task !== undefined && lane.task === data.about[now];
      if (lane.gone !== gone) lane.item.classList.toggle("gone", (lane.gone = gone));
      if (lane.about !== about) lane.item.classList.toggle("about", (lane.about = about));
    }
    const row = laneOf.get(data.about[now]);
    if (row === undefined) return;
    const top = row * LANE;
    if (top < lanesBox.scrollTop || top + LANE > lanesBox.scrollTop + shownHeight) {
      lanesBox.scrollTop = top - shownHeight / 2;
    }
  };

  const show = () => {
    const state = machineAt(now);
    const turn = upTo(data.turns, now);
    where.replaceChildren("event ", element("b", "", number(data.first + now + 1)), ` of ${number(data.total)} · `,
      element("b", "", seconds(data.times[now])), turn ? ` · turn ${number(turn)}` : "");
    told.replaceChildren(...data.sentences[now].flatMap((one, index) => [...(index ? [" "] : []), ...sentence(one)]));
    slider.value = String(now);
    slider.setAttribute("aria-valuetext", `event ${data.first + now + 1} of ${data.total}, ${seconds(data.times[now])}`);
    panel("running").replaceChildren(state.running < 0 ? element("span", "empty", "no task") : chip(state.running));
    find(".ready small").textContent = state.ready.length ? `${number(state.ready.length)}, first in front` : "";
    panel("ready").replaceChildren(queue(state.ready));
    showTimers(state);
    showResources(state);
    showSource(state);
    showLanes(state);
    for (const name of ["first", "back"]) find(`[data-do="${name}"]`).setAttribute("aria-disabled", String(now === 0));
    for (const name of ["forward", "last"]) find(`[data-do="${name}"]`).setAttribute("aria-disabled", String(now === last));
    const here = place(now);
    if (here < from || here >= to) setView(here - (to - from) / 4, to - from);
    else drawOverlay();
  };

  const go = (at) => {
    now = Math.max(0, Math.min(last, at));
    show();
  };
  const jump = (kind, direction) => {
    for (let at = now + direction; at >= 0 && at <= last; at += direction) {
      if (data.jumps[at] & kind) return go(at);
    }
    const which = direction > 0 ? "There is no later" : "There is no earlier";
    told.replaceChildren(`${which} ${JUMP_WORDS.get(kind)}.`);
  };

  const stop = () => {
    if (playing === null) return;
    cancelAnimationFrame(playing);
    playing = null;
    playButton.innerHTML = PLAY;
    playButton.setAttribute("aria-label", "Play");
    status.setAttribute("aria-live", "polite");
  };
  const play = () => {
    if (now === last) go(0);
    playButton.innerHTML = PAUSE;
    playButton.setAttribute("aria-label", "Pause");
    status.setAttribute("aria-live", "off");
    let before = performance.now(), due = 0;
    const frame = (time) => {
      if (!host.isConnected) return stop();
      due += ((time - before) / 1000) * Number(speed.value);
      before = time;
      const steps = Math.floor(due);
      due -= steps;
      if (steps > 0) go(now + steps);
      if (now === last) stop();
      else playing = requestAnimationFrame(frame);
    };
    playing = requestAnimationFrame(frame);
  };

  // ---- Mouse and keyboard --------------------------------------------------------------------

  const actions = {
    first: () => go(0),
    back: () => go(now - 1),
    forward: () => go(now + 1),
    last: () => go(last),
    play: () => (playing === null ? play() : stop()),
    axis: () => setAxis(axis === "events" ? "time" : "events"),
    in: () => zoom(0.5),
    out: () => zoom(2),
    fit,
  };
  const act = (name) => {
    if (["first", "back", "forward", "last"].includes(name)) stop();
    actions[name]();
  };
  root.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.do) act(button.dataset.do);
    else {
      stop();
      jump(Number(button.dataset.jump), event.shiftKey ? -1 : 1);
    }
  });
  slider.addEventListener("input", () => { stop(); go(Number(slider.value)); });

  const keys = { Home: "first", End: "last", " ": "play", x: "axis", "+": "in", "=": "in", "-": "out", "−": "out", 0: "fit" };
  const jumps = { w: WAKE, r: RESOURCE, e: END };
  const steps = { ArrowLeft: -1, ArrowRight: 1 };
  const withoutCase = (key) => (key.length === 1 ? key.toLowerCase() : key);
  const isPlain = (event) => !event.ctrlKey && !event.metaKey && !event.altKey;
  // A control of its own has the keys by which it is used.
  const isForControl = (target, key) =>
    (target === speed && !(key in jumps) && key !== "x" && key !== "Escape") ||
    (target.closest("button, summary") && (key === " " || key === "Enter"));

  root.addEventListener("keydown", (event) => {
    const target = event.composedPath()[0], key = withoutCase(event.key);
    if (!isPlain(event) || isForControl(target, key)) return;
    if (key === "Escape") {
      target.blur();
      host.closest(".jp-Cell")?.focus(); // from there all keys are the notebook's
    }
    if (key in steps) {
      stop();
      go(now + steps[key] * (event.shiftKey ? 10 : 1));
    } else if (key in jumps) {
      stop();
      jump(jumps[key], event.shiftKey ? -1 : 1);
    } else if (key in keys) act(keys[key]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  // A notebook has keys for cells, and takes them from whatever is in a cell but for an element that
  // has this attribute. Keys that write, or that are the replay's, have no effect on cells in here;
  // Escape, Shift+Enter, Ctrl+S and the like are the notebook's. Some notebooks look before anybody
  // else may, and only the window comes before them.
  const leaveOrTake = (event) => {
    if (!host.isConnected) return removeEventListener("keydown", leaveOrTake, { capture: true });
    if (event.target !== host) return;
    const key = withoutCase(event.key), plain = isPlain(event);
    const own = key in steps || key in keys || key.length === 1 || key.startsWith("Arrow") ||
      (!event.shiftKey && isForControl(event.composedPath()[0], key));
    host.toggleAttribute("data-lm-suppress-shortcuts", plain && own);
  };
  addEventListener("keydown", leaveOrTake, { capture: true });

  const drag = (event) => {
    const value = from + ((event.clientX - picture.getBoundingClientRect().left) / (width - MARGIN)) * (to - from);
    stop();
    go(axis === "events" ? Math.floor(value) : upTo(data.times, value) - 1);
  };
  for (const surface of [picture, ruler]) {
    surface.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || !width) return;
      surface.setPointerCapture(event.pointerId);
      drag(event);
    });
    surface.addEventListener("pointermove", (event) => {
      if (surface.hasPointerCapture(event.pointerId)) drag(event);
    });
    surface.addEventListener("wheel", (event) => {
      if (event.ctrlKey) zoom(event.deltaY > 0 ? 1.25 : 0.8);
      else if (event.shiftKey || event.deltaX) setView(from + ((event.deltaX || event.deltaY) / (width - MARGIN)) * (to - from), to - from);
      else return;
      event.preventDefault();
    }, { passive: false });
  }

  // ---- Light and dark ------------------------------------------------------------------------

  const system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => {
    if (data.dark !== null) return data.dark;
    const page = document.body.dataset;
    if (page.jpThemeLight) return page.jpThemeLight === "false";
    if (page.vscodeThemeKind) return page.vscodeThemeKind.includes("dark");
    return system.matches;
  };
  const paint = (dark) => {
    palette = dark ? data.palettes.dark : data.palettes.light;
    const colours = {
      background: palette.background, stripe: palette.stripe, grid: palette.grid, muted: palette.muted,
      ink: palette.ink, alarm: palette.alarm, accent: palette.curves[1], highlight: palette.waiting.sleep,
      pale: palette.waiting.sleep, "pale-outline": palette.waiting_outline.sleep,
    };
    for (const [name, colour] of Object.entries(colours)) root.style.setProperty(`--${name}`, colour);
    root.style.colorScheme = dark ? "dark" : "light";
    draw();
    show();
  };
  const repaint = () => paint(isDark());
  system.addEventListener("change", repaint);
  new MutationObserver(repaint).observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "data-vscode-theme-kind"] });
  addEventListener("beforeprint", () => paint(false));
  addEventListener("afterprint", repaint);

  // ---- Begin ---------------------------------------------------------------------------------

  if (data.files.length) showFile(0);
  const shadow = host.attachShadow({ mode: "open" });
  shadow.append(element("style", "", data.style), root);
  shadow.replay = { count, machineAt, go };
  setAxis(axis);
  repaint();
  lanesBox.addEventListener("scroll", draw);
  new ResizeObserver(() => { if (picture.clientWidth && picture.clientWidth !== width) draw(); }).observe(picture);
})();
