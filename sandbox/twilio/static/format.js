// Texts as WhatsApp shows them. Everything becomes text nodes: no text is ever read as HTML.

const MARKS = { "*": "strong", "_": "em", "~": "s", "`": "code" };
// A mark counts where it hugs the words: *so*, but not 2*3*4.
const MARKED = /(?<![\p{L}\p{N}*_~`])([*_~`])(?=\S)([^\n]*?\S)\1(?![\p{L}\p{N}*_~`])/u;
const LINK = /https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]'*_~]/u;
const ONLY_EMOJI = /^(?:\p{Extended_Pictographic}[\u{1F3FB}-\u{1F3FF}\uFE0F]?(?:\u200D\p{Extended_Pictographic}\uFE0F?)*\s*){1,3}$/u;

export function element(tag, className = "", ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
}

export function formatted(text) {
  const fragment = document.createDocumentFragment();
  const link = LINK.exec(text);
  const marked = MARKED.exec(text);
  if (link && (!marked || link.index <= marked.index)) {
    const anchor = element("a", "", link[0]);
    anchor.href = link[0];
    anchor.target = "_blank";
    anchor.rel = "noopener noreferrer";
    fragment.append(text.slice(0, link.index), anchor, formatted(text.slice(link.index + link[0].length)));
  } else if (marked) {
    const [whole, mark, inside] = marked;
    const content = mark === "`" ? inside : formatted(inside);
    const after = text.slice(marked.index + whole.length);
    fragment.append(text.slice(0, marked.index), element(MARKS[mark], "", content), formatted(after));
  } else {
    fragment.append(text);
  }
  return fragment;
}

export const isOnlyEmoji = (text) => ONLY_EMOJI.test(text.trim());

const CLOCK = new Intl.DateTimeFormat("es", { hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat("es", { weekday: "long", day: "numeric", month: "long", year: "numeric" });
const SHORT_DAY = new Intl.DateTimeFormat("es", { day: "numeric", month: "short" });

export const clock = (at) => CLOCK.format(new Date(at));

export function dayOf(at) {
  const day = new Date(at).toDateString();
  const yesterday = new Date();
  yesterday.setDate(yesterday.getDate() - 1);
  if (day === new Date().toDateString()) return "Hoy";
  return day === yesterday.toDateString() ? "Ayer" : DAY.format(new Date(at));
}

export const shortTime = (at) => (dayOf(at) === "Hoy" ? clock(at) : SHORT_DAY.format(new Date(at)));

// What a message says in one line, for lists and quotations.
export function summary(message) {
  if (message.text) return message.text;
  if (message.location) return "📍 Ubicación";
  const kind = message.media[0]?.content_type ?? "";
  if (kind === "image/webp") return "⭐ Sticker";
  if (kind.startsWith("image/")) return "🖼️ Foto";
  return kind.startsWith("audio/") ? "🎤 Nota de voz" : "📎 Archivo";
}
