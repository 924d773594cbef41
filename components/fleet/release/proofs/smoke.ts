/** Smoke checks: requests that a new version must answer as told, before the switch and after it. */
import { readFileSync } from "node:fs";
import type { ReleaseHost } from "../../../engine/host.ts";
import type { SmokeCheck } from "../../../services/index.ts";
import type { ServiceRequest } from "../../types.ts";

const script = readFileSync(new URL("./smoke.sh", import.meta.url), "utf8");

const OUR_HEADERS = { "user-agent": "longshore-smoke", connection: "close" };

/** An answer as far as a check looks at it. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

/**
 * Makes a service's checks at `address`, from inside the proxy's container.
 * @param address `host:port` as that container reaches it: a replica, or the proxy itself after a switch.
 * @returns what is wrong, in words; empty if nothing is.
 */
export async function smokeFaults(
  host: ReleaseHost,
  proxy: string,
  { name, smoke }: Pick<ServiceRequest, "name" | "smoke">,
  address: string,
): Promise<string[]> {
  const faults: string[] = [];
  for (const check of smoke) {
    const url = `http://${address}${check.path}`;
    const headers = Object.entries({ host: name, ...OUR_HEADERS, ...check.requestHeaders });
    const lines = headers.map(([header, value]) => `${header}: ${value}`);
    const { stdout, stderr } = await host.exec(proxy, ["sh", "-c", script, "smoke", url, ...lines]);
    const answer = parseAnswer(Buffer.from(stdout, "base64"));
    const fault = answer === undefined ? `gave no answer (${stderr.trim()})` : judge(check, answer);
    if (fault !== undefined) faults.push(`smoke check \`GET ${check.path}\` ${fault}`);
  }
  return faults;
}

/** What is wrong with an answer; undefined if it is as told. */
export function judge(check: SmokeCheck, answer: Answer): string | undefined {
  if (answer.status !== check.status) return `answered ${answer.status} instead of ${check.status}`;
  for (const [name, value] of Object.entries(check.headers)) {
    const found = answer.headers[name.toLowerCase()];
    if (found === undefined) return `has no header \`${name}\``;
    if (found !== value) return `has \`${name}: ${found}\` instead of \`${value}\``;
  }
  const wanted = Buffer.from(check.startsWith ?? "", "latin1");
  const begin = answer.body.subarray(0, wanted.length);
  if (begin.equals(wanted)) return undefined;
  return `begins with ${show(begin)} instead of ${show(wanted)}`;
}

/** The answer in what `curl --include` printed; undefined if there is none. */
export function parseAnswer(raw: Buffer): Answer | undefined {
  const end = raw.indexOf("\r\n\r\n");
  if (end === -1) return undefined;
  const [first = "", ...lines] = raw.subarray(0, end).toString("latin1").split("\r\n");
  const status = Number(/^HTTP\/\S+ (\d{3})/.exec(first)?.[1]);
  if (Number.isNaN(status)) return undefined;
  const headers = Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf(":");
      return [line.slice(0, at).trim().toLowerCase(), line.slice(at + 1).trim()];
    }),
  );
  return { status, headers, body: raw.subarray(end + 4) };
}

/** Bytes for people: text as it is, else in hexadecimal. */
function show(bytes: Buffer): string {
  const text = bytes.toString("latin1");
  return /^[\x20-\x7e]*$/.test(text) ? JSON.stringify(text) : `0x${bytes.toString("hex")}`;
}
