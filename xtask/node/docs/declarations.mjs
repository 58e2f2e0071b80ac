/**
 * Reads the package's declarations: what each entry point exports, under the
 * headings that `// Heading` gives in the files, with what is said of it.
 *
 * The compiler's API for reading sources isn't settled; its version is pinned.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { SyntaxKind } from "typescript/unstable/ast";
import { API } from "typescript/unstable/sync";

const PROJECT = new URL("tsconfig.json", import.meta.url).pathname;

/** What this reads of, and what it calls it. */
const KINDS = {
  [SyntaxKind.ClassDeclaration]: "class",
  [SyntaxKind.InterfaceDeclaration]: "interface",
  [SyntaxKind.TypeAliasDeclaration]: "type",
  [SyntaxKind.FunctionDeclaration]: "function",
  [SyntaxKind.EnumDeclaration]: "enum",
  [SyntaxKind.VariableStatement]: "constant",
};

const METHODS = [SyntaxKind.MethodDeclaration, SyntaxKind.MethodSignature, SyntaxKind.Constructor, SyntaxKind.CallSignature];
const PROPERTIES = [SyntaxKind.PropertyDeclaration, SyntaxKind.PropertySignature];
const PRIVATE = [SyntaxKind.PrivateKeyword, SyntaxKind.ProtectedKeyword];

/**
 * `[{ specifier, intro, sections: [{ title, entries }] }]`, an entry being
 * `{ kind, name, doc, text, heritage, members: [{ kind, name, doc, text }] }`.
 * Members of a union are its choices.
 */
export async function readPackage(folder) {
  const { name, exports } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const api = new API({ cwd: folder });
  try {
    const [project] = api.updateSnapshot({ openProject: PROJECT }).getProjects();
    const { program, checker } = project;
    return Object.entries(exports)
      .filter(([, target]) => target.types)
      .map(([path, { types }]) => {
        const files = reExported(program, join(folder, types)).map((file) => readFileOf(program, file));
        const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(join(folder, types))));
        return {
          specifier: join(name, path),
          intro: files[0].intro,
          sections: files.flatMap(({ sections }) => sections),
          exported: exported.map((symbol) => symbol.name),
        };
      });
  } finally {
    api.close();
  }
}

/** A file, and what it re-exports for types' sake. */
function reExported(program, path) {
  const file = program.getSourceFile(path);
  const from = file.statements.filter(({ kind, exportClause, isTypeOnly }) => kind === SyntaxKind.ExportDeclaration && !exportClause && isTypeOnly);
  return [path, ...from.map(({ moduleSpecifier }) => join(path, "..", moduleSpecifier.text.replace(/\.js$/, ".d.ts")))];
}

function readFileOf(program, path) {
  const file = program.getSourceFile(path);
  const sections = [];
  for (const statement of file.statements) {
    const title = headingBefore(file, statement);
    if (title !== undefined) sections.push({ title, entries: [] });
    const kind = KINDS[statement.kind];
    if (!kind) continue;
    if (sections.length === 0) sections.push({ title: undefined, entries: [] });
    const { entries } = sections.at(-1);
    const entry = entryOf(file, statement, kind);
    const other = entries.findIndex(({ name }) => name === entry.name);
    // An interface that lends a class what it inherits.
    if (other >= 0) entries[other] = merged(entries[other], entry);
    else entries.push(entry);
  }
  return { intro: docBefore(file, file.statements[0] ?? file.endOfFileToken), sections };
}

function entryOf(file, statement, kind) {
  const declared = statement.declarationList?.declarations[0] ?? statement;
  const heritage = Array.from(statement.heritageClauses ?? [], (clause) => clause.getText(file));
  return {
    kind,
    name: declared.name.text,
    isDefault: has(statement, SyntaxKind.DefaultKeyword),
    doc: docBefore(file, statement),
    text: withoutWords(statement.getText(file)),
    heritage: heritage.join(" "),
    members: statement.members ? membersOf(file, statement) : choicesOf(file, statement.type),
  };
}

const merged = (one, other) => ({
  ...one,
  ...other,
  doc: one.doc || other.doc,
  heritage: one.heritage || other.heritage,
  members: [...one.members, ...other.members],
});

function membersOf(file, { members }) {
  return Array.from(members)
    .filter((member) => !PRIVATE.some((word) => has(member, word)))
    .map((member) => ({
      kind: METHODS.includes(member.kind) ? "method" : PROPERTIES.includes(member.kind) ? "property" : "other",
      name: member.kind === SyntaxKind.Constructor ? "constructor" : (member.name?.getText(file) ?? ""),
      doc: docBefore(file, member),
      text: member.getText(file).replace(/[;,]$/, ""),
    }));
}

/** The choices of a union, where something is said of each. */
function choicesOf(file, type) {
  if (type?.kind !== SyntaxKind.UnionType) return [];
  let at = type.pos;
  const choices = Array.from(type.types, (choice) => {
    const doc = docIn(file.text.slice(at, choice.getStart(file)));
    at = choice.end;
    return { kind: "choice", name: "", doc, text: choice.getText(file) };
  });
  return choices.every(({ doc }) => doc) ? choices : [];
}

const has = (node, word) => node.modifiers?.some(({ kind }) => kind === word) ?? false;

const withoutWords = (text) => text.replace(/^(export|declare|default|\s)+/, "").replace(/;$/, "");

/** What lies between a node and the one before it. */
const before = (file, node) => file.text.slice(node.pos, node.getStart(file));

const docBefore = (file, node) => docIn(before(file, node));

/** The text of the last documenting comment, without its stars. */
function docIn(text) {
  const [comment] = text.match(/\/\*\*(?:(?!\*\/)[^])*\*\/(?![^]*\/\*\*)/) ?? [""];
  return comment
    .slice("/**".length, -"*/".length)
    .split("\n")
    .map((line) => line.replace(/^\s*\* ?/, "").trimEnd())
    .join("\n")
    .trim();
}

/** The heading that stands by itself before a node. */
function headingBefore(file, node) {
  return before(file, node)
    .replace(/\/\*[^]*?\*\//g, "")
    .match(/^\/\/ (\S.*)$/m)?.[1];
}
