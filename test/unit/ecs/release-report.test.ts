/** What a release on ECS reports and remembers, by what the last one printed. */
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { reportOf } from "../../../components/ecs/release/report.ts";
import { openLedger } from "../../../components/releases/codec.ts";
import { root } from "../repo/project.ts";

const now = (revision: number, tag = "v1") => ({
  app: { tag, taskDefinition: `arn:task-definition/shop-app:${revision}` },
});
const print = (revision: number, tag?: string, before?: string) =>
  JSON.stringify(reportOf(before, now(revision, tag)));

describe("the report", () => {
  it("counts from one", () => {
    expect(reportOf(undefined, now(1))).toEqual({
      release: 1,
      services: { app: { tag: "v1", changed: true } },
      taskDefinitions: { app: "arn:task-definition/shop-app:1" },
    });
  });
  it("says from what to what", () => {
    expect(reportOf(print(1), now(2, "v2"))).toMatchObject({
      release: 2,
      services: { app: { tag: "v2", changed: true, from: "v1" } },
    });
  });
  it("has the last number where nothing changed", () => {
    expect(reportOf(print(1), now(1))).toMatchObject({
      release: 1,
      services: { app: { changed: false } },
    });
  });
  it("counts a service that has gone, and other settings of the same version", () => {
    const both = { ...now(1), old: { tag: "v1", taskDefinition: "arn:old:1" } };
    expect(reportOf(JSON.stringify(reportOf(undefined, both)), now(1)).release).toBe(2);
    expect(reportOf(print(1), now(2)).release).toBe(2);
  });
});

describe("the program", () => {
  const key = Buffer.alloc(32, 7).toString("base64url");
  const secret = "a-secret-value-of-the-app";
  const snapshot = {
    services: [
      {
        name: "app",
        image: { ref: `r/app@sha256:${"1".repeat(64)}`, tag: "v1" },
        environment: {},
        secretVariables: [],
        secrets: [{ name: "KEY", value: secret, as: "file" }],
      },
    ],
  };
  const run = (previous: string, ledgerKey = key) =>
    execa(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", join(root, "components/ecs/release/main.ts")],
      {
        input: JSON.stringify({
          ...{ stack: "shop/prod", cluster: "c", region: "r", serviceNames: {} },
          services: now(1),
          ledger: { key: ledgerKey, snapshot },
        }),
        env: { PULUMI_COMMAND_STDOUT: previous },
        reject: false,
      },
    );

  it("remembers the definition, encrypted", async () => {
    const { stdout, stderr, exitCode } = await run("");
    expect(exitCode, stderr).toBe(0);
    expect(stdout + stderr).not.toContain(secret);
    const { ledger, release } = JSON.parse(stdout) as { ledger: string; release: number };
    expect(release).toBe(1);
    const { entries } = openLedger(ledger, key);
    expect(entries).toMatchObject([{ release: 1, runtime: "ecs", snapshot }]);
    const again = await run(stdout);
    expect(
      openLedger((JSON.parse(again.stdout) as { ledger: string }).ledger, key).entries,
    ).toHaveLength(1);
  });

  it("refuses a ledger that it cannot open, and says so without secrets", async () => {
    const { stdout } = await run("");
    const other = await run(stdout, Buffer.alloc(32, 8).toString("base64url"));
    expect(other.exitCode).toBe(4);
    expect(other.stderr).toContain("cannot be decrypted");
    expect(other.stdout + other.stderr).not.toContain(secret);
  });
});
