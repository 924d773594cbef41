/** One stack that all tests of the command line work on, and the command line as they call it. */
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import * as commandLine from "../../support/command-line.ts";
import type { Release, Told } from "../../support/command-line.ts";
import { Forwarder } from "../../support/forwarder.ts";
import { TestStack, commit } from "../../support/test-stack.ts";

/** The versions differ in image, environment and secret. */
export const version = (greeting: string) =>
  commandLine.program({ repository: "cli-e2e", greeting: `"${greeting}"` });

export let stack: TestStack;
/** What the stack pulls from and pushes to. */
export let registry: Forwarder;
/** Where the command line leaves its instructions while it works. */
export let temp: string;
export const first = { token: "" };
export const second = { token: "canary-of-the-second-release" };
/** What was printed, and where else a secret could be seen. */
export const outputs: Record<string, string> = {};

/** The stack with the first version, which is not released yet. */
export async function setUp(): Promise<void> {
  stack = await TestStack.create("cli");
  first.token = stack.sessionKey;
  temp = commandLine.tempFolder(stack);
  registry = await Forwarder.to(stack.workbench.registry);
  stack.mayPushTo(registry.address);
  await stack.configure({ registry: registry.address });
  writeFileSync(join(stack.folder, "index.ts"), version("first"));
  await commit(stack.folder, "the first version");
}

export async function tearDown(): Promise<void> {
  await registry.close();
  await stack.destroy();
}

export async function reopenRegistry(): Promise<void> {
  registry = await registry.reopen();
}

/** What the command line prints is searched for secrets later. */
export async function longshore(
  args: string[],
  input = "",
  { named = false, noticed = () => {} }: { named?: boolean; noticed?: () => void } = {},
): Promise<Told> {
  const told = await commandLine.longshore(stack, args, {
    named,
    input,
    noticed: (text) => {
      if (text.includes("waiting for another update")) noticed();
    },
  });
  outputs[`longshore ${args.join(" ")} (${Object.keys(outputs).length})`] =
    told.stdout + told.stderr;
  return told;
}

export async function releases(): Promise<Release[]> {
  return JSON.parse((await longshore(["releases", "--json"])).stdout) as Release[];
}

export const serving = () => commandLine.serving(stack);
export const status = () => commandLine.status(stack);

export function edit(file: string, text: string): void {
  expect(readFileSync(join(stack.folder, file), "utf8")).not.toBe("");
  appendFileSync(join(stack.folder, file), text);
}
