/**
 * A stack of an earlier library, brought to this one, in `npm run test:full`: it needs the project's history. The
 * earlier one has no subnet of its own, no watch, no forwarder, and a ledger of version 1.
 */
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { underLoad } from "../support/load/case.ts";
import { serving } from "../support/load/inventory.ts";
import { writeProgram } from "../support/load/project.ts";
import { LoadSystem } from "../support/load/system.ts";
import { ROOT } from "../support/test-stack.ts";

/** The last commit before all of these. */
const EARLIER = "fdb8298";
const LOAD = { rate: 150, downloadSeconds: 3, timeout: 10_000 };

describe.runIf(process.env.LONGSHORE_TEST_SIZE === "full")("a stack of an earlier library", () => {
  let root: string;
  let system: LoadSystem;

  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), "longshore-e2e-earlier-"));
    const archive = join(root, "library.tar");
    await execa("git", ["archive", "-o", archive, EARLIER, "components", "test/support"], {
      cwd: ROOT,
    });
    await execa("tar", ["-xf", archive, "-C", root]);
    symlinkSync(join(ROOT, "node_modules"), join(root, "node_modules"));
    const library = { root, program: "test/support/load-program.ts" };
    system = await LoadSystem.create("upgrade", { drain: 5, library });
    await system.up();
  });

  afterAll(async () => {
    await system?.destroy();
    rmSync(root, { recursive: true, force: true });
  });

  it("is brought to this one by one `up`, without a lost request", async () => {
    writeProgram(system.folder);
    const result = await underLoad(system, { load: LOAD, before: 1, after: 1 }, async () => [
      await system.up(),
    ]);
    expect(result.output).toContain("proxy on local replaced: no downtime");
    expect(result.reasons).toEqual([]);
    expect(result.failed).toBe(0);
    expect(result.longestGap).toBeLessThanOrEqual(500);
    await system.expectNoChanges();
  });

  it("goes on, and goes back to the release of the earlier one", async () => {
    system.change({ app: await system.newVersion() });
    await system.up();
    expect((await serving(system)).app).toBe("v2");
    const result = await underLoad(system, { load: LOAD, before: 1, after: 1 }, async () => [
      await system.longshore("rollback", "--to", "1"),
    ]);
    // WebSockets end with the old replicas; the command does not say line by line when that is.
    expect(result.reasons.filter((line) => !line.includes("websocket"))).toEqual([]);
    expect((await serving(system)).app).toBe("v1");
  });
});
