/** `longshore audit`: what of a stack's containers and engines a security check would remark on. */
import type { AuditFinding } from "../../releases/operations.ts";
import { type CommonOptions, type Terminal } from "../context.ts";
import { CliError } from "../exit.ts";
import { openRuntime } from "../open-runtime.ts";
import { openStack } from "../stack.ts";
import { table } from "../table.ts";

export interface AuditOptions extends CommonOptions {
  /** Also what is as it should be. */
  all?: boolean;
}

/** @throws CliError if there is a warning. */
export async function audit(options: AuditOptions, terminal: Terminal): Promise<void> {
  const open = await openStack(options);
  const found = await (await openRuntime(open)).audit();
  terminal.out(
    options.json === true ? JSON.stringify({ findings: found }) : auditText(found, options),
  );
  const warnings = found.filter(({ result }) => result === "warn").length;
  if (warnings > 0) {
    throw new CliError(`The audit has ${warnings === 1 ? "a warning" : `${warnings} warnings`}.`);
  }
}

/** As people read it: warnings first, what several containers have in common once. */
export function auditText(found: AuditFinding[], { all = false }: Pick<AuditOptions, "all"> = {}) {
  const counts = (["pass", "note", "warn"] as const).map(
    (result) => `${found.filter((each) => each.result === result).length} ${result}`,
  );
  const shown = found.filter(({ result }) => all || result !== "pass");
  const groups = new Map<string, AuditFinding & { subjects: string[] }>();
  for (const finding of shown) {
    const key = JSON.stringify([finding.check, finding.result, finding.detail]);
    const group = groups.get(key) ?? { ...finding, subjects: [] };
    group.subjects.push(`${finding.host}/${finding.subject}`);
    groups.set(key, group);
  }
  const order = { warn: 0, note: 1, pass: 2 };
  const rows = [...groups.values()]
    .sort((one, other) => order[one.result] - order[other.result])
    .map(({ check, result, demand, detail, subjects }) => [
      ...[result, check, demand, detail === "" ? "-" : detail],
      subjects.length > 3 ? `${subjects.length} of them` : subjects.join(", "),
    ]);
  const summary = `${counts.join(", ")}.`;
  if (rows.length === 0) return summary;
  return [table(["RESULT", "CHECK", "DEMAND", "FOUND", "WHERE"], rows), "", summary].join("\n");
}
