/** Makes the reference's pages, in Markdown, of what `declarations.mjs` has read. */
import { Links } from "./links.mjs";

const NOTE = "<!-- Written by `cargo xtask docs` from the declarations in js/. Change those instead. -->";
const INDEX = "README.md";

/** What a page begins with: what is called, before what goes in and comes out. */
const CALLED = ["class", "function", "constant"];

/** `{ pages: Map of name to text, faults: what is undocumented or leads nowhere }`. */
export function pagesOf(entryPoints) {
  const links = new Links();
  const faults = [];
  const topics = topicsOf(entryPoints, faults);
  for (const { page, entries } of topics.values()) {
    for (const entry of entries) {
      links.add(entry.name, page, headingOf(entry));
      for (const { kind, name } of entry.members) {
        const hasHeading = kind === "method" && entry.kind === "class";
        links.add(`${entry.name}.${name}`, page, hasHeading ? methodHeading(entry, name) : headingOf(entry));
      }
    }
  }
  const pages = new Map([[INDEX, indexOf(entryPoints, topics, links)]]);
  for (const [title, topic] of topics) pages.set(topic.page, topicPage(title, topic, links, faults));
  return { pages, faults: [...faults, ...new Set(links.broken)] };
}

/** Sections of one title are one page, in whichever file and however often they stand. */
function topicsOf(entryPoints, faults) {
  const topics = new Map();
  for (const { specifier, sections } of entryPoints) {
    for (const { title, entries } of sections) {
      if (title === undefined) {
        for (const { name } of entries) faults.push(`${specifier}: ${name} stands under no heading`);
        continue;
      }
      const page = `${title.toLowerCase().replace(/\W+/g, "-")}.md`;
      const topic = topics.get(title) ?? { specifier, page, entries: [] };
      topic.entries.push(...entries);
      topics.set(title, topic);
    }
  }
  for (const topic of topics.values()) {
    const isCalled = ({ kind }) => CALLED.includes(kind);
    topic.entries.sort((one, other) => isCalled(other) - isCalled(one));
  }
  return topics;
}

const lines = (...parts) => parts.flat().filter((part) => part !== undefined && part !== "").join("\n\n") + "\n";
const fenced = (code) => `\`\`\`ts\n${code}\n\`\`\``;
const headingOf = ({ name }) => name;
const methodHeading = (entry, name) => `${entry.name}.${name}`;

function indexOf(entryPoints, topics, links) {
  const parts = entryPoints.map(({ specifier, intro }) => {
    const own = Array.from(topics).filter(([, topic]) => topic.specifier === specifier);
    const tables = own.map(([title, { page, entries }]) => {
      const rows = entries.map((entry) => `| ${links.to(entry.name, INDEX, `\`${entry.name}\``)} | ${cell(firstSentence(entry, links))} |`);
      return [`### [${title}](${page})`, ["| | |", "|---|---|", ...rows].join("\n")];
    });
    return [`## \`${specifier}\``, links.inText(intro, INDEX, ""), ...tables.flat()];
  });
  return lines(NOTE, "# API reference", "All that the package exports, by the entry point that exports it.", ...parts);
}

/** Up to the first period that ends a sentence. */
function firstSentence({ name, doc }, links) {
  const [sentence] = doc.split("\n\n")[0].replaceAll("\n", " ").match(/^.*?[.:](?=\s|$)|^.*/);
  return links.inText(sentence.replace(/:$/, "."), INDEX, name);
}

const cell = (text) => text.replaceAll("|", "\\|");

function topicPage(title, { specifier, page, entries }, links, faults) {
  const told = entries.map((entry) => {
    if (!entry.doc) faults.push(`${specifier}: ${entry.name} is described by nothing`);
    return tell(entry, page, links, faults);
  });
  return lines(NOTE, `# ${title}`, `Exported by [\`${specifier}\`](${INDEX}).`, ...told.flat());
}

function tell(entry, page, links, faults) {
  const doc = words(entry.doc, page, entry.name, links);
  const heading = `## ${headingOf(entry)}`;
  switch (entry.kind) {
    case "class":
      return [heading, inherited(entry, page, links), doc, ...classMembers(entry, page, links, faults)];
    case "interface":
      return [heading, inherited(entry, page, links), doc, memberList(entry, entry.members, page, links)];
    case "enum":
      return [heading, doc];
    case "type":
      if (entry.members.length > 0) return [heading, doc, memberList(entry, entry.members, page, links)];
    // falls through
    default:
      return [heading, fenced(code(entry)), doc, named(entry.text, page, entry.name, links)];
  }
}

const code = ({ isDefault, text }) => (isDefault ? `export default ${text}` : text);

/** What it has besides what is listed. */
const inherited = ({ heritage }, page, links) => links.inCode(heritage, page);

function classMembers(entry, page, links, faults) {
  for (const { name, doc } of entry.members) if (!doc) faults.push(`${entry.name}.${name} is described by nothing`);
  const isMethod = ({ kind }) => kind === "method";
  const methods = entry.members.filter(isMethod).flatMap(({ name, doc, text }) => [
    `### ${methodHeading(entry, name)}`,
    fenced(outdented(text)),
    words(doc, page, entry.name, links),
    named(text, page, entry.name, links),
  ]);
  return [memberList(entry, entry.members.filter((member) => !isMethod(member)), page, links), ...methods];
}

function memberList(entry, members, page, links) {
  return members
    .map(({ doc, text }) => {
      const plain = text.replace(/\/\*[^]*?\*\//g, "").replace(/\s+/g, " ").replace(/: \| /g, ": ").replace(/< \| /g, "<");
      const said = words(doc, page, entry.name, links);
      return `- ${links.inCode(plain, page)}${said && `  \n${said.replace(/^(?=.)/gm, "  ")}`}`;
    })
    .join("\n");
}

/** A documenting comment: its text, and what is thrown. */
function words(doc, page, owner, links) {
  const [text, ...thrown] = doc.split(/\s*@throws \{ConnectorError\} /);
  const throws = thrown.map((what) => `**Throws** ${links.to("ConnectorError", page, "`ConnectorError`")}: ${what.replace(/\s*\n\s*/g, " ")}`);
  return links.inText([text.trim(), ...throws].filter(Boolean).join("\n\n"), page, owner);
}

/** The types that a signature names, since nothing in a block of code is a link. */
function named(text, page, but, links) {
  const found = links.namedIn(text, page, but);
  return found.length > 0 ? `Types: ${found.join(", ")}` : "";
}

/** A member stands two columns to the right in its file. */
const outdented = (text) => text.replace(/\n {2}/g, "\n");
