/** What a made-up proxy and a made-up engine answer. */
import type { HostInspection } from "../../../components/engine/inspection.ts";
import type { ImageStore } from "../../../components/engine/host.ts";

/** A diagnosis that is told nothing of the containers' sockets. */
export const blind = (): HostInspection => ({
  container: () => Promise.resolve({ digests: [], platform: "linux/amd64", memoryLimit: 2 ** 26 }),
  engine: () => Promise.resolve({ platform: "linux/amd64", memory: 2 ** 34 }),
  sockets: () => Promise.resolve(undefined),
  memoryUse: () => Promise.resolve(new Map()),
  volumes: () => Promise.resolve([]),
  sweepHelpers: () => Promise.resolve(),
});

/** An engine without images. */
export const noImages: ImageStore = {
  list: () => Promise.resolve([]),
  tag: () => Promise.resolve(),
  remove: () => Promise.resolve(),
};

/** A row of `show stat json`. */
export function statRow(objType: string, fields: Record<string, string | number>) {
  return Object.entries(fields).map(([name, value]) => ({
    ...{ objType, field: { name }, value: { value } },
  }));
}

/** A backend's row in an answer to `show stat json`. */
export function backendRow(
  backend: string,
  done: { requests: number; errors: number; averageMs?: number },
) {
  const fields: Record<string, string | number> = {
    ...{ pxname: backend, svname: "BACKEND", mode: "http", req_tot: done.requests },
    ...{ hrsp_5xx: done.errors, srv_abrt: 0, rtime: done.averageMs ?? 0 },
  };
  return statRow("Backend", fields);
}

/** An address for each name, the same each time. */
export function addressOf(name: string): string {
  const hash = [...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 65536, 7);
  return `10.9.${hash >> 8}.${hash & 255}`;
}

/** What a smoke request is answered with. */
export interface SmokeAnswer {
  status: number;
  body?: string;
  headers?: string[];
}

/** An answer as the proxy's container prints it for a smoke check. */
export function smokeAnswer(
  { status, body = "", headers = [] }: SmokeAnswer = { status: 200 },
): string {
  const lines = [`HTTP/1.1 ${status} X`, ...headers, "", body];
  return Buffer.from(lines.join("\r\n"), "latin1").toString("base64");
}
