/**
 * Well-known kinds of images with the settings of docs/known-images.md: PostgreSQL, nginx and PHP on Apache, as users of
 * their own and as root, over the same volumes, and with what they need left out. `npm run test:full` leaves out more of
 * it, one by one.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nginxAsRoot, postgresAsRoot } from "../support/known-images.ts";
import { KnownImages, type Changes } from "./known-images/system.ts";

const ROOT = { store: { asRoot: true }, site: { asRoot: true } };
/** What a root of theirs has without these capabilities. */
const less = (
  { capabilities: { add } }: { capabilities: { add: string[] } },
  ...lacks: string[]
) => ({
  capabilities: { add: add.filter((name) => !lacks.includes(name)) },
});
const store = (...lacks: string[]): Changes => ({
  ...ROOT,
  store: { asRoot: true, changes: less(postgresAsRoot("", ""), ...lacks) },
});
const site = (...lacks: string[]): Changes => ({
  ...ROOT,
  site: { asRoot: true, changes: { ...less(nginxAsRoot(""), ...lacks), deadline: 4 } },
});
const sealed = (name: string, more: object = {}): Changes => {
  const changes = { tmpfs: [{ at: "/tmp" }], deadline: 8, ...more };
  return { ...ROOT, [name]: { asRoot: name !== "blog", changes } };
};

let known: KnownImages;

beforeAll(async () => {
  known = await KnownImages.create(
    "known-images",
    { store: "postgres", site: "nginx", blog: "phpApache" },
    [{ to: "blog" }, { path: "/site", to: "site" }],
  );
});

afterAll(() => known?.destroy());

/** What the blog keeps, in the database behind the link and in its own volume. */
async function notes(note?: string): Promise<{ database: string[]; file: string[] }> {
  const asked = note === undefined ? {} : { method: "POST", body: note };
  const answer = await fetch(known.stack.url, asked);
  expect(answer.status).toBe(200);
  return (await answer.json()) as { database: string[]; file: string[] };
}

async function page(): Promise<string> {
  return (await fetch(`${known.stack.url}/site/`)).text();
}

const kept = (...all: string[]) => ({ database: all, file: all });

describe("as users of their own", () => {
  it("become healthy and serve, without any capability", async () => {
    await known.up();
    expect(await notes("one")).toEqual(kept("one"));
    expect(await page()).toContain("A site");
    for (const name of ["store", "site", "blog"]) {
      const status = await known.run(name, ["cat", "/proc/1/status"]);
      expect(status).toMatch(/^CapEff:\t0{16}$/m);
      expect(status).toMatch(/^NoNewPrivs:\t1$/m);
    }
  });
});

describe("as root, which prepares folders and becomes another user", () => {
  it("serve from the same volumes, and the database was shut down in order", async () => {
    await known.up(ROOT);
    expect(await notes("two")).toEqual(kept("one", "two"));
    expect(await page()).toContain("A site");
    const log = await known.log("store");
    expect(log).toContain("database system was shut down at");
    expect(log).not.toContain("not properly shut down");
    expect(await known.run("store", ["cat", "/proc/1/comm"])).toContain("docker-init");
  });
});

describe("with what it needs left out, a release fails and names it", () => {
  type Row = [what: string, changes: Changes, service: string, cause: string, fix: string];
  const lacks = (names: string) => `, and has not the capability ${names}.`;
  // In this order each replaces least: a release that fails leaves what the next one must go back from.
  const rows: Row[] = [
    [
      "Apache without its folders in memory",
      sealed("blog"),
      "`blog` v1 on host `local`: exited with code 1",
      "it writes to `/var/run/apache2/apache2.pid", // and six characters by chance
      "Give `/var/run/apache2` as `tmpfs` or `volume`",
    ],
    [
      "nginx that may not take its folders over",
      site("CHOWN"),
      "`site` v1 on host `local`: exited with code 1",
      `it changes the owner of files (\`/var/cache/nginx/client_temp\`)${lacks("CHOWN")}`,
      '`capabilities: { add: ["CHOWN"] }`',
    ],
    [
      "PostgreSQL that may not look into the folder of its user",
      store("DAC_READ_SEARCH"),
      "`store` v1 on host `local`: exited with code 1",
      "it may not use `/var/lib/postgresql/data`, which belongs to another user.",
      'where it must read files of others, `capabilities: { add: ["DAC_READ_SEARCH"] }`',
    ],
  ];
  const more: Row[] = [
    [
      "PostgreSQL that may not take its folder over",
      store("CHOWN"),
      "`store` v1 on host `local`: exited with code 1",
      `it changes the owner of files (\`/var/run/postgresql\`)${lacks("CHOWN")}`,
      '`capabilities: { add: ["CHOWN"] }`',
    ],
    [
      "PostgreSQL that may not become another user",
      store("SETGID", "SETUID"),
      "`store` v1 on host `local`: exited with code 1",
      `it becomes another user${lacks("SETGID or SETUID")}`,
      '`capabilities: { add: ["SETGID", "SETUID"] }`',
    ],
    [
      "PostgreSQL without its folder in memory",
      sealed("store"),
      "`store` v1 on host `local`: exited with code 1",
      "it writes to `/var/run/postgresql/.s.PGSQL.5432.lock`, and its root file system is read-only.",
      "Give `/var/run/postgresql` as `tmpfs` or `volume`",
    ],
    [
      "nginx that may not become another user, and runs without workers",
      site("SETGID", "SETUID"),
      "`site` v1 on host `local`: not healthy after 4 s: ",
      `it becomes another user${lacks("SETGID or SETUID")}`,
      '`capabilities: { add: ["SETGID", "SETUID"] }`',
    ],
    [
      "nginx without its folders in memory",
      sealed("site"),
      "`site` v1 on host `local`: exited with code 1",
      "it writes to `/var/cache/nginx/client_temp`, and its root file system is read-only.",
      "Give `/var/cache/nginx` as `tmpfs` or `volume`",
    ],
  ];
  const full = process.env.LONGSHORE_TEST_SIZE === "full";

  it.each([...rows, ...(full ? more : [])])("%s", async (_what, changes, service, cause, fix) => {
    const { all } = await known.up(changes, { fails: true });
    const text = all.slice(all.indexOf("\nDiagnostics:"));
    expect(text).toContain("The release failed and was rolled back: the old version serves.");
    expect(text).toContain(`service ${service}`);
    expect(text).toContain(`, most likely because ${cause}`);
    expect(text).toContain(fix);
  });

  it("and the old versions serve with their data", async () => {
    // They were stopped first, and prove themselves again.
    const status = async () => (await fetch(known.stack.url)).status;
    await expect.poll(status, { timeout: 30_000, interval: 100 }).toBe(200);
    expect(await notes("three")).toEqual(kept("one", "two", "three"));
    expect(await page()).toContain("A site");
    // Stopped and started for the release that failed: also as root, the signal reached it.
    const log = await known.log("store");
    expect(log.match(/database system was shut down at/g)?.length).toBeGreaterThan(1);
    expect(log).not.toContain("not properly shut down");
  });

  it.runIf(full)("as does Apache as root, with its secret in the environment", async () => {
    await known.up({ ...ROOT, blog: { asRoot: true } });
    expect(await notes("four")).toEqual(kept("one", "two", "three", "four"));
  });

  it.runIf(full)("but a stop signal that never arrives shows at the next start alone", async () => {
    await known.up(store("KILL"));
    await known.up(ROOT);
    expect(await known.log("store")).toContain("not properly shut down");
    expect(await notes()).toEqual(kept("one", "two", "three", "four"));
  });
});
