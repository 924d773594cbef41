// The workbench leaves the firewall as it was, and says what goes wrong before anything is started.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { remains } from "../../workbench/cleanup.ts";
import {
  root,
  folder,
  canStart,
  bench,
  pathsOf,
  cli,
  refusedUp,
  down,
  traces,
} from "../support/workbench-bench.ts";

describe.runIf(canStart)("an engine that has the machine's network to itself", () => {
  test("puts the firewall back exactly as it was", async () => {
    const alone = bench("alone");
    await down(alone);
    // A network namespace is a machine without any other engine.
    const script = [
      "ip link set lo up",
      "iptables -A INPUT -s 198.51.100.7 -j DROP",
      "rules() { iptables-save | sed '/^#/d; s/ \\[[0-9:]*\\]$//'; }",
      "before=$(rules)",
      '"$NODE" workbench/commands/workbench.ts up --json >"$LONGSHORE_STATE/up.json"',
      'echo "during: $(iptables -S | grep -c DOCKER)"',
      '"$NODE" workbench/commands/workbench.ts down',
      '[ "$before" = "$(rules | awk \'/^\\*/ { table = $0; kept = 0 } { print }\')" ] && echo same',
      "rules",
    ].join("\n");
    const result = await execa("unshare", ["--net", "sh", "-ec", script], {
      cwd: root,
      env: { ...alone.env, NODE: process.execPath, DOCKER_HOST: undefined },
      reject: false,
      all: true,
    });
    expect(result.exitCode, result.all).toBe(0);
    expect(result.stdout).toMatch(/^during: [1-9]/m);
    expect(result.stdout).toContain("198.51.100.7");
    expect(result.stdout).not.toMatch(/DOCKER|LONGSHORE|lsbr|MASQUERADE/);
    expect(result.stdout).toContain(":FORWARD ACCEPT");
    rmSync(join(alone.env.LONGSHORE_STATE ?? "", "up.json"));
    expect(traces(alone)).toEqual([]);
  });
});

describe.runIf(canStart)("what goes wrong is said", () => {
  test("an engine that cannot be started: its last words and the fix", async () => {
    // A dockerd that gives up: what it is given is always valid, so it is the program that is broken.
    const programs = join(folder, "programs");
    mkdirSync(programs, { recursive: true });
    const words = "failed to start daemon: no such luck";
    writeFileSync(join(programs, "dockerd"), `#!/bin/sh\necho "${words}" >&2\nexit 1\n`, {
      mode: 0o755,
    });
    const broken = bench("broken", { PATH: `${programs}:${process.env.PATH}` });
    await down(broken);
    const text = await refusedUp(broken);
    expect(text).toContain("The Docker engine cannot be started: dockerd ended at once.");
    expect(text).toMatch(/Last lines of \S+dockerd\.log:\n[^]*no such luck/);
    expect(text).toContain("run the command again");
    await down(broken);
    expect(traces(broken)).toEqual([]);
  });

  test("a disk that is nearly full, before anything is started", async () => {
    const full = bench("full");
    execFileSync("mount", [
      "-t",
      "tmpfs",
      "-o",
      "size=64m",
      "tmpfs",
      full.env.LONGSHORE_STATE ?? "",
    ]);
    try {
      const text = await refusedUp(full);
      expect(text).toContain(
        `The disk is nearly full: about 3 GB are needed in ${pathsOf(full).state} (engine and registry), 0.1 GB are free. ` +
          "Free some space, or set LONGSHORE_STATE and LONGSHORE_CACHE to another disk.",
      );
      expect(remains(pathsOf(full)).processes).toEqual([]);
    } finally {
      execFileSync("umount", [full.env.LONGSHORE_STATE ?? ""]);
    }
  });

  describe("an engine that is none", () => {
    const socket = join(folder, "podman.sock");
    const guest = bench("podman", { DOCKER_HOST: `unix://${socket}` });
    let podman: Server;
    beforeAll(async () => {
      rmSync(socket, { force: true });
      podman = createServer((_request, reply) => {
        reply.end(JSON.stringify({ Version: "5.4.0", Components: [{ Name: "Podman Engine" }] }));
      });
      await new Promise<void>((done) => podman.listen(socket, done));
    });
    afterAll(() => podman.close());

    test("Podman is refused, and nothing started in its place", async () => {
      expect(await refusedUp(guest)).toContain(`unix://${socket} (DOCKER_HOST) is Podman`);
      expect(existsSync(pathsOf(guest).runtime)).toBe(false);
    });

    test("a DOCKER_HOST that does not answer is not replaced", async () => {
      const dead = bench("dead", { DOCKER_HOST: `unix://${folder}/nobody.sock` });
      expect(await refusedUp(dead)).toContain("named by DOCKER_HOST (ENOENT)");
      expect(existsSync(pathsOf(dead).runtime)).toBe(false);
    });
  });

  test("an unknown command and --help", async () => {
    const help = await cli(bench("help"), "--help");
    expect(help.stdout).toMatch(/\n +up .*\n +status .*\n +down /s);
    expect(help.stdout).not.toContain("privileged");
    expect((await cli(bench("help"), "sideways")).exitCode).toBe(1);
  });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));
