// The dialogs: a new contact, and the faults.

import * as api from "./api.js";

const byId = (id) => document.getElementById(id);

function prepare(dialog, opener, onOpen) {
  byId(opener).addEventListener("click", () => {
    onOpen();
    complain(dialog, "");
    dialog.showModal();
  });
  dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
}

function complain(dialog, problem) {
  const shown = dialog.querySelector(".error");
  shown.textContent = problem;
  shown.hidden = !problem;
}

export function contactDialog(onAdded) {
  const dialog = byId("contact-dialog");
  const form = byId("contact-form");
  prepare(dialog, "add-contact", () => form.reset());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { phone, name } = form.elements;
    try {
      const contact = await api.saveContact(phone.value, name.value.trim() || phone.value.trim());
      dialog.close();
      onAdded(contact);
    } catch {
      complain(dialog, "Ese número no vale: escribe el prefijo del país y el número, como +52 55 1234 5678.");
    }
  });
}

function read(form) {
  const faults = {};
  for (const field of form.elements) {
    const [part, name] = field.name.split(".");
    if (!name) continue;
    const value = field.type === "checkbox" ? field.checked || "" : field.value;
    if (value === "") continue;
    faults[part] ??= {};
    faults[part][name] = name === "reply" || value === true ? value : Number(value);
  }
  return faults;
}

function fill(form, faults) {
  for (const field of form.elements) {
    const [part, name] = field.name.split(".");
    if (!name) continue;
    const value = faults[part][name];
    const normal = value === null || value === (name === "rate" ? 1 : 0);
    if (field.type === "checkbox") field.checked = value;
    else field.value = normal ? "" : value;
  }
}

const isAny = (faults) =>
  Object.values(faults).some((part) => Object.entries(part).some(([name, value]) => name !== "rate" && value));

export class FaultsDialog {
  constructor() {
    this.dialog = byId("faults-dialog");
    this.form = byId("faults-form");
    prepare(this.dialog, "open-faults", () => {});
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.apply(read(this.form));
    });
    byId("faults-reset").addEventListener("click", () => this.apply({}));
  }

  show(faults) {
    fill(this.form, faults);
    byId("faults-on").hidden = !isAny(faults);
    byId("open-faults").title = isAny(faults) ? "Fallos (hay activos)" : "Fallos";
  }

  async apply(faults) {
    try {
      this.show(await api.setFaults(faults));
      this.dialog.close();
    } catch {
      complain(this.dialog, "No se pudieron poner: revisa los valores.");
    }
  }
}
