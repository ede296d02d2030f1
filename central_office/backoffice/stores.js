// The shops that the caller sees, and what people call them.

/** @type {ReadonlyMap<string, string>} */
let names = new Map();

/** @param {{ id: string, name: string }[]} stores */
export function setStores(stores) {
  names = new Map(stores.map(({ id, name }) => [id, name]));
}

/** All of them, by their ids. */
export const storeIds = () => [...names.keys()];

/** @param {string} id */
export const storeName = (id) => names.get(id) || id;
