// The open conversation: its messages in order, kept up to date.

import { row } from "./bubble.js";
import { dayOf, element } from "./format.js";

const NEAR_THE_END = 120;

const isTap = (message) => Boolean(message.button || message.list_item);

export class Chat {
  constructor(on) {
    this.on = on;
    this.view = document.getElementById("messages");
    this.list = document.getElementById("thread");
    this.welcome = document.getElementById("welcome");
    this.dots = document.getElementById("typing");
    this.messages = new Map();
  }

  show(messages) {
    this.messages = new Map(messages.map((message) => [message.sid, message]));
    this.draw();
    this.view.scrollTop = this.view.scrollHeight;
  }

  put(message) {
    const isNew = !this.messages.has(message.sid);
    this.messages.set(message.sid, message);
    const atEnd = this.view.scrollHeight - this.view.scrollTop - this.view.clientHeight < NEAR_THE_END;
    this.draw();
    if (atEnd || (isNew && message.direction === "inbound")) this.view.scrollTop = this.view.scrollHeight;
  }

  typing(on) {
    this.dots.hidden = !on;
    if (on) this.view.scrollTop = this.view.scrollHeight;
  }

  // Rows are drawn anew only where something has changed, so that a focus or a selection elsewhere stays.
  draw() {
    const drawn = new Map([...this.list.children].map((child) => [child.dataset.key, child]));
    const wanted = [...this.rows()];
    const nodes = wanted.map(({ key, look, make }) => {
      const present = drawn.get(key);
      if (present?.dataset.look === look) return present;
      const made = make();
      made.dataset.key = key;
      made.dataset.look = look;
      return made;
    });
    nodes.forEach((node, place) => {
      const there = this.list.children[place];
      if (there !== node) this.list.insertBefore(node, there ?? null);
    });
    while (this.list.children.length > nodes.length) this.list.lastChild.remove();
    this.welcome.hidden = this.messages.size > 0;
  }

  *rows() {
    const messages = [...this.messages.values()];
    const lastAnswer = messages.findLastIndex((message) => message.direction === "outbound");
    const taps = new Map(messages.filter(isTap).map((tap) => [tap.reply_to, tap]));
    let day = "", side = "";
    for (const [place, message] of messages.entries()) {
      const today = dayOf(message.at);
      if (today !== day) {
        yield { key: `day ${today}`, look: "", make: () => element("li", "day", today) };
        side = "";
      }
      const context = {
        quoted: isTap(message) ? null : this.messages.get(message.reply_to),
        answered: place < lastAnswer,
        chosen: taps.get(message.sid),
        turn: message.direction !== side,
      };
      const look = JSON.stringify([message, context.answered, context.chosen?.sid, context.turn]);
      yield { key: message.sid, look, make: () => row(message, context, this.on) };
      [day, side] = [today, message.direction];
    }
  }
}
