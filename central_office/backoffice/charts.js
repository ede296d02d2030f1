// Charts: lines over time by uPlot, bars as plain elements. Each has its figures as text beside it.

import { date, percent, say } from "/office/words.js";
import { make } from "/office/elements.js";

/** @typedef {{ label: string, values: (number | null)[], tone?: string, dashed?: boolean }} Series */
/** @typedef {{ label: string, value: number, href?: string, note?: string, tone?: string }} Bar */

const HEIGHT = 220;
/** Steps of an axis of money whose figures are written without cents. */
const WHOLE_UNITS = Array.from({ length: 30 }, (_, index) => [100, 200, 500][index % 3] * 10 ** Math.floor(index / 3));
const uPlot = /** @type {any} */ (window).uPlot;

/** @param {string} name */
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/**
 * Lines over business days.
 * @param {string} title What it shows, for those who do not see it.
 * @param {string[]} days `YYYY-MM-DD`, ascending.
 * @param {Series[]} series
 * @param {{ write: (value: number) => string, short?: (value: number) => string, step?: boolean, pick?: (day: string) => void }} how
 * @returns {HTMLElement}
 */
export function timeline(title, days, series, how) {
  const seconds = days.map((day) => Date.parse(`${day}T00:00:00Z`) / 1000);
  const write = (/** @type {any} */ _, /** @type {number[]} */ ticks) =>
    ticks.map((tick) => date(new Date(tick * 1000).toISOString().slice(0, 10), "axis"));
  return plotted(title, seconds, series, {
    ...how,
    bars: days.length <= 45 && series.length === 1,
    ticks: write,
    day: (at) => days[at],
  });
}

/**
 * Steps over moments.
 * @param {string} title
 * @param {number[]} moments Microseconds since 1970.
 * @param {Series[]} series
 * @param {(value: number) => string} write
 */
export function steps(title, moments, series, write) {
  const ticks = (/** @type {any} */ _, /** @type {number[]} */ at) =>
    at.map((tick) => date(new Date(tick * 1000).toISOString().slice(0, 10), "axis"));
  return plotted(
    title,
    moments.map((us) => us / 1e6),
    series,
    { write, step: true, bars: false, ticks, day: () => "" },
  );
}

/**
 * @param {string} title @param {number[]} at @param {Series[]} series
 * @param {{ write: (value: number) => string, short?: (value: number) => string, step?: boolean, bars: boolean, ticks: any, pick?: (day: string) => void, day: (at: number) => string }} how
 */
function plotted(title, at, series, how) {
  const tip = make("p", { class: "tip", "aria-hidden": "true" });
  const place = make("div", { class: "plot", role: "img", "aria-label": title });
  const box = make("figure", { class: "chart" }, tip, legend(series), place);
  if (!at.length) return box;
  const paths = how.step
    ? uPlot.paths.stepped({ align: 1 })
    : how.bars
      ? uPlot.paths.bars({ size: [0.7, 64], radius: 0.15 })
      : uPlot.paths.linear();
  const axis = {
    stroke: colour("soft"),
    grid: { stroke: colour("line"), width: 1 },
    ticks: { show: false },
    font: "12px system-ui, sans-serif",
  };
  const drawn = how.bars ? series.flatMap(bySign) : series;
  const begin = () => {
    const plot = new uPlot(
      {
        width: Math.max(240, place.clientWidth),
        height: HEIGHT,
        tzDate: (/** @type {number} */ at) => uPlot.tzDate(new Date(at * 1000), "Etc/UTC"),
        legend: { show: false },
        cursor: { y: false, drag: { x: false, y: false }, points: { show: !how.bars } },
        scales: {
          x: {
            range: (/** @type {any} */ _, /** @type {number} */ low, /** @type {number} */ high) =>
              margins(low, high, at.length, how.bars),
          },
          y: { range: reach },
        },
        axes: [
          {
            ...axis,
            values: how.ticks,
            grid: { show: false },
            space: 70,
            size: 34,
            incrs: [1, 2, 7, 14, 30, 61, 122, 365].map((days) => days * 86400),
          },
          {
            ...axis,
            values: (/** @type {any} */ _, /** @type {number[]} */ ticks) => ticks.map(how.short || how.write),
            size: 70,
            incrs: how.short ? WHOLE_UNITS : undefined,
          },
        ],
        series: [
          {},
          ...drawn.map((each, index) => ({
            label: each.label,
            stroke: colour(tone(each, index)),
            width: how.bars ? 0 : 2.5,
            paths,
            fill: how.bars
              ? colour(tone(each, index))
              : index === 0 && series.length === 1
                ? `color-mix(in srgb, ${colour("accent")} 14%, transparent)`
                : undefined,
            dash: each.dashed ? [6, 5] : undefined,
            points: { show: !how.bars && at.length < 2 },
          })),
        ],
        hooks: { setCursor: [(/** @type {any} */ plot) => tell(tip, plot.cursor.idx, series, how)] },
      },
      [at, ...drawn.map((each) => each.values)],
      place,
    );
    if (how.pick) {
      place.addEventListener("click", () => {
        if (plot.cursor.idx !== null && how.pick) how.pick(how.day(plot.cursor.idx));
      });
      place.classList.add("picks");
    }
    new ResizeObserver(() => {
      if (place.clientWidth && place.clientWidth !== plot.width)
        plot.setSize({ width: place.clientWidth, height: HEIGHT });
    }).observe(place);
  };
  requestAnimationFrame(begin);
  return box;
}

/** What is below nothing has a colour of its own. @param {Series} series @returns {Series[]} */
function bySign(series) {
  if (!series.values.some((value) => (value ?? 0) < 0)) return [series];
  return [
    { ...series, values: series.values.map((value) => ((value ?? 0) > 0 ? value : null)), tone: "second" },
    { ...series, values: series.values.map((value) => ((value ?? 0) < 0 ? value : null)), tone: "bad" },
  ];
}

/** @param {number} low @param {number} high @param {number} count @param {boolean} bars */
function margins(low, high, count, bars) {
  const half = bars ? 43200 : 0;
  return count === 1 ? [low - 86400, high + 86400] : [low - half, high + half];
}

/** @param {any} _ @param {number} low @param {number} high */
function reach(_, low, high) {
  const [least, most] = [Math.min(0, low ?? 0), Math.max(0, high ?? 0)];
  const room = (most - least || 1) * 0.08;
  return [least < 0 ? least - room : 0, most + room];
}

/** @param {Series} series @param {number} index */
const tone = (series, index) => series.tone || ["accent", "second", "care", "bad"][index % 4];

/** @param {HTMLElement} tip @param {number | null | undefined} at @param {Series[]} series @param {{ write: (value: number) => string, day: (at: number) => string }} how */
function tell(tip, at, series, how) {
  if (at === null || at === undefined) {
    tip.textContent = "";
    return;
  }
  const values = series
    .map((each) => [series.length > 1 ? `${each.label} ` : "", each.values[at] ?? null])
    .filter(([, value]) => value !== null)
    .map(([label, value]) => `${label}${how.write(Number(value))}`);
  tip.textContent = [how.day(at) ? date(how.day(at)) : "", values.join(" · ")].filter(Boolean).join(": ");
}

/** @param {Series[]} series */
function legend(series) {
  if (series.length < 2) return null;
  return make(
    "ul",
    { class: "legend" },
    series.map((each, index) =>
      make(
        "li",
        {},
        make("span", {
          class: `swatch tone-${tone(each, index)}${each.dashed ? " dashed" : ""}`,
          "aria-hidden": "true",
        }),
        each.label,
      ),
    ),
  );
}

/**
 * Bars that lie, one below the other; each leads to what is behind it.
 * @param {Bar[]} bars
 * @param {(value: number) => string} write
 * @param {{ share?: boolean }} [how]
 */
export function bars(bars, write, { share = false } = {}) {
  const most = Math.max(1, ...bars.map((each) => Math.abs(each.value)));
  const whole = bars.reduce((sum, each) => sum + each.value, 0);
  return make(
    "ul",
    { class: "bars" },
    bars.map((each) => {
      const fill = length(Math.abs(each.value) / most, each.tone || (each.value < 0 ? "bad" : "accent"));
      const part = share && whole > 0 ? make("small", {}, percent(each.value / whole)) : null;
      const inside = [
        make("span", { class: "name" }, each.label),
        make("span", { class: "figure" }, write(each.value), part ? " " : null, part),
        fill,
        each.note ? make("small", { class: "note" }, each.note) : null,
      ];
      return make("li", {}, each.href ? make("a", { href: each.href }, inside) : make("div", {}, inside));
    }),
  );
}

/**
 * A bar as a drawing: its length is an attribute, so that no style has to be written into the page.
 * @param {number} part @param {string} tone
 */
function length(part, tone) {
  return make("progress", {
    class: `bar tone-${tone}`,
    max: 1000,
    value: Math.round(part * 1000),
    "aria-hidden": "true",
  });
}

/**
 * Hours of the day as standing bars.
 * @param {string} title @param {{ hour: number, value: number }[]} hours @param {(value: number) => string} write
 * @param {(hour: number) => string} href
 */
export function hourly(title, hours, write, href) {
  const most = Math.max(1, ...hours.map((each) => each.value));
  return make(
    "ol",
    { class: "hours", "aria-label": title },
    hours.map((each) =>
      make(
        "li",
        {},
        make(
          href(each.hour) ? "a" : "div",
          { href: href(each.hour) || null, class: "line" },
          make("span", { class: "unseen" }, say("hour_from", { hour: each.hour }), " "),
          length(Math.max(0, each.value) / most, "accent"),
          make("span", { class: "figure" }, write(each.value)),
          make("span", { class: "hour", "aria-hidden": "true" }, String(each.hour)),
        ),
      ),
    ),
  );
}
