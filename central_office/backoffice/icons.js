// Drawings for the navigation: lines in a square of 24, drawn for these pages.

import { draw } from "/office/elements.js";

/** @type {Record<string, string>} */
const PATHS = {
  wall: "M3 4h8v7H3zM13 4h8v4h-8zM13 11h8v9h-8zM3 14h8v6H3z",
  revenue: "M4 20V10M10 20V4M16 20v-7M22 20H2",
  groups: "M4 6h16M4 12h10M4 18h6",
  vat: "M6 18 18 6M7.5 9a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM16.5 19a2 2 0 1 0 0-4 2 2 0 0 0 0 4z",
  tenders: "M3 6h18v12H3zM3 10h18M7 15h4",
  differences: "M12 4v16M5 20h14M6 8h12M6 8l-3 6h6zM18 8l-3 6h6z",
  giftcards: "M3 8h18v4H3zM5 12v8h14v-8M12 8v12M12 8c-2-5-7-4-5 0M12 8c2-5 7-4 5 0",
  stock: "M4 8l8-4 8 4v9l-8 4-8-4zM4 8l8 4 8-4M12 12v9",
  replenishment: "M4 5h2l2 10h10l2-7H7M9 20h.01M17 20h.01",
  hours: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3 2",
  comparison: "M8 4 4 8l4 4M4 8h14M16 12l4 4-4 4M20 16H6",
  integrity: "M12 3l8 3v6c0 5-3.5 8-8 9-4.5-1-8-4-8-9V6zM8.5 12l2.5 2.5L16 9.5",
  receipts: "M6 3h12v18l-3-2-3 2-3-2-3 2zM9 8h6M9 12h6",
  access: "M9 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM2 21c0-4 3-6 7-6s7 2 7 6M17 4a4 4 0 0 1 0 7M18 15c3 .5 4 2.5 4 6",
  webhooks: "M9 8a3.5 3.5 0 1 1 5 3l3 5M14 16h6M7 12a3.5 3.5 0 1 0 4 5h5",
  audit: "M4 4h12l4 4v12H4zM8 12h8M8 16h5",
  menu: "M4 7h16M4 12h16M4 17h16",
  leave: "M14 4h6v16h-6M10 8l-4 4 4 4M6 12h10",
};

/** @param {string} name */
export function icon(name) {
  return draw(
    "svg",
    { viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true", focusable: "false" },
    draw("path", {
      d: PATHS[name] || "",
      fill: "none",
      stroke: "currentColor",
      "stroke-width": 1.8,
      "stroke-linecap": "round",
      "stroke-linejoin": "round",
    }),
  );
}
