// Reads a painted picture as a learner does: lanes by their labels, times by the axis, and what bars
// and signs mean by the legend. Nothing of the plan is looked at, only what stands on the page.
(svg) => {
  const corner = svg.getBoundingClientRect();
  const style = (element) => getComputedStyle(element);
  const isVisible = (element) => style(element).display !== "none";
  const texts = [...svg.querySelectorAll("text")].filter((text) => isVisible(text) && text.textContent.trim()).map((text) => {
    const { left, right, top, bottom } = text.getBoundingClientRect();
    const high = parseFloat(style(text).fontSize) * 0.42; // of what is seen of letters, above and below their middle
    return { text: text.textContent, left: left - corner.left, right: right - corner.left, y: (top + bottom) / 2 - corner.top, high, onBars: style(text).stroke !== "none" };
  });
  const paths = [...svg.querySelectorAll("path:not(.grid):not(.axis)")].filter((path) => !path.closest("defs") && isVisible(path) && path.getAttribute("d"));
  const [edge, low] = svg.querySelector("path.axis").getAttribute("d").match(/[\d.]+/g).map(Number);
  const middle = (path) => {
    const { left, right, top, bottom } = path.getBoundingClientRect();
    return [(left + right) / 2 - corner.left, (top + bottom) / 2 - corner.top];
  };

  // The legend: words, and what stands at the left of them.
  const isLegend = (y) => y > low + 25;
  const legend = texts.filter((text) => isLegend(text.y) && text.text.length > 1).map((words) => {
    const isNear = ([x, y]) => Math.abs(y - words.y) < 9 && x > words.left - 27 && x < words.left;
    const signs = texts.filter((sign) => sign !== words && isNear([(sign.left + sign.right) / 2, sign.y])).map((sign) => sign.text);
    return { words: words.text, signs, shapes: paths.filter((path) => isNear(middle(path))) };
  });
  // Signs of one kind begin alike, however large they are.
  const kind = (path) => (path.getAttribute("transform") ? path.getAttribute("d").slice(0, 4) : style(path).fill === "none" ? "line" : "box");
  const look = (path) => (kind(path) === "box" ? style(path).fill : [style(path).fill, style(path).stroke, style(path).strokeDasharray].join());
  const meaning = (path) => legend.find((entry) => entry.shapes.some((shape) => kind(shape) === kind(path) && look(shape) === look(path)))?.words;

  // The axis.
  const ticks = texts.filter((text) => Math.abs(text.y - low - 14) < 4 && text.left > edge - 20);
  const [[x0, t0], [x1, t1]] = [ticks[0], ticks.at(-1)].map((tick) => [(tick.left + tick.right) / 2, parseFloat(tick.text)]);
  const time = (x) => Math.abs(Math.round((t0 + ((x - x0) * (t1 - t0)) / (x1 - x0)) * 10) / 10);

  // The lanes.
  const lanes = [];
  for (const text of texts.filter((one) => one.left < edge - 8 && one.y < low && !one.onBars)) {
    const lane = lanes.find((one) => Math.abs(one.y - text.y) < 4);
    if (!lane) lanes.push({ label: text.text, y: text.y, bars: [], right: 0, signs: [], ends: [], notes: [] });
  }
  lanes.sort((one, other) => one.y - other.y);
  const nearest = (y) => lanes.reduce((best, lane) => (Math.abs(lane.y - y) < Math.abs(best.y - y) ? lane : best));
  const above = (y) => lanes.filter((lane) => lane.y < y + 4).at(-1) ?? lanes[0];

  const said = new Set(texts.filter((text) => text.y < low && (text.onBars || text.left > edge - 8)));
  const rectangles = /M([\d.-]+) ([\d.-]+)(?:h([\d.-]+)v([\d.-]+)h|H([\d.-]+)V([\d.-]+)H)/g;
  const bars = [];
  for (const path of paths.filter((one) => kind(one) === "box" && !isLegend(middle(one)[1]))) {
    for (const [, x, y, width, height, x2, y2] of path.getAttribute("d").matchAll(rectangles)) {
      const [left, top] = [Number(x), Number(y)];
      const [right, bottom] = width ? [left + Number(width), top + Number(height)] : [Number(x2), Number(y2)];
      if (right - left > 3 && bottom - top > 1) bars.push({ is: meaning(path), left, right, top, bottom }); // the others take no time, or are empty
    }
  }
  // Words belong to the smallest bar that they stand in; in a strip, at the foot or head of a lane, there are none.
  for (const bar of bars.filter((one) => one.is).sort((one, other) => one.right - one.left - (other.right - other.left))) {
    const inside = bar.bottom - bar.top < 6 ? undefined : [...said].find((text) => text.left >= bar.left - 1 && text.right <= bar.right + 1 && text.y > bar.top - 1 && text.y < bar.bottom + 1);
    said.delete(inside);
    const lane = nearest((bar.top + bar.bottom) / 2);
    lane.bars.push({ is: bar.is, from: time(bar.left), to: time(bar.right), says: inside?.text ?? "" });
    lane.right = Math.max(lane.right, bar.right);
  }
  for (const path of paths.filter((one) => kind(one) !== "box" && !isLegend(middle(one)[1]))) {
    const is = meaning(path);
    const [x, y] = middle(path);
    const isArrow = is === "wakes";
    if (!is || (isArrow && kind(path) === "line") || kind(path) === "M-3.") continue; // the bar within a disc
    // An arrow points at whom it wakes.
    const end = isArrow ? y + (path.getAttribute("d").startsWith("M-4 7") ? -10 : 10) : y;
    const isLevel = kind(path) === "line" && path.getBBox().height < 1; // a line from end to end
    nearest(end).signs.push({ is, x, at: isLevel ? null : time(kind(path) === "M0 0" ? x + 5 : x) });
  }
  for (const text of said) {
    const sign = legend.find((entry) => entry.signs.includes(text.text));
    const lane = sign ? nearest(text.y) : above(text.y);
    if (!sign) lane.notes.push(text.text);
    else lane.ends.push(text.left > lane.right - 1 ? sign.words : `${sign.words}, before the end of the lane`);
  }

  // Words under a lane begin or end at a sign on it, or at its end.
  const astray = lanes.flatMap((lane) => texts
    .filter((text) => lane.notes.includes(text.text) && text.text.length > 2 && text.y > lane.y + 8)
    .filter((text) => ![lane.right, ...lane.signs.map((sign) => sign.x)].some((x) => Math.abs(x - text.left) < 12 || Math.abs(x - text.right) < 12 || (text.right > corner.width - 8 && x > text.left)))
    .map((text) => text.text));
  // No upright line goes through words, nor does a sign stand on them.
  const crossed = texts.filter((text) => text.onBars && text.text.length > 1 && text.y < low).flatMap((text) => paths
    .map((path) => ({ kind: kind(path), ...["left", "right", "top", "bottom"].reduce((box, side) => ({ ...box, [side]: path.getBoundingClientRect()[side] - corner[/left|right/.test(side) ? "left" : "top"] }), {}) }))
    .filter(({ kind: one, left, right }) => one === "M-6 " || (one === "line" && right - left < 3))
    .filter(({ left, right, top, bottom }) => right > text.left + 1 && left < text.right - 1 && top < text.y + 2 && bottom > text.y - 2)
    .map(() => text.text));
  const together = texts.flatMap((one, number) => texts.slice(number + 1)
    .filter((other) => Math.min(one.right, other.right) - Math.max(one.left, other.left) > 1.5 && Math.abs(one.y - other.y) < one.high + other.high - 1.5)
    .map((other) => [one.text, other.text]));
  const outside = texts.filter((text) => text.left < -1 || text.right > corner.width + 1 || text.y > corner.height).map((text) => text.text);
  return { lanes, astray, crossed, together, outside, legend: legend.map((entry) => entry.words), ticks: ticks.length };
}
