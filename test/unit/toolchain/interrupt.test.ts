// Installations that are killed half-way, and two at once: real processes of `npm run toolchain`.
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import lockfile from "proper-lockfile";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { withLock } from "../../../toolchain/lock.ts";
import { progressTo } from "../../../toolchain/progress.ts";
import { type Machine, type StandIn, machine, officialFiles, serve } from "./stand-in.ts";

const CLI = join(import.meta.dirname, "../../../toolchain/cli.ts");
let hosts: StandIn;
let here: Machine;

beforeEach(async () => {
  hosts = await serve(officialFiles());
  here = machine(hosts.url);
});
afterEach(async () => {
  here.remove();
  await hosts.close();
});

const toolchain = (...args: string[]) =>
  execa(process.execPath, [CLI, ...args], { env: here.env, extendEnv: false, reject: false });

const archives = () => hosts.requests.filter((path) => path.endsWith(".tar.gz"));
const plugin = "plugins/resource-docker-v5.2.0/pulumi-resource-docker";

describe("an installation", () => {
  it("that is killed half-way leaves nothing in the piece's place; the next one clears up", async () => {
    const path = [...hosts.files.keys()].find((file) => file.includes("resource-docker-v")) ?? "";
    const whole = hosts.files.get(path) ?? "";
    let reachHalf = () => {};
    const halfWay = new Promise<void>((resolve) => (reachHalf = resolve));
    hosts.files.set(path, (_, response) => {
      response.writeHead(200, { "content-length": "1000" });
      response.write("half", () => reachHalf());
    });
    const first = toolchain("install");
    await halfWay;
    await vi.waitFor(() => expect(staged()).toContain(".download"));
    first.kill("SIGKILL");
    await first;
    expect(existsSync(here.home(plugin))).toBe(false);
    expect(existsSync(here.home("plugins/resource-command-v1.2.1"))).toBe(true);

    hosts.files.set(path, whole);
    hosts.requests.length = 0;
    const second = await toolchain("install", "--json");
    expect(second.exitCode).toBe(0);
    expect(existsSync(here.home(plugin))).toBe(true);
    expect(archives()).toHaveLength(2);
    expect(readdirSync(here.home()).sort()).toEqual(["plugins", "versions"]);
  }, 40_000);

  it("waits for another that is under way, and then has nothing to do", async () => {
    const results = await Promise.all([toolchain("install"), toolchain("install")]);
    expect(results.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    // The CLI and its language host come in one archive, and three plugins: each once.
    expect(new Set(archives()).size).toBe(archives().length);
    expect(archives()).toHaveLength(4);
  }, 20_000);

  it("that has to wait says for whom", async () => {
    const notes: string[] = [];
    const progress = progressTo((line) => notes.push(line));
    const release = await lockfile.lock(here.folder, {
      lockfilePath: join(here.folder, ".longshore-toolchain.lock"),
    });
    writeFileSync(join(here.folder, ".longshore-toolchain.pid"), `${process.pid}\n`);
    const done = withLock(here.folder, progress, () => Promise.resolve("done"));
    await vi.waitFor(() => expect(notes).toHaveLength(1));
    expect(notes[0]).toBe(
      `waiting for another installation in ${here.folder} (process ${process.pid})`,
    );
    await release();
    await expect(done).resolves.toBe("done");
  });
});

describe("the command", () => {
  it("says how each piece came", async () => {
    const { stdout } = await toolchain();
    expect(stdout.split("\n").map((line) => line.split(/\s+/).slice(0, 3).join(" "))).toEqual([
      "piece version came",
      "pulumi 3.250.0 downloaded",
      "language-nodejs 3.250.0 downloaded",
      "command 1.2.1 downloaded",
      "docker 5.2.0 downloaded",
      "docker-build 0.0.22 downloaded",
    ]);
  });

  it("status changes nothing, and fails while a piece is missing", async () => {
    const before = await toolchain("status");
    expect(before.exitCode).toBe(1);
    expect(before.stdout).toMatch(/^docker +5\.2\.0 +missing +is not there$/m);
    expect(existsSync(here.home())).toBe(false);
    await toolchain("install");
    const after = await toolchain("status", "--json");
    expect(after.exitCode).toBe(0);
    expect(JSON.parse(after.stdout)).toMatchObject({
      pieces: [{ name: "pulumi", origin: "downloaded" }, {}, {}, {}, {}],
      tools: [{ name: "buildkitd", reason: "is not there" }, {}, {}],
    });
  });

  it.each([
    [["install", "--tool", "buildxx"], 'There is no tool called "buildxx"'],
    [
      ["install", "--plugin", "aws"],
      'There is no plugin called "aws". --plugin takes: digitalocean.',
    ],
    [["instal"], "too many arguments"],
  ])("%j is refused", async (args, message) => {
    const { exitCode, stderr } = await toolchain(...args);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(message);
    expect(hosts.requests).toEqual([]);
  });

  it("has a help text that names its settings", async () => {
    const { stdout } = await toolchain("--help");
    for (const word of ["install", "status", "PULUMI_HOME", "LONGSHORE_TOOLCHAIN_MIRROR"]) {
      expect(stdout).toContain(word);
    }
  });
});

describe("progress", () => {
  it("shows that a long step is still under way, and for how long", async () => {
    vi.useFakeTimers();
    try {
      const lines: string[] = [];
      let finish = () => {};
      const work = new Promise<void>((resolve) => (finish = resolve));
      const step = progressTo((line) => lines.push(line)).step("building x", () => work);
      await vi.advanceTimersByTimeAsync(31_000);
      finish();
      await step;
      await vi.advanceTimersByTimeAsync(60_000);
      expect(lines).toEqual([
        "building x …",
        "building x … 15 s",
        "building x … 30 s",
        "building x: done in 31 s",
      ]);
    } finally {
      vi.useRealTimers();
    }
  });

  it("of a step that fails ends with it", async () => {
    const lines: string[] = [];
    const failed = progressTo((line) => lines.push(line)).step("x", () =>
      Promise.reject(new Error("no")),
    );
    await expect(failed).rejects.toThrow("no");
    expect(lines).toEqual(["x …"]);
  });
});

function staged(): string[] {
  const root = here.home(".longshore-staging");
  return existsSync(root) ? (readdirSync(root, { recursive: true }) as string[]).map(base) : [];
}

function base(path: string): string {
  return path.split("/").pop() ?? "";
}
