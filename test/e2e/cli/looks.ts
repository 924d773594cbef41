/** What looks into a stack that runs, and runs commands there. */
import { describe, expect, it } from "vitest";
import { longshore, second, stack } from "./stage.ts";

export function testRunningStack(): void {
  describe("a stack that runs", () => {
    it("shows its versions and their health", async () => {
      const { stdout } = await longshore(["status", "--json"]);
      expect(JSON.parse(stdout)).toMatchObject({
        hosts: [{ host: "local", release: 2, proxy: "running" }],
        replicas: [{ service: "web", replica: 1, state: "running", health: "healthy" }],
      });
    });

    it("shows what its services print", async () => {
      const { stdout } = await longshore(["logs", "web", "-n", "5"]);
      expect(stdout).toMatch(/^local\/web-1 \| .*Server listening/m);
    });

    it("runs commands in a replica, with input, output and exit code", async () => {
      const script = 'process.stdin.pipe(process.stdout).on("unpipe", () => process.exit(7))';
      const ran = await longshore(["exec", "web", "-i", "--", "node", "-e", script], "through");
      expect({ stdout: ran.stdout, exitCode: ran.exitCode }).toEqual({
        stdout: "through",
        exitCode: 7,
      });
    });

    it("has the surroundings that its definition says, also for a command of its own", async () => {
      // Of the init process: Node.js raises its own soft limit of files.
      const script =
        'const { readFileSync: read, statfsSync } = require("fs"); const { bsize, blocks } = statfsSync("/dev/shm");' +
        'const limits = read("/proc/1/limits", "utf8"); console.log(JSON.stringify({' +
        'hosts: /10.1.0.7\\s+ldap.internal/.test(read("/etc/hosts", "utf8")),' +
        "files: /open files +(\\d+) +(\\d+)/.exec(limits).slice(1), core: /core file size +(\\d+)/.exec(limits)[1]," +
        'queue: read("/proc/sys/net/core/somaxconn", "utf8").trim(), shared: (bsize * blocks) / 2 ** 20,' +
        'mounted: read("/sources/app/Dockerfile", "utf8").includes("FROM"), zero: zero(), most: pids(), written: written() }));' +
        'function zero() { const { openSync, readSync } = require("fs"); const bytes = Buffer.from("x");' +
        'readSync(openSync("/dev/nought", "r"), bytes); return bytes[0]; }' +
        'function pids() { const at = "/sys/fs/cgroup/"; const { existsSync: is } = require("fs");' +
        'return Number(read(at + (is(at + "pids.max") ? "" : "pids/") + "pids.max", "utf8")); }' +
        'function written() { try { require("fs").writeFileSync("/sources/new", ""); } catch ({ code }) { return code; } }';
      const surroundings = {
        ...{ hosts: true, files: ["2048", "4096"], core: "0", queue: "321", shared: 32 },
        ...{ mounted: true, zero: 0, most: 300, written: "EROFS" },
      };
      for (const command of ["exec", "run"]) {
        const entry = command === "exec" ? ["node"] : []; // of a command of its own it is the service's
        const { stdout } = await longshore([command, "web", "--", ...entry, "-e", script]);
        expect(JSON.parse(stdout), command).toEqual(surroundings);
      }
      const [replica] = (await stack.containers()).web ?? [];
      const { Config } = await stack.docker.getContainer(replica?.id ?? "").inspect();
      expect(Config.Hostname).toBe("web-of-cli");
      expect(Config.Labels).toMatchObject({
        "com.example.team": "shop",
        "longshore.service": "web",
      });
    });

    it("is audited: its containers are as they should be, and one that somebody has made is named", async () => {
      interface Finding {
        subject: string;
        result: string;
      }
      const asked = await longshore(["audit", "--json"]);
      const { findings } = JSON.parse(asked.stdout) as { findings: Finding[] };
      const ofContainers = findings.filter(({ subject }) => subject !== "engine");
      expect(ofContainers.length).toBeGreaterThan(50);
      expect(ofContainers.filter(({ result }) => result === "warn")).toEqual([]);
      const [replica] = (await stack.containers()).web ?? [];
      const { Image } = await stack.docker.getContainer(replica?.id ?? "").inspect();
      const bad = await stack.docker.createContainer({
        ...{ name: "longshore-e2e-bad", Image, Labels: { "longshore.stack": stack.label } },
        HostConfig: { NetworkMode: "host" },
      });
      try {
        const { stdout, exitCode } = await longshore(["audit"]);
        expect(exitCode).toBe(1);
        expect(stdout).toMatch(
          /warn +5\.4 .*longshore-e2e-bad[\s\S]*warn +5\.10 .*longshore-e2e-bad/,
        );
      } finally {
        await bad.remove();
      }
    });

    it("runs commands in containers of their own, with environment and secrets, and removes them", async () => {
      const script =
        'const { GREETING, TOKEN_FILE, "spring.profiles.active": profile } = process.env;' +
        'console.log(GREETING, require("fs").readFileSync(TOKEN_FILE).length, profile); process.exit(9)';
      const ran = await longshore(["run", "web", "--", "-e", script]);
      expect({ stdout: ran.stdout, exitCode: ran.exitCode }).toEqual({
        stdout: `second ${second.token.length} prod`,
        exitCode: 9,
      });
      const left = await stack.docker.listContainers({
        all: true,
        filters: { label: [`longshore.run=${stack.label}/web`] },
      });
      expect(left).toEqual([]);
    });
  });
}
