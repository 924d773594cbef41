/** A ledger to test with: entries of one service `web` and a proxy. */
import { app, defineServices, proxy } from "../../../components/services/index.ts";
import type { Snapshot, Entry, StoredService } from "../../../components/releases/types.ts";

export const digest = (digit: string) => `sha256:${digit.repeat(64)}`;
export const refOf = (name: string, digit: string) => `registry.invalid/${name}@${digest(digit)}`;

const defined = defineServices({
  proxy: proxy({ image: refOf("proxy", "f"), routes: [{ to: "web" }] }),
  web: app({ image: refOf("web", "1"), port: 8080 }),
});

/** What a release of `web` at `v1` (digest 111…) keeps; the digit and tag of others. */
export function snapshot(digit = "1", more: Partial<StoredService> = {}): Snapshot {
  const [web] = defined.list;
  if (web === undefined || defined.proxy === undefined) throw new Error("no web");
  return {
    services: [
      {
        ...web,
        image: { ref: refOf("web", digit), tag: `v${digit}` },
        environment: { GREETING: `hello ${digit}` },
        secretVariables: [],
        secrets: [{ name: "TOKEN", value: `secret-${digit}`, as: "file" }],
        ...more,
      },
    ],
    proxy: { ...defined.proxy, image: { ref: refOf("proxy", "f"), tag: "vf" } },
  };
}

export function entry(release: number, digit = String(release), more: Partial<Entry> = {}): Entry {
  return {
    release,
    time: `2026-01-0${release}T10:00:00.000Z`,
    actor: "anna",
    commit: "0123456789abcdef0123456789abcdef01234567",
    dirty: false,
    releaseCommands: [],
    runtime: "fleet",
    snapshot: snapshot(digit),
    ...more,
  };
}
