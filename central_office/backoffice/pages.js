// All pages: who may see each, what is chosen on it, what makes it look again.

import { access } from "/office/pages/access.js";
import { audit } from "/office/pages/audit.js";
import { acts, behind } from "/office/pages/behind.js";
import { comparison } from "/office/pages/comparison.js";
import { differences } from "/office/pages/differences.js";
import { giftcards } from "/office/pages/giftcards.js";
import { groups } from "/office/pages/groups.js";
import { hours } from "/office/pages/hours.js";
import { integrity } from "/office/pages/integrity.js";
import { receipt, receipts } from "/office/pages/receipts.js";
import { order, replenishment } from "/office/pages/replenishment.js";
import { revenue } from "/office/pages/revenue.js";
import { stock } from "/office/pages/stock.js";
import { tenders } from "/office/pages/tenders.js";
import { vat } from "/office/pages/vat.js";
import { wall } from "/office/pages/wall.js";
import { webhooks } from "/office/pages/webhooks.js";

/**
 * @typedef {object} Known What is known of the caller.
 * @property {any} caller
 */
/**
 * @callback Show
 * @param {import("/office/place.js").Query} query
 * @param {Known} known
 * @param {() => unknown} again Show the page anew.
 * @returns {Promise<import("/office/elements.js").Children>}
 */
/**
 * @typedef {object} Page
 * @property {string} name
 * @property {string} right Without it nobody sees the page.
 * @property {("period" | "store")[]} filters
 * @property {string} [period] Where the address names none.
 * @property {string} [above] The page that leads to it.
 * @property {string[]} hears Types of entries after which it looks again; `all`, and `edge` for boxes that come and go.
 * @property {number} [rest] Milliseconds between two looks.
 * @property {Show} show
 */

export const REST_MS = 5000;

/** @type {Page[]} */
export const PAGES = [
  { name: "wall", right: "live", filters: ["store"], hears: ["all", "edge"], rest: 700, show: wall },
  { name: "revenue", right: "figures", filters: ["store", "period"], hears: ["RetailTransaction"], show: revenue },
  { name: "groups", right: "figures", filters: ["store", "period"], hears: ["RetailTransaction"], show: groups },
  { name: "vat", right: "figures", filters: ["store", "period"], period: "quarter", hears: [], show: vat },
  { name: "tenders", right: "figures", filters: ["store", "period"], hears: ["RetailTransaction"], show: tenders },
  {
    name: "differences",
    right: "cashiers",
    filters: ["store", "period"],
    period: "days30",
    hears: ["TillCount"],
    show: differences,
  },
  { name: "giftcards", right: "figures", filters: [], hears: ["RetailTransaction"], show: giftcards },
  { name: "comparison", right: "figures", filters: ["store", "period"], period: "month", hears: [], show: comparison },
  { name: "stock", right: "stock", filters: ["store"], hears: ["RetailTransaction", "InventoryControl"], show: stock },
  {
    name: "replenishment",
    right: "stock",
    filters: ["store"],
    hears: ["RetailTransaction", "InventoryControl", "PurchaseOrder", "ReorderLevel"],
    show: replenishment,
  },
  {
    name: "order",
    right: "stock",
    filters: [],
    above: "replenishment",
    hears: ["InventoryControl", "PurchaseOrder"],
    show: order,
  },
  { name: "hours", right: "hours", filters: ["store", "period"], hears: ["OperatorEvent"], show: hours },
  { name: "receipts", right: "receipts", filters: ["store", "period"], hears: [], show: receipts },
  { name: "receipt", right: "receipts", filters: [], above: "receipts", hears: [], show: receipt },
  { name: "behind", right: "receipts", filters: [], above: "receipts", hears: [], show: behind },
  { name: "integrity", right: "integrity", filters: [], hears: ["all", "edge"], show: integrity },
  { name: "acts", right: "cashiers", filters: ["store", "period"], above: "tenders", hears: [], show: acts },
  { name: "access", right: "admin", filters: [], hears: [], show: access },
  { name: "webhooks", right: "admin", filters: [], hears: [], show: webhooks },
  { name: "audit", right: "admin", filters: [], hears: [], show: audit },
];

/** The navigation. @type {Record<string, string[]>} */
export const GROUPS = {
  group_now: ["wall", "revenue", "groups", "comparison"],
  group_money: ["vat", "tenders", "differences", "giftcards", "receipts"],
  group_goods: ["stock", "replenishment"],
  group_people: ["hours"],
  group_control: ["integrity", "access", "webhooks", "audit"],
};
