// The list of contacts.

import { element, shortTime, summary } from "./format.js";

const hue = (phone) => [...phone].reduce((sum, digit) => sum * 31 + digit.charCodeAt(0), 7) % 360;
const initial = (name) => /\p{L}/u.exec(name)?.[0].toUpperCase() ?? "#";

export class People {
  constructor(onOpen) {
    this.onOpen = onOpen;
    this.list = document.getElementById("contacts");
    this.contacts = new Map();
    this.unread = new Map();
    this.writing = new Set();
    this.chosen = null;
  }

  // Those with the latest message first; the others stay in their order.
  draw() {
    const focused = document.activeElement?.dataset?.phone;
    const time = (contact) => Date.parse(contact.last_message?.at ?? 0);
    const sorted = [...this.contacts.values()].sort((one, other) => time(other) - time(one));
    this.list.replaceChildren(...sorted.map((contact) => element("li", "", this.entry(contact))));
    if (focused) this.list.querySelector(`[data-phone="${CSS.escape(focused)}"]`)?.focus();
  }

  entry(contact) {
    const { phone, name, last_message: last } = contact;
    const unread = this.unread.get(phone) ?? 0;
    const writing = this.writing.has(phone);
    const avatar = element("span", "avatar", initial(name));
    avatar.style.setProperty("--hue", hue(phone));
    avatar.setAttribute("aria-hidden", "true");
    const said = last ? (last.direction === "inbound" ? "Tú: " : "") + summary(last).replace(/\s+/g, " ") : phone;
    const line = element("span", writing ? "last writing" : "last", writing ? "escribiendo…" : said);
    const entry = element("button", unread ? "contact unread" : "contact", avatar, element("b", "", name));
    entry.append(element("time", "", last ? shortTime(last.at) : ""), line);
    if (unread) {
      const badge = element("span", "badge", String(unread));
      badge.setAttribute("aria-label", `${unread} sin leer`);
      entry.append(badge);
    }
    entry.type = "button";
    entry.dataset.phone = phone;
    if (phone === this.chosen) entry.setAttribute("aria-current", "true");
    entry.addEventListener("click", () => this.onOpen(phone));
    return entry;
  }
}
