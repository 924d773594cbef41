/**
 * The two commands of the README in a fresh clone: killed half-way, run again, used, taken down. The
 * clone has a workbench of its own; what else runs on the machine is not touched.
 */
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { copyProject, freePort } from "../support/test-stack.ts";

let folder: string;
let ports: string[];
let httpPort: number;

/** The README's commands as a user types them: no installed packages, no chosen engine. */
const clean = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) =>
      !/^(npm_|NODE_|VITEST|DOCKER_|BUILDX_|PULUMI_(?!HOME))/.test(name) ||
      name === "NODE_EXTRA_CA_CERTS",
  ),
);
/** What a shell may hold for other projects: none of it is for this one. */
const hostile = {
  ...{ PULUMI_CONFIG_PASSPHRASE: "of another project", PULUMI_BACKEND_URL: "file:///nonexistent" },
  ...{
    PULUMI_STACK: "production",
    PULUMI_IGNORE_AMBIENT_PLUGINS: "true",
    COMPOSE_FILE: "/none.yaml",
  },
  ...{
    BUILDX_BUILDER: "theirs",
    DOCKER_DEFAULT_PLATFORM: "linux/s390x",
    GIT_DIR: "/nonexistent/.git",
  },
};
const options = () =>
  ({
    cwd: folder,
    env: { ...clean, ...hostile, PATH: withoutLocalBin() },
    extendEnv: false,
    all: true,
    reject: false,
    stdin: "ignore",
  }) as const;

/** What git says of the clone, asked without that. */
const status = async (...more: string[]) =>
  (await execa("git", ["status", "--porcelain", ...more], { ...options(), env: clean })).all;

beforeAll(async () => {
  for (const entry of readdirSync(tmpdir())) {
    if (!entry.startsWith("longshore-demo-")) continue;
    const left = join(tmpdir(), entry);
    await execa("npm", ["run", "demo:down"], { cwd: left, reject: false });
    rmSync(left, { recursive: true, force: true });
  }
  folder = mkdtempSync(join(tmpdir(), "longshore-demo-"));
  await copyProject(folder, { packages: false });
  httpPort = await freePort();
  ports = ["--port", String(httpPort), "--status-port", String(await freePort())];
});

afterAll(async () => {
  await execa("npm", ["run", "demo:down"], options());
  rmSync(folder, { recursive: true, force: true });
});

describe("`npm run demo` in a fresh clone", () => {
  it("goes on after it was killed in the middle of the update", async () => {
    const demo = execa("npm", ["run", "demo", "--", ...ports], { ...options(), detached: true });
    let output = "";
    demo.all.on("data", (chunk: Buffer) => (output += chunk.toString()));
    await until(() => /docker-build:index:Image|docker:index:Network/.test(output), 900_000);
    process.kill(-(demo.pid ?? 0), "SIGKILL");
    await demo;

    const again = await execa("npm", ["run", "demo", "--", ...ports], options());
    expect(again.all).toContain(`http://127.0.0.1:${httpPort}`);
    expect(again.exitCode).toBe(0);
    const picture = await fetch(`http://127.0.0.1:${httpPort}/monster/bla`);
    expect(picture.status).toBe(200);
    expect(
      Buffer.from(await picture.arrayBuffer())
        .subarray(0, 8)
        .toString("hex"),
    ).toBe("89504e470d0a1a0a");
  });

  it("leaves nothing to change, and the working tree as it was", async () => {
    const preview = await execa(
      "npm",
      ["run", "pulumi", "--", "preview", "--stack", "local", "--expect-no-changes"],
      options(),
    );
    expect(preview.all).toContain("unchanged");
    expect(preview.exitCode).toBe(0);
    expect(await status()).toBe("");
  });

  it("says who holds a port that it needs", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const demo = await execa("npm", ["run", "demo", "--", "--port", String(port)], options());
    server.close();
    expect(demo.exitCode).not.toBe(0);
    expect(demo.all).toContain(`Port ${port} is taken by process ${process.pid} (`);
    expect(demo.all).toContain(`npm run demo -- --port ${port + 1}`);
  });

  it("keeps serving when an update is stopped by Ctrl-C, and goes on with the next one", async () => {
    const view = join(folder, "identidock/app/views/page.eta");
    await execa("sh", ["-c", `echo '<!-- after Ctrl-C -->' >> ${view}`]);
    const up = execa("npm", ["run", "demo", "--", ...ports], { ...options(), detached: true });
    let output = "";
    up.all.on("data", (chunk: Buffer) => (output += chunk.toString()));
    await until(() => /app-test.*(creat|updat)|docker:index:Container/.test(output), 300_000);
    process.kill(-(up.pid ?? 0), "SIGINT"); // what a terminal does: to the whole group
    await up;
    expect((await fetch(`http://127.0.0.1:${httpPort}/`)).status).toBe(200);

    const again = await execa("npm", ["run", "demo", "--", ...ports], options());
    expect(again.exitCode).toBe(0);
    const page = await (await fetch(`http://127.0.0.1:${httpPort}/`)).text();
    expect(page).toContain("<!-- after Ctrl-C -->");
    await execa("git", ["checkout", "--quiet", "--", view], { cwd: folder });
  });
});

describe("`npm run demo:down`", () => {
  it("leaves no container, volume, network, process, mount or file, and an unchanged tree", async () => {
    const down = await execa("npm", ["run", "demo:down"], options());
    expect(down.all).toContain("Nothing of the demo is left but the caches.");
    expect(down.exitCode).toBe(0);
    expect(processesOf(folder)).toEqual([]);
    expect(readFileSync("/proc/mounts", "utf8")).not.toContain(folder);
    const ignored = await status("--ignored");
    // npm's packages are a cache like the others; nothing else is left.
    expect(ignored).toBe("!! node_modules/");
  });

  it("can be run when there is nothing", async () => {
    const down = await execa("npm", ["run", "demo:down"], options());
    expect(down.exitCode).toBe(0);
  });
});

/** Command lines of living processes that name `path`, or work in it. */
function processesOf(path: string): string[] {
  return readdirSync("/proc").flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
      return line.includes(path) ? [line] : [];
    } catch {
      return [];
    }
  });
}

function withoutLocalBin(): string {
  const path = (process.env.PATH ?? "").split(":");
  return path.filter((entry) => !entry.includes("node_modules")).join(":");
}

async function until(condition: () => boolean, milliseconds: number): Promise<void> {
  const end = Date.now() + milliseconds;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`not within ${milliseconds / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
