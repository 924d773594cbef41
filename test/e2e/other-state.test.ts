/** Another, empty state of the same name and `pulumi up`: refused; told to take over, it adopts the data. */
import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { underLoad } from "../support/load/case.ts";
import { inventory, runIn, serving } from "../support/load/inventory.ts";
import { LoadSystem } from "../support/load/system.ts";

const LOAD = { rate: 100, webSockets: 10, downloads: 5, downloadSeconds: 3, timeout: 10_000 };

/** What a state that another one has taken over leaves, beside the data that was adopted. */
const LEFT = /^pulumi destroy left: network \S+$/;

let system: LoadSystem;
let stranger: LoadSystem;

beforeAll(async () => {
  system = await LoadSystem.create("other-state", { drain: 5 });
  await system.up();
  expect(await inCache("echo kept > /data/file && cat /data/file")).toBe("kept\n");
  stranger = await system.stranger();
});
afterAll(async () => {
  if (stranger !== undefined) rmSync(stranger.folder, { recursive: true });
  // The network of the state that was displaced is nobody's: it goes with the sweep.
  await system?.destroy().catch((error: Error) => expect(error.message).toMatch(LEFT));
});

async function inCache(script: string): Promise<string> {
  const [cache] = ((await system.containers()).cache ?? []).filter(({ running }) => running);
  return runIn(system, cache?.id ?? "", ["sh", "-c", script], "0");
}

describe("another, empty state of the same name", () => {
  it("is refused by preview and update, which say who released, and nothing is changed", async () => {
    const before = { serves: await serving(system), inventory: await inventory(system) };
    const result = await underLoad(system, { load: LOAD, before: 1, after: 1 }, async () => [
      await stranger.up({ fails: true }),
    ]);
    const said = result.output.replaceAll(/\s+/g, " ");
    expect(said).toMatch(
      /serves the stack `identidock\/other-state` for another state: that of \S+@/,
    );
    expect(said).toContain("LONGSHORE_TAKE_OVER=1");
    expect(result.reasons).toEqual([]);
    expect({ serves: await serving(system), inventory: await inventory(system) }).toEqual(before);
    const preview = await stranger.pulumi(["preview"]).catch((error: Error) => error.message);
    expect(preview).toContain("for another state, that of");
    expect(preview).toContain("an update would be refused");
    await system.expectNoChanges();
  });

  it("takes over when told to: its versions serve, with the data that was there", async () => {
    stranger.change({ app: await system.newVersion() });
    const update = stranger.startUp({ LONGSHORE_TAKE_OVER: "1" });
    expect(await update.exitCode, update.output).toBe(0);
    expect(await serving(system)).toEqual({ app: "v2", dnmonster: "v1" });
    expect(await inCache("cat /data/file")).toBe("kept\n");
    await stranger.expectNoChanges();
  });

  it("keeps out, from then on, the state that it took the stack from", async () => {
    system.change({ app: await system.newVersion() });
    const { output } = await system.up({ fails: true });
    expect(output.replaceAll(/\s+/g, " ")).toContain("for another state: that of");
    expect(await serving(system)).toEqual({ app: "v2", dnmonster: "v1" });
    system.adopt(stranger);
    await system.expectNoChanges();
  });
});
