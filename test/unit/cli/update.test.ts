/** An update that had to wait, and what came meanwhile. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { OpenStack } from "../../../components/cli/stack.ts";
import { update } from "../../../components/cli/update/update.ts";

const TERMINAL = { out: () => {}, raw: () => {}, note: () => {}, interactive: false };
let backend: string;
let lock: string;

beforeEach(() => {
  backend = mkdtempSync(join(tmpdir(), "longshore-update-"));
  const locks = join(backend, ".pulumi", "locks", "organization", "shop", "local");
  mkdirSync(locks, { recursive: true });
  lock = join(locks, "1.json");
  vi.stubEnv("PULUMI_BACKEND_URL", `file://${backend}`);
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(backend, { recursive: true, force: true });
});

/** A stack whose lock this process holds until its release `then` has come. */
function stack({ held, then }: { held: boolean; then: number }) {
  const up = vi.fn(() => Promise.resolve());
  let serving = 3;
  if (held) {
    const holder = { pid: process.pid, username: "anna", hostname: hostname(), timestamp: "" };
    writeFileSync(lock, JSON.stringify({ ...holder, timestamp: new Date().toISOString() }));
    setTimeout(() => {
      serving = then;
      rmSync(lock);
    }, 100);
  }
  const stack = {
    workspace: { envVars: {}, projectSettings: () => Promise.resolve({ name: "shop" }) },
    up,
  };
  const open = {
    name: "local",
    automation: () => Promise.resolve(stack),
    forget: () => {},
    ledger: () => Promise.resolve({ entries: [{ release: serving }], bad: [] }),
  };
  return { open: open as unknown as OpenStack, up };
}

const rollback = { question: "Bring back release 2?", yes: true, wait: 30, after: 3 };

it("is refused if it was chosen by a release that another one has replaced meanwhile", async () => {
  const { open, up } = stack({ held: true, then: 4 });
  await expect(update(open, rollback, TERMINAL)).rejects.toMatchObject({
    code: 4,
    message:
      "Release 4 came while this command waited, and it was chosen by release 3. Nothing was touched. " +
      "Look at `longshore releases`, and run it again.",
  });
  expect(up).not.toHaveBeenCalled();
});

it("goes on if the other one has failed", async () => {
  const { open, up } = stack({ held: true, then: 3 });
  await update(open, rollback, TERMINAL);
  expect(up).toHaveBeenCalledOnce();
});

it("waits for nobody if nobody is there", async () => {
  const { open, up } = stack({ held: false, then: 3 });
  await update(open, { ...rollback, wait: 0 }, TERMINAL);
  expect(up).toHaveBeenCalledOnce();
});
