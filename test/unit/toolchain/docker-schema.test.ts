// The docker plugin that is built here has to speak exactly what @pulumi/docker says: tokens,
// property names and their types, down to the nested ones, and nothing required that may be left out.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { z } from "zod";

const Property = z.object({
  type: z.string().optional(),
  $ref: z.string().optional(),
  get items() {
    return Property.optional();
  },
  get additionalProperties() {
    return Property.optional();
  },
});
type Property = z.infer<typeof Property>;
const Properties = z.record(z.string(), Property);
const Names = z.array(z.string()).optional();
const Schema = z.object({
  name: z.literal("docker"),
  version: z.string(),
  types: z.record(z.string(), z.object({ properties: Properties, required: Names })),
  resources: z.record(
    z.string(),
    z.object({ properties: Properties, inputProperties: Properties, requiredInputs: Names }),
  ),
  provider: z.object({ inputProperties: Properties }),
});

const root = join(import.meta.dirname, "../../..");
const sdk = dirname(createRequire(import.meta.url).resolve("@pulumi/docker/package.json"));
const schema = Schema.parse(
  JSON.parse(readFileSync(join(root, "toolchain/docker/schema.json"), "utf8")),
);

/** `NAME: TYPE` or `NAME?: TYPE` of an interface or class, as short as the schema says it. */
function declared(file: string, name: string, output = false): string[] {
  const text = readFileSync(join(sdk, file), "utf8");
  const lines: string[] = [];
  ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true).forEachChild((node) => {
    if (!ts.isInterfaceDeclaration(node) && !ts.isClassDeclaration(node)) return;
    if (node.name?.text !== name) return;
    for (const member of node.members) {
      if (!ts.isPropertySignature(member) && !ts.isPropertyDeclaration(member)) continue;
      const type = short(member.type?.getText() ?? "");
      lines.push(`${member.name.getText()}${member.questionToken && !output ? "?" : ""}: ${type}`);
    }
  });
  return lines.sort();
}

function short(type: string): string {
  return type
    .replace(/pulumi\.(Input|Output)<|>|\| undefined|;|\s|(in|out)puts\./g, "")
    .replace("{[key:string]:string}", "map of string");
}

function promised(properties: Record<string, Property>, required?: string[]): string[] {
  return Object.entries(properties)
    .map(([name, type]) => {
      const optional = required !== undefined && !required.includes(name) ? "?" : "";
      return `${name}${optional}: ${shape(type)}`;
    })
    .sort();
}

function shape({ type, $ref, items, additionalProperties }: Property): string {
  if ($ref !== undefined) return $ref.split(":").pop() ?? "";
  if (items !== undefined) return `${shape(items)}[]`;
  if (additionalProperties !== undefined) return `map of ${shape(additionalProperties)}`;
  return type === "integer" ? "number" : (type ?? "");
}

/** The names of the nested types, and those nested in them. */
function nested(properties: Record<string, Property>, seen = new Set<string>()): Set<string> {
  for (const property of Object.values(properties)) {
    const ref = property.$ref ?? property.items?.$ref;
    const token = ref?.replace("#/types/", "");
    if (token === undefined || seen.has(token)) continue;
    seen.add(token);
    nested(schema.types[token]?.properties ?? {}, seen);
  }
  return seen;
}

describe("the built docker plugin speaks what @pulumi/docker says", () => {
  it("in its version", () => {
    const { version } = JSON.parse(readFileSync(join(sdk, "package.json"), "utf8")) as {
      version: string;
    };
    expect(schema.version).toBe(version);
  });

  it.each(["Container", "Network", "RemoteImage", "Volume", "Tag", "Plugin", "ServiceConfig"])(
    "of %s",
    (name) => {
      const file = `${name[0]?.toLowerCase()}${name.slice(1)}`;
      const token = /__pulumiType = '(.*)'/.exec(
        readFileSync(join(sdk, `${file}.js`), "utf8"),
      )?.[1];
      expect(token).toBe(`docker:index/${file}:${name}`);
      const resource = schema.resources[token ?? ""];
      if (resource === undefined) throw new Error(`the plugin has no ${token}`);
      const args = declared(`${file}.d.ts`, `${name}Args`);
      expect(args.length).toBeGreaterThan(1);
      expect(promised(resource.inputProperties, resource.requiredInputs ?? [])).toEqual(args);
      expect(promised(resource.properties)).toEqual(declared(`${file}.d.ts`, name, true));
    },
  );

  const types = [
    ...nested(schema.resources["docker:index/container:Container"]?.inputProperties ?? {}),
  ];

  it("of the many types that a container's inputs are made of", () => {
    expect(types).toContain("docker:index/ContainerMountBindOptions:ContainerMountBindOptions");
    expect(types.length).toBeGreaterThan(15);
  });

  it.each(types)("of %s", (token) => {
    const type = schema.types[token];
    const expected = declared("types/input.d.ts", token.split(":").pop() ?? "");
    expect(expected.length).toBeGreaterThan(0);
    expect(promised(type?.properties ?? {}, type?.required ?? [])).toEqual(expected);
  });

  it("of the provider itself", () => {
    const names = Object.keys(schema.provider.inputProperties).sort();
    const expected = declared("provider.d.ts", "ProviderArgs").map((line) => line.split("?")[0]);
    expect(names).toEqual(expected);
  });
});
