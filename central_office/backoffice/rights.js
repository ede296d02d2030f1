// What the caller may see; pages ask before they offer what would be refused.

/** @type {ReadonlySet<string>} */
let rights = new Set();

/** @param {string[]} given Of whoever has signed in. */
export function setRights(given) {
  rights = new Set(given);
}

/** @param {string} right */
export const may = (right) => rights.has(right);
