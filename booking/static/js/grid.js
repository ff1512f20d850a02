// The grid with JavaScript: one tab stop, arrow keys, and a stretch of time chosen by two presses or by Shift and an arrow.
// Without it every free column is a plain submit button that opens the booking form.
document.addEventListener("DOMContentLoaded", () => {
  const grid = document.querySelector("[data-grid]");
  const bar = document.querySelector("[data-selection]");
  if (!grid || !bar) return;

  // Moments, not wall times: on the days the clocks change an hour is missing or there twice.
  const rows = [...grid.querySelectorAll("tbody tr")]
    .map((row) => [...row.querySelectorAll("button.slot")])
    .filter((row) => row.length);
  const all = rows.flat();
  const place = new Map();
  for (const row of rows) for (const slot of row) place.set(slot, row);
  const start = (slot) => Date.parse(slot.value);
  const end = (slot) => start(slot) + slot.closest("td").colSpan * grid.dataset.step * 60000;
  const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: grid.dataset.zone });

  const focus = (slot) => {
    if (!slot) return;
    for (const other of all) other.tabIndex = -1;
    slot.tabIndex = 0;
    slot.focus();
  };

  const beside = (slot, step) => {
    const row = place.get(slot);
    return row[row.indexOf(slot) + step];
  };

  const nearest = (row, slot) => row && row.reduce((best, other) => (
    Math.abs(start(other) - start(slot)) < Math.abs(start(best) - start(slot)) ? other : best));

  const nextRow = (slot, step) => nearest(rows[rows.indexOf(place.get(slot)) + step], slot);

  const between = (first, last) => {
    const row = place.get(first);
    const [from, to] = [row.indexOf(first), row.indexOf(last)].sort((a, b) => a - b);
    return row.slice(from, to + 1);
  };

  const unbroken = (first, last) => place.get(first) === place.get(last)
    && between(first, last).every((slot, index, run) => index === 0 || start(slot) === end(run[index - 1]));

  let anchor = null;
  let chosen = [];
  const length = (milliseconds) => {
    const minutes = milliseconds / 60000;
    return [minutes >= 60 && `${Math.floor(minutes / 60)} h`, minutes % 60 && `${minutes % 60} min`].filter(Boolean).join(" ");
  };

  const select = (first, last) => {
    for (const slot of chosen) slot.removeAttribute("aria-pressed");
    anchor = first;
    chosen = first ? between(first, last) : [];
    for (const slot of chosen) slot.setAttribute("aria-pressed", "true");
    bar.hidden = !first;
    if (!first) return;
    const [from, to] = [start(chosen[0]), end(chosen.at(-1))];
    bar.action = first.form.action;
    bar.elements.start.value = chosen[0].value;
    bar.elements.end.value = new Date(to).toISOString();
    const room = Object.assign(document.createElement("b"), {
      textContent: first.closest("tr").querySelector("th a").textContent,
    });
    bar.querySelector("output").replaceChildren(room, ` ${clock.format(from)}–${clock.format(to)}, ${length(to - from)}`);
  };

  grid.addEventListener("click", (event) => {
    const slot = event.target.closest("button.slot");
    if (!slot) return;
    event.preventDefault();
    focus(slot);
    if (anchor && anchor !== slot && unbroken(anchor, slot)) select(anchor, slot);
    else if (anchor === slot && chosen.length === 1) select(null);
    else select(slot, slot);
  });

  grid.addEventListener("keydown", (event) => {
    const slot = event.target.closest("button.slot");
    if (!slot) return;
    const row = place.get(slot);
    const to = {
      ArrowRight: beside(slot, 1), ArrowLeft: beside(slot, -1), ArrowDown: nextRow(slot, 1), ArrowUp: nextRow(slot, -1),
      Home: row[0], End: row.at(-1),
    }[event.key];
    const day = { PageUp: "before", PageDown: "after" }[event.key];
    if (event.key === "Escape") select(null);
    if (day) {
      event.preventDefault();
      document.querySelector(`[data-day="${day}"]`)?.click();
    }
    if (!to) return;
    event.preventDefault();
    if (event.shiftKey) {
      const from = anchor && place.get(anchor) === row ? anchor : slot;
      if (!unbroken(from, to)) return;
      select(from, to);
    }
    focus(to);
  });

  bar.addEventListener("reset", () => {
    const back = anchor;
    select(null);
    focus(back);
  });

  for (const slot of all) slot.tabIndex = -1;
  if (all[0]) all[0].tabIndex = 0;

  // One room open around the clock makes the day wide: begin where most rooms have something free, or at the time asked for.
  const scroller = grid.closest(".room-grid-scroll");
  const firsts = rows.map((row) => row[0]).sort((a, b) => start(a) - start(b));
  const middle = firsts[Math.floor(firsts.length / 2)];
  const asked = scroller.querySelector(".now-line .asked");
  const names = grid.querySelector("thead th").offsetWidth;
  const wanted = asked ? asked.getBoundingClientRect().left - grid.getBoundingClientRect().left : middle?.closest("td").offsetLeft ?? 0;
  scroller.scrollLeft = Math.max(0, wanted - names - (middle?.offsetWidth ?? 0));
});

// Times belong to the location; say so first when the reader's own clock shows another.
document.addEventListener("DOMContentLoaded", () => {
  for (const words of document.querySelectorAll("[data-zone-words]")) {
    const now = new Date();
    const wall = (zone) => new Intl.DateTimeFormat("en-GB", { dateStyle: "short", timeStyle: "short", timeZone: zone }).format(now);
    if (wall(words.dataset.zone) === wall(undefined)) continue;
    words.textContent = ` · ${words.dataset.zoneWords}`;
    words.hidden = false;
  }
});
