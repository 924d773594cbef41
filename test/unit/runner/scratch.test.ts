// A run's temporary folder: who it belongs to, and that nothing in it stays.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execFileSync } from "node:child_process";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { abandonedScratch, makeScratch, sweepScratch } from "../../runner/scratch.ts";

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "longshore-scratch-"));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

describe("a run's temporary folder", () => {
  it("is abandoned when its process is gone", () => {
    const mine = makeScratch(base);
    const gone = execFileSync("sh", ["-c", "echo $$"], { encoding: "utf8" }).trim();
    const left = join(base, `longshore-test-${gone}-abcdef`);
    mkdirSync(left);
    mkdirSync(join(base, "longshore-e2e-app-abcdef"));
    expect(abandonedScratch(base)).toEqual([left]);
    expect(existsSync(mine)).toBe(true);
  });

  it("goes with everything in it, also a workbench's state", async () => {
    const scratch = makeScratch(base);
    writeFileSync(join(scratch, "vitest-unit.json"), "{}");
    for (const state of ["longshore-demo-abcdef/.longshore", "longshore-e2e-bench/first"]) {
      mkdirSync(join(scratch, state, "workbench"), { recursive: true });
    }
    expect(await sweepScratch(scratch)).toEqual([
      "temporary folder longshore-demo-abcdef",
      "temporary folder longshore-e2e-bench",
    ]);
    expect(readdirSync(base)).toEqual([]);
  });

  it("takes what its stacks have on the engine with it, and nothing else", async () => {
    const requests: string[] = [];
    const engine = await startEngine(requests);
    try {
      const scratch = makeScratch(base);
      mkdirSync(join(scratch, "longshore-e2e-shop-abcdef"));
      expect(await sweepScratch(scratch, engine.address)).toEqual([
        "temporary folder longshore-e2e-shop-abcdef",
        "container /web",
        "network net",
        "volume data",
      ]);
    } finally {
      engine.server.close();
    }
    const label = '{"label":["longshore.stack=identidock/shop"]}';
    expect(requests).toEqual([
      `GET /containers/json ${label}`,
      "DELETE /containers/c1 ",
      "GET /containers/c1/json ",
      `GET /networks ${label}`,
      "DELETE /networks/n1 ",
      `GET /volumes ${label}`,
      "DELETE /volumes/data ",
    ]);
  });
});

/** An engine's API with one container, network and volume. */
async function startEngine(requests: string[]): Promise<{ server: Server; address: string }> {
  const answers: Record<string, unknown> = {
    "/containers/json": [{ Id: "c1", Names: ["/web"] }],
    "/networks": [{ Id: "n1", Name: "net" }],
    "/volumes": { Volumes: [{ Name: "data" }] },
  };
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://engine");
    requests.push(`${request.method} ${pathname} ${searchParams.get("filters") ?? ""}`);
    response.setHeader("content-type", "application/json");
    const answer = answers[pathname];
    response.statusCode = request.method === "DELETE" ? 204 : answer === undefined ? 404 : 200;
    response.end(request.method === "DELETE" ? "" : JSON.stringify(answer ?? { message: "gone" }));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : 0;
  return { server, address: `tcp://127.0.0.1:${port}` };
}
