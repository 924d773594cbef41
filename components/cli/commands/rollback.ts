/** `longshore rollback`: brings back an earlier release, with its configuration and its secrets. */
import { leaving } from "../../releases/record.ts";
import type { Snapshot, Entry, Ledger } from "../../releases/types.ts";
import type { Terminal, UpdateFlags } from "../context.ts";
import { CliError } from "../exit.ts";
import { findRelease } from "./releases.ts";
import { openStack } from "../stack.ts";
import { timeText } from "../table.ts";
import { tellRelease } from "./up.ts";
import { update } from "../update/update.ts";
import { imagesOf } from "../../releases/contents.ts";

export interface RollbackOptions extends UpdateFlags {
  to?: string;
  keepSecret?: string[];
}

export async function rollback(options: RollbackOptions, terminal: Terminal): Promise<void> {
  const open = await openStack(options, "update");
  const ledger = await open.ledger();
  const { from, target } = chooseTarget(ledger, options.to);
  const keepSecrets = options.keepSecret ?? [];
  for (const line of describeRollback(ledger, from, target, keepSecrets)) terminal.note(line);
  await update(
    open,
    {
      ...options,
      // Asked for by number: an image of it that was left before is let through.
      allowBad: true,
      after: from.release,
      question: `Bring back release ${target.release}?`,
      instruction: {
        kind: "rollback",
        to: target.release,
        snapshot: target.snapshot,
        keepSecrets,
        images: imagesOf(target.snapshot),
      },
    },
    terminal,
  );
  await tellRelease(open, options, terminal);
}

/**
 * What serves now, and the release to go back to: the one named, else the newest that differs from what
 * serves and that no rollback has left.
 */
export function chooseTarget(ledger: Ledger, to?: string): { from: Entry; target: Entry } {
  const from = ledger.entries.at(-1);
  if (from === undefined) throw new CliError("The ledger has no release yet.");
  if (to !== undefined) {
    const target = findRelease(ledger, to);
    if (target !== from) return { from, target };
    throw new CliError(`Release ${from.release} is the one that serves.`);
  }
  const bad = new Set(ledger.bad.map(({ ref }) => ref));
  const serving = JSON.stringify(from.snapshot);
  const target = ledger.entries.findLast(
    ({ snapshot }) =>
      JSON.stringify(snapshot) !== serving &&
      !Object.values(imagesOf(snapshot)).some(({ ref }) => bad.has(ref)),
  );
  if (target !== undefined) return { from, target };
  throw new CliError(
    "There is no earlier release to go back to: the ledger has none, or rollbacks have left them. " +
      "Name one with `--to N` (see `longshore releases`).",
  );
}

/** What people should know before they go on. Names of secrets, never values. */
export function describeRollback(
  ledger: Ledger,
  from: Entry,
  target: Entry,
  keepSecrets: string[],
): string[] {
  const lines = [
    `From release ${from.release} back to release ${target.release} ` +
      `(${timeText(target.time)} UTC, by ${target.actor}).`,
  ];
  const differing = differingSecrets(from.snapshot, target.snapshot);
  const back = differing.filter((name) => !keepSecrets.includes(name));
  if (back.length > 0) {
    lines.push(
      `Secrets that get the values of then: ${back.join(", ")}. ` +
        "`--keep-secret NAME` keeps the program's value of one.",
    );
  }
  const kept = keepSecrets.filter((name) => secretsOf(target.snapshot)[name] !== undefined);
  if (kept.length > 0) lines.push(`Secrets that keep the program's value: ${kept.join(", ")}.`);
  const commands = ledger.entries
    .filter(({ release }) => release > target.release && release <= from.release)
    .flatMap(({ release, releaseCommands }) =>
      releaseCommands.map((service) => `${service} in release ${release}`),
    );
  if (commands.length > 0) {
    lines.push(
      `Release commands ran since then and are not undone: ${commands.join(", ")}. ` +
        "The version that comes back must be able to work with what they did.",
    );
  }
  const left = leaving(from, target.snapshot);
  lines.push(
    left.length === 0
      ? "The images are the same: what differs is configuration. Fix it in the program too, or the " +
          "next update brings it back."
      : `Updates will refuse what is left: ${left.map((b) => `${b.service} ${b.tag}`).join(", ")}.`,
  );
  return lines;
}

/** Names of secrets whose values differ, or that only one of the two has. */
export function differingSecrets(one: Snapshot, other: Snapshot): string[] {
  const [x, y] = [secretsOf(one), secretsOf(other)];
  const names = new Set([...Object.keys(x), ...Object.keys(y)]);
  return [...names].filter((name) => x[name] !== y[name]).sort();
}

/** Secret by name; one that several services have counts as all of its values. */
function secretsOf({ services }: Snapshot): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { name: service, secrets, environment, secretVariables } of services) {
    const variables = secretVariables.map((name) => ({ name, value: environment[name] ?? "" }));
    for (const { name, value } of [...secrets, ...variables]) {
      found[name] = `${found[name] ?? ""}${JSON.stringify([service, value])}`;
    }
  }
  return found;
}
