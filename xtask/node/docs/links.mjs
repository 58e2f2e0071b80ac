/** Where each exported name is told of, and how texts and types lead there. */

/** GitHub's anchor of a heading. */
const anchorOf = (heading) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replace(/\s/g, "-");

/** A literal, which names nothing, or a name. */
const NAMES = /"[^"]*"|'[^']*'|\b[A-Z]\w*\b/g;

export class Links {
  #places = new Map();
  /** What leads nowhere. */
  broken = [];

  /** The first that tells of a name is where links go. */
  add(name, page, heading) {
    if (!this.#places.has(name)) this.#places.set(name, { page, anchor: anchorOf(heading) });
  }

  /** Markdown that leads to a name from a page; undefined for a name that isn't told of. */
  to(name, from, label) {
    const place = this.#places.get(name);
    if (!place) return undefined;
    return `[${label}](${place.page === from ? "" : place.page}#${place.anchor})`;
  }

  /** A documenting comment with its `{@link}`s followed; `owner` has the members that are named without it. */
  inText(text, from, owner) {
    return text.replace(/\{@link ([\w.]+)\}/g, (_, name) => {
      const found = this.to(name, from, `\`${name}\``) ?? this.to(`${owner}.${name}`, from, `\`${name}\``);
      if (!found) this.broken.push(`${owner}: {@link ${name}} leads nowhere`);
      return found ?? `\`${name}\``;
    });
  }

  /** Code in one line, in which the names of types lead to them. */
  inCode(code, from) {
    let markdown = "";
    let at = 0;
    const plain = (to) => (to > at ? `\`${code.slice(at, to)}\`` : "");
    for (const { 0: name, index } of code.matchAll(NAMES)) {
      const link = this.to(name, from, `\`${name}\``);
      if (!link) continue;
      markdown += plain(index) + link;
      at = index + name.length;
    }
    return markdown + plain(code.length);
  }

  /** Links to the types that some lines of code name, but for `but`. */
  namedIn(code, from, but) {
    const bare = code.replace(/\/\*[^]*?\*\/|\/\/.*/g, "");
    const names = new Set(Array.from(bare.matchAll(NAMES), ([name]) => name));
    names.delete(but);
    return Array.from(names, (name) => this.to(name, from, `\`${name}\``)).filter(Boolean);
  }
}
