// Hours: who should be here today, who is, and clocking in, out and for a break.

import { RefusedError, newId } from "../client.js";
import { announce, button, dialog, make } from "./elements.js";
import { askPin } from "./staff.js";
import { moment, say } from "./words.js";

/** @typedef {import("./box.js").Box} Box */
/** @typedef {import("../client.js").Json} Json */

/** @type {Record<string, ("clock_in" | "clock_out" | "break_start" | "break_end")[]>} What may follow. */
const NEXT = { out: ["clock_in"], in: ["break_start", "clock_out"], break: ["break_end", "clock_out"] };

/** Today's roster and hours; somebody touches their name and clocks. @param {Box} box */
export async function hoursDialog(box) {
  const [people, shifts, times] = await Promise.all([box.reads.operators(), box.reads.roster(), box.reads.workingTimes()]);
  const of = (/** @type {Json[]} */ list, /** @type {Json} */ person) => list.filter((each) => each.operator_id === person.operator_id);
  const person = await dialog(say("hours"), (close) => [make("p", {}, say("hours_words")), make("ul", { class: "rows" }, people.map((each) => make("li", {}, button([
    make("span", { class: "what" }, each.name,
      ...of(shifts, each).map((shift) => make("span", { class: "quiet" }, [`${moment(shift.start)} – ${moment(shift.end)}`, shift.role].filter(Boolean).join(" · "))),
      make("span", { class: "quiet" }, of(times, each).map((time) => `${say(`clocked_${time.event}`)} ${moment(time.occurred_at)}`).join(" · "))),
    make("span", { class: `pill ${each.working === "in" ? "good" : each.working === "break" ? "care" : ""}` }, say(`working_${each.working}`)),
  ], () => close(each), { class: "line" }))))]);
  if (person) await clock(box, person);
}

/** @param {Box} box @param {Json} person */
async function clock(box, person) {
  const events = NEXT[person.working] ?? NEXT.out;
  const event = await dialog(person.name, (close) => make("div", { class: "menu" },
    events.map((each) => button(say(each), () => close(each), { class: each === events[0] ? "main" : "" }))));
  if (event === undefined) return;
  const booked = await askPin(say("pin_of", { name: person.name }), async (pin) => {
    const answer = await box.acts.clock({ event, operator_id: person.operator_id, pin }, newId());
    if (answer.state !== "booked") throw new RefusedError(409, { code: "wrong_pin", message: answer.problem });
    return answer;
  });
  if (booked) announce(`${person.name}: ${say(`clocked_${event}`)} ${moment(booked.occurred_at)}`, "good");
}
