/** HAProxy's runtime API as text: the commands between two states, and what its answers say. Pure. */
import type { HostState } from "./types.ts";

/** One server as the proxy's health check sees it. */
export interface ServerStatus {
  backend: string;
  server: string;
  /** `UP`, `DOWN`, `MAINT`, `MAINT (resolution)`, … */
  status: string;
  /** The last check's verdict: `L7OK`, `L4CON`, `L7STS`, … Empty before the first. */
  check: string;
  /** HTTP status of the last check, if it was one. */
  code?: number;
  /** What the check says of itself, e.g. `Connection refused`. */
  detail: string;
  /** Duration of the last check in milliseconds. */
  duration?: number;
  /** Requests or connections in progress. */
  sessions: number;
}

/** The runtime commands between two states of the same shape. */
export function serverCommands(current: HostState, next: HostState): string[] {
  const commands: string[] = [];
  for (const [name, service] of Object.entries(next.services)) {
    for (const slot of ["a", "b"] as const) {
      const wanted = service[slot] ?? service[service.active];
      if (wanted?.endpoint === undefined) continue;
      const rests = service[slot] === null;
      const before = current.services[name]?.[slot] ?? null;
      const mirrored = current.services[name];
      const held = before ?? (mirrored ? mirrored[mirrored.active] : null);
      wanted.servers.forEach((server, index) => {
        const id = `${name}.${slot}/s${index + 1}`;
        const renamed = held?.servers[index] !== server;
        const wakes = !rests && before === null;
        const sleeps = rests && before !== null;
        if (renamed || sleeps || wakes) commands.push(`set server ${id} state maint`);
        if (renamed) commands.push(`set server ${id} fqdn ${server}`);
        // A server that becomes ready counts as up before its first check: `down` makes it prove itself.
        if (!rests && (renamed || wakes)) {
          commands.push(`set server ${id} state ready`, `set server ${id} health down`);
        }
      });
    }
  }
  return commands;
}

interface StatField {
  objType: string;
  field: { name: string };
  value: { value: string | number };
}

/** The servers in an answer to `show stat json`. */
export function parseStat(answer: string): ServerStatus[] {
  const rows = JSON.parse(answer.slice(answer.indexOf("["))) as StatField[][];
  return rows
    .filter((row) => row[0]?.objType === "Server")
    .map((row) => {
      const value = (name: string) => row.find((entry) => entry.field.name === name)?.value.value;
      const string = (name: string) => String(value(name) ?? "");
      const number = (name: string) =>
        value(name) === undefined ? undefined : Number(value(name));
      return {
        backend: string("pxname"),
        server: string("svname"),
        status: string("status"),
        check: string("check_status").replace(/^\* /, ""),
        code: number("check_code"),
        detail: string("last_chk") || string("check_desc"),
        duration: number("check_duration"),
        sessions: number("scur") ?? 0,
      };
    });
}
