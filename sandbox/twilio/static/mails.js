// The mails that the business sent: a badge for the new ones, and a dialog that shows them.

import { clock, dayOf, element } from "./format.js";

const MOST = 200;

const byId = (id) => document.getElementById(id);

function shown({ to, subject, text, at }) {
  const time = element("time", "", dayOf(at) === "Hoy" ? clock(at) : `${dayOf(at)}, ${clock(at)}`);
  time.dateTime = at;
  const header = element("header", "", element("span", "", `Para ${to}`), time);
  return element("li", "mail", header, element("h3", "", subject), element("p", "", text.trim()));
}

export class MailsDialog {
  constructor() {
    this.dialog = byId("mails-dialog");
    this.mails = [];
    this.seen = "";
    byId("open-mails").addEventListener("click", () => {
      this.dialog.showModal();
      this.draw();
    });
    this.dialog.querySelector("[data-close]").addEventListener("click", () => this.dialog.close());
  }

  // The newest first.
  show(mails) {
    this.mails = mails;
    this.draw();
  }

  add(mail) {
    this.show([mail, ...this.mails].slice(0, MOST));
  }

  draw() {
    if (this.dialog.open) this.seen = this.mails[0]?.at ?? this.seen;
    const unread = this.mails.filter(({ at }) => at > this.seen).length;
    const badge = byId("mails-unread");
    badge.hidden = !unread;
    badge.textContent = unread ? String(unread) : "";
    badge.setAttribute("aria-label", `${unread} sin leer`);
    byId("open-mails").title = unread ? `Correo (${unread} sin leer)` : "Correo";
    byId("no-mails").hidden = this.mails.length > 0;
    byId("mails").replaceChildren(...this.mails.map(shown));
  }
}
