// Where the customer writes: the text, the quotation and the attachments.

import { summary } from "./format.js";

const sample = (name) => new URL(`/sandbox/static/samples/${name}`, location.href).href;

const SAMPLES = {
  photo: () => ({ media: [{ url: sample("foto.jpg"), content_type: "image/jpeg" }] }),
  audio: () => ({ media: [{ url: sample("nota-de-voz.wav"), content_type: "audio/wav" }] }),
  sticker: () => ({ media: [{ url: sample("sticker.webp"), content_type: "image/webp" }] }),
  location: () => ({
    location: {
      latitude: 19.432608,
      longitude: -99.133209,
      label: "Zócalo",
      address: "Plaza de la Constitución, Ciudad de México",
    },
  }),
};

const byId = (id) => document.getElementById(id);

export class Composer {
  constructor(onSend) {
    this.onSend = onSend;
    this.text = byId("text");
    this.menu = byId("attachments");
    this.opener = byId("attach");
    this.quoted = null;
    byId("composer").addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    this.text.addEventListener("input", () => this.grow());
    this.text.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.submit();
    });
    byId("quote-off").addEventListener("click", () => this.quote(null));
    this.listenToMenu();
  }

  listenToMenu() {
    this.opener.addEventListener("click", () => this.openMenu(this.menu.hidden));
    document.addEventListener("click", (event) => {
      if (!event.target.closest(".attach")) this.openMenu(false);
    });
    this.menu.addEventListener("click", (event) => {
      const kind = event.target.closest("[data-sample]")?.dataset.sample;
      if (!kind) return;
      this.openMenu(false);
      this.send(SAMPLES[kind]());
    });
    this.menu.addEventListener("keydown", (event) => {
      const items = [...this.menu.children];
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) items.at((items.indexOf(document.activeElement) + step) % items.length).focus();
      if (event.key === "Escape") this.openMenu(false);
      if (step || event.key === "Escape") event.preventDefault();
    });
  }

  openMenu(open) {
    if (open === !this.menu.hidden) return;
    this.menu.hidden = !open;
    this.opener.setAttribute("aria-expanded", String(open));
    (open ? this.menu.firstElementChild : this.opener).focus();
  }

  quote(message) {
    this.quoted = message;
    byId("quote").hidden = !message;
    byId("quote-text").textContent = message ? summary(message) : "";
    this.text.focus();
  }

  submit() {
    const text = this.text.value;
    if (!text.trim()) return;
    this.text.value = "";
    this.grow();
    this.send({ text });
  }

  send(message) {
    if (this.quoted) message.reply_to = this.quoted.sid;
    this.quote(null);
    this.onSend(message);
  }

  grow() {
    this.text.style.height = "auto";
    this.text.style.height = `${this.text.scrollHeight}px`;
  }
}
