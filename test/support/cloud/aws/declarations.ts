/** What `@pulumi/aws` declares of a resource or a look-up: its inputs and outputs with their types, read in its `.d.ts` files. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import ts from "typescript";

export type Type =
  | { kind: "any" | "string" | "number" | "boolean" }
  | { kind: "list" | "map"; of: Type }
  | { kind: "object"; fields: Fields };
/** By name; `always`: it must be given, or is always there. */
export type Fields = Record<string, { type: Type; always: boolean }>;
export interface Declaration {
  inputs: Fields;
  outputs: Fields;
}

const PACKAGE = dirname(createRequire(import.meta.url).resolve("@pulumi/aws/package.json"));
const texts = new Map<string, string>();
const known = new Map<string, Declaration | undefined>();

/**
 * @param token of a resource's type or of a look-up. @example "aws:ecs/service:Service"
 * @returns undefined if the package has none of that name.
 */
export function declarationOf(token: string): Declaration | undefined {
  if (!known.has(token)) known.set(token, read(token));
  return known.get(token);
}

function read(token: string): Declaration | undefined {
  const [, path = "", name = ""] = token.split(":");
  const file = `${path.replace(/^index\//, "")}.d.ts`;
  let text: string;
  try {
    text = load(file);
  } catch {
    return undefined;
  }
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest);
  const isLookUp = name.startsWith("get");
  const title = name.charAt(0).toUpperCase() + name.slice(1);
  const members = (wanted: string) =>
    source.statements.find(
      (each): each is ts.InterfaceDeclaration | ts.ClassDeclaration =>
        (ts.isInterfaceDeclaration(each) || ts.isClassDeclaration(each)) &&
        each.name?.text === wanted,
    )?.members ?? [];
  return {
    inputs: fieldsOf(members(`${title}Args`), source, "input"),
    outputs: fieldsOf(members(isLookUp ? `${title}Result` : name), source, "output"),
  };
}

type Side = "input" | "output";

function fieldsOf(members: Iterable<ts.Node>, source: ts.SourceFile, side: Side): Fields {
  const fields: Fields = {};
  for (const member of members) {
    if (!ts.isPropertySignature(member) && !ts.isPropertyDeclaration(member)) continue;
    if (member.type === undefined || isStatic(member)) continue;
    let maybe = member.questionToken !== undefined;
    const type = typeOf(member.type, source, side, () => (maybe = true));
    fields[member.name.getText(source)] = { type, always: !maybe };
  }
  return fields;
}

function isStatic(member: ts.PropertySignature | ts.PropertyDeclaration): boolean {
  return member.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword) ?? false;
}

const SCALARS: Partial<Record<ts.SyntaxKind, "string" | "number" | "boolean">> = {
  [ts.SyntaxKind.StringKeyword]: "string",
  [ts.SyntaxKind.NumberKeyword]: "number",
  [ts.SyntaxKind.BooleanKeyword]: "boolean",
};

/** @param isOptional is told where `undefined` is one of the types. */
function typeOf(node: ts.TypeNode, source: ts.SourceFile, side: Side, isOptional = () => {}): Type {
  const inner = (part: ts.TypeNode) => typeOf(part, source, side);
  const scalar = SCALARS[node.kind];
  if (scalar !== undefined) return { kind: scalar };
  if (ts.isParenthesizedTypeNode(node)) return typeOf(node.type, source, side, isOptional);
  if (ts.isArrayTypeNode(node)) return { kind: "list", of: inner(node.elementType) };
  if (ts.isTypeLiteralNode(node)) {
    const [signature] = node.members;
    if (signature === undefined || !ts.isIndexSignatureDeclaration(signature))
      return { kind: "any" };
    return { kind: "map", of: inner(signature.type) };
  }
  if (ts.isUnionTypeNode(node)) {
    const isNothing = ({ kind }: ts.TypeNode) => kind === ts.SyntaxKind.UndefinedKeyword;
    if (node.types.some(isNothing)) isOptional();
    const types = node.types.filter((part) => !isNothing(part)).map(inner);
    // A name, or the resource that has it; a document, or its JSON.
    const [first] = types;
    const isJson = types.some(({ kind }) => kind === "object");
    return first === undefined || (isJson && types.length > 1) ? { kind: "any" } : first;
  }
  if (!ts.isTypeReferenceNode(node)) return { kind: "any" };
  const name = node.typeName.getText(source);
  const [argument] = node.typeArguments ?? [];
  if (argument !== undefined) return typeOf(argument, source, side, isOptional);
  const [from, ...parts] = name.split(".");
  const [title = "", space = ""] = parts.reverse();
  if (from === "inputs" || from === "outputs") {
    return { kind: "object", fields: nested(from === "inputs" ? "input" : "output", space, title) };
  }
  return name === "ARN" || from === "enums" ? { kind: "string" } : { kind: "any" };
}

const interfaces = new Map<string, Fields>();

/** An interface of `types/input.d.ts` or `types/output.d.ts`: those are too large to be parsed whole. */
function nested(side: Side, space: string, title: string): Fields {
  const key = `${side} ${space}.${title}`;
  let fields = interfaces.get(key);
  if (fields === undefined) {
    const text = load(`types/${side}.d.ts`);
    const indent = space === "" ? "" : "    ";
    const begin = space === "" ? 0 : text.indexOf(`\nexport declare namespace ${space} {`);
    const head = space === "" ? `\nexport interface ${title} {` : `\n    interface ${title} {`;
    const at = text.indexOf(head, begin);
    if (begin < 0 || at < 0) throw new Error(`@pulumi/aws has no ${key}`);
    const source = ts.createSourceFile(
      "nested.d.ts",
      text.slice(at, text.indexOf(`\n${indent}}`, at) + indent.length + 2),
      ts.ScriptTarget.Latest,
    );
    const [declared] = source.statements;
    if (declared === undefined || !ts.isInterfaceDeclaration(declared))
      throw new Error(`@pulumi/aws has no ${key}`);
    fields = {};
    // Before its fields are read: some contain themselves.
    interfaces.set(key, fields);
    Object.assign(fields, fieldsOf(declared.members, source, side));
  }
  return fields;
}

function load(file: string): string {
  let text = texts.get(file);
  if (text === undefined) {
    text = readFileSync(join(PACKAGE, file), "utf8");
    texts.set(file, text);
  }
  return text;
}
