// What articles and product groups are called; their ids stay in sight.

import { make } from "/office/elements.js";

/** @typedef {{ item_id: string, description?: string | null, [more: string]: any }} Article A row of whatever view names one. */

/** An article's name before its id. @param {Article} row */
export const called = (row) =>
  row.description ? [`${row.description} `, make("span", { class: "id" }, row.item_id)] : row.item_id;

/** The same as plain text. @param {Article} row */
export const calledText = (row) => (row.description ? `${row.description} (${row.item_id})` : row.item_id);

/**
 * What a product group is called, by rows of views.
 * @param {{ product_group: string, group_name?: string | null }[]} rows
 * @returns {(group: string) => string}
 */
export function groupNames(rows) {
  const names = new Map(rows.map((row) => [row.product_group, row.group_name || row.product_group]));
  return (group) => names.get(group) || group;
}
