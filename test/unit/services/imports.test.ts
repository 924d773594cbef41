/** What to run knows nothing of where it runs: `services/` imports no runtime. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";

const folder = new URL("../../../components/services/", import.meta.url);
const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) =>
  file.endsWith(".ts"),
);

it("imports its own files, and libraries that every runtime has", () => {
  const imported = files.flatMap((file) => {
    const text = readFileSync(new URL(file, folder), "utf8");
    return [...text.matchAll(/from "([^"]+)"/g)].map(([, name = ""]) =>
      name.startsWith(".") ? new URL(name, new URL(file, folder)).pathname : name,
    );
  });
  const foreign = new Set(imported.filter((name) => !name.startsWith(folder.pathname)));
  expect([...foreign].sort()).toEqual([
    "@pulumi/pulumi",
    "fastest-levenshtein",
    "node:crypto",
    "node:net",
    "node:path",
    "node:url",
    "zod",
  ]);
});

it("needs Pulumi for the definition alone: the validator is a function of plain values", () => {
  const users = files.filter((file) =>
    /^import \* as pulumi/m.test(readFileSync(new URL(file, folder), "utf8")),
  );
  expect(users.sort()).toEqual(["define.ts", "normalise/normalise.ts", "normalise/tls.ts"]);
});
