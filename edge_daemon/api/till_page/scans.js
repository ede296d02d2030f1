// What is scanned: by the box's scanner, or by one that types like a keyboard.

/** @typedef {import("../client.js").Json} Json */

/** A scanner types a character every few milliseconds; a person does not. */
const TYPED_MS = 60;
const SHORTEST = 6;

/** Read a code that was typed, as far as a register can; the box reads its own scanners' codes.
 *  @param {string} text @returns {Json} */
export function readCode(text) {
  const data = text.trim().replace(/^\][A-Za-z]\d/, "");
  const receipt = /^R([0-7][0-9A-HJKMNP-TV-Z]{25})$/i.exec(data);
  if (receipt) return { scan_data: data, meaning: "receipt", key: receipt[1].toUpperCase() };
  const gtin = /^(\d{8}|\d{12,14})$/.test(data) && fits(data) ? data.padStart(14, "0") : undefined;
  return { scan_data: data, ...(gtin ? { gtin } : {}) };
}

/** GS1's check digit: weights 1 and 3 from the right, modulo 10. @param {string} digits */
function fits(digits) {
  const sum = [...digits].reverse().reduce((total, digit, at) => total + Number(digit) * (at % 2 ? 3 : 1), 0);
  return sum % 10 === 0;
}

/** Hear a scanner that types: quick characters and Enter, wherever the focus is not in a field.
 *  @param {(scan: Json) => void} heard */
export function hearKeyboard(heard) {
  let typed = "";
  let last = 0;
  addEventListener("keydown", (event) => {
    const target = event.target instanceof HTMLElement ? event.target : null;
    if (target?.matches("input, textarea, select") || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.timeStamp - last > TYPED_MS) typed = "";
    last = event.timeStamp;
    if (event.key === "Enter" && typed.length >= SHORTEST) {
      event.preventDefault();
      event.stopPropagation();
      heard(readCode(typed));
      typed = "";
    } else if (event.key.length === 1) {
      typed += event.key;
    }
  }, { capture: true });
}
