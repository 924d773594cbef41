/** The pages that the proxy answers with by itself: maintenance, and error pages. Pure. */
import { STATUS_CODES } from "node:http";
import {
  LONGEST_MESSAGE,
  type Maintenance,
  maintenanceFaults,
} from "../../releases/maintenance.ts";
import type { HostState } from "../types.ts";

/** The page that visitors get during maintenance: small, and without anything to load. */
export function maintenancePage({ message }: Maintenance): string {
  return [
    "<!doctype html>",
    '<html lang="en"><head><meta charset="utf-8"><title>Maintenance</title>',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    "<style>body{font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:20vh auto;padding:0 1rem}</style>",
    `</head><body><p>${escapeHtml(message).replaceAll("\n", "<br>")}</p></body></html>`,
    // In one line: HAProxy would send a line's end of a map's value as `%0A`.
  ].join("");
}

/** The same state with a message that the proxy can be told: earlier versions took any. */
export function withinLimits(state: HostState): HostState {
  const { maintenance } = state;
  if (maintenance === undefined || maintenanceFaults(maintenance).length === 0) return state;
  const message = [...maintenance.message].slice(0, LONGEST_MESSAGE).join("");
  return { ...state, maintenance: { ...maintenance, message } };
}

/**
 * The entries of maintenance.map: empty while the services are served, and load balancers may come. The page travels as
 * base64, since the values of a map are one line.
 */
export function maintenanceEntries({
  maintenance,
  draining,
}: Pick<HostState, "maintenance" | "draining">): [string, string][] {
  const drain: [string, string][] = draining === undefined ? [] : [["draining", draining]];
  if (maintenance === undefined) return drain;
  return [
    ...drain,
    // Before the page: whoever gets the page finds its header, too.
    ["retry-after", String(maintenance.retryAfter)],
    ["page", Buffer.from(maintenancePage(maintenance), "utf8").toString("base64")],
  ];
}

/** A whole answer as HAProxy's `errorfile` wants it. */
export function errorFile(status: string, html: string): string {
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "Error"}`,
    "Content-Type: text/html; charset=utf-8",
    "Cache-Control: no-store",
    `Content-Length: ${Buffer.byteLength(html, "utf8")}`,
    "",
    html,
  ];
  return lines.join("\r\n");
}

function escapeHtml(text: string): string {
  const names: Record<string, string> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  };
  return text.replace(/[&<>"']/g, (character) => names[character] ?? "");
}
