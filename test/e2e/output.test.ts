/** Hostile output on a real engine: without bounds, without end, with control characters, with secrets. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ServiceRequest } from "../../components/fleet/types.ts";
import { DeployerBench } from "../support/deployers/bench.ts";
import { service } from "../support/release.ts";

const SECRET = "canary/of the+output";

let bench: DeployerBench;
let proxy: string;
let replica: string;

beforeAll(async () => {
  bench = await DeployerBench.create("output");
  proxy = await bench.proxy("proxy-1");
  replica = await bench.copy("app", "app-1");
});
afterAll(() => bench?.remove());

function release(more: Partial<ServiceRequest>) {
  const health = { kind: "tcp", interval: 1, timeout: 1, successes: 1 } as const;
  const app = service("app", "v1", { health, deadline: 15, drain: 1, stopGrace: 1, ...more });
  const request = bench.request(proxy, [app], { app: [replica] });
  request.hosts[0]?.secrets.push({
    ...{ volume: `${bench.name}-secrets`, container: replica, files: { TOKEN: SECRET } },
  });
  return bench.deploy(request);
}

/** Command lines of the replica's processes. */
async function processes(): Promise<string> {
  const top = (await bench.docker.getContainer(replica).top()) as { Processes: string[][] };
  return top.Processes.map((fields) => fields.join(" ")).join("\n");
}

describe("a check command", () => {
  const checked = (command: string[]) =>
    release({
      health: { kind: "command", command, interval: 1, timeout: 3, successes: 1 },
      deadline: 8,
    });

  it("that prints without end is ended, and does not fill the release's memory", async () => {
    const deployer = checked(["yes"]);
    let most = 0;
    const look = setInterval(() => {
      const rss = /^VmRSS:\s+(\d+) kB$/m.exec(status(deployer.pid))?.[1];
      most = Math.max(most, Number(rss ?? 0));
    }, 100);
    const { code, lines } = await deployer.outcome;
    clearInterval(look);
    expect(code).toBe(1);
    expect(lines.join("\n")).toContain("its check `yes` printed more than 64 KiB and was ended");
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThan(250 * 1024); // 1.3 GiB before
    await bench.host.start(replica);
    await expect.poll(processes).not.toMatch(/\byes\b/);
  });

  it("that does not end in time is ended with what it has started", async () => {
    const { code, lines } = await checked(["sh", "-c", "sleep 4711 & sleep 4712"]).outcome;
    expect(code).toBe(1);
    expect(lines.join("\n")).toContain("did not end within 3 s");
  });

  it("that is late leaves no process in a replica that goes on", async () => {
    await bench.host.start(replica);
    const sleeping = ["sh", "-c", "sleep 4711 & sleep 4712"];
    const limits = { bytes: 1024, seconds: 1 };
    const result = await bench.host.exec(replica, sleeping, undefined, limits);
    expect(result).toMatchObject({ exitCode: -1, ended: "late" });
    expect(await processes()).not.toContain("sleep 47");
    expect((await bench.host.inspect(replica))?.running).toBe(true);
  });
});

describe("a release command", () => {
  const print = (script: string) => release({ releaseCommand: ["sh", "-c", script] }).outcome;

  it("that prints its secret shows it in no line and no error", async () => {
    const encoded = Buffer.from(SECRET).toString("base64");
    const { code, lines } = await print(
      `echo "plain ${SECRET} end"; echo "base64 ${encoded} end"; exit 3`,
    );
    expect(code).toBe(1);
    const text = lines.join("\n");
    expect(text).toContain("app: | plain [secret] end");
    expect(text).toMatch(/app: \| base64 \[secret\]\S{0,4} end/);
    expect(text).toContain("its release command");
    expect(text).not.toContain(SECRET);
    expect(text).not.toContain(encoded);
  });

  it("has its lines cut, its control characters taken out, and its thousand lines counted", async () => {
    const script =
      "head -c 1000000 /dev/zero | tr '\\0' x; echo; printf '\\033]0;owned\\007\\033[2Jtext\\n'; seq 5000; exit 3";
    const { lines } = await print(script);
    expect(Math.max(...lines.map((line) => Buffer.byteLength(line)))).toBeLessThanOrEqual(8192);
    expect(lines).toContain("app: | text");
    expect(lines.join("")).not.toContain("\x1b");
    expect(lines).toContain("app: | … 4002 more lines");
    expect(lines).not.toContain("app: | 1200");
    expect(lines.join("\n")).toContain("    | 5000"); // its last ones are in the error
  });
});

function status(pid: number | undefined): string {
  try {
    return readFileSync(`/proc/${pid}/status`, "utf8");
  } catch {
    return ""; // has ended
  }
}
