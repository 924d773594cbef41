// The engine's API as the release uses it, against an engine that answers slowly.
import { mkdtempSync, rmSync } from "node:fs";
import { type Server, type ServerResponse, createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pack } from "tar-stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { namingHost, patience } from "../../../components/engine/errors.ts";
import { connectHost } from "../../../components/engine/engine-host.ts";
import { dockerClient } from "../../../components/engine/client.ts";

let folder: string;
let server: Server;
let answer: (response: ServerResponse) => Promise<void>;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "longshore-host-"));
  server = createServer((_, response) => void answer(response));
  await new Promise<void>((resolve) => server.listen(join(folder, "docker.sock"), resolve));
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

describe("reading a file", () => {
  it("reads the archive to its end, or the process would wait for the rest of it for ever", async () => {
    const archive = pack();
    archive.entry({ name: "state.json" }, "{}");
    archive.finalize();
    const chunks: Buffer[] = [];
    for await (const chunk of archive) chunks.push(chunk as Buffer);
    const bytes = Buffer.concat(chunks);
    let answered = false;
    answer = async (response) => {
      response.setHeader("Connection", "close");
      response.write(bytes.subarray(0, 1024)); // the file is whole, the archive is not
      await new Promise((resolve) => setImmediate(resolve));
      // More than the connection's buffers hold: it is only sent if somebody reads.
      response.end(Buffer.alloc(8 << 20), () => (answered = true));
    };
    const host = connectHost("local", `unix://${join(folder, "docker.sock")}`);
    expect(await host.readFile("proxy", "/etc/longshore/state.json")).toBe("{}");
    await expect.poll(() => answered).toBe(true);
  });
});

describe("an engine that does not answer", () => {
  const host = () => connectHost("web-1", `unix://${join(folder, "docker.sock")}`);
  const AWAY = "See there that it runs, then run `pulumi up` again: it goes on from what is there.";

  it("is named by its host, also where a container is to be started", async () => {
    answer = (response) => Promise.resolve(void response.destroy());
    const message = `The engine on host \`web-1\` does not answer: socket hang up. ${AWAY}`;
    await expect(host().start("app-1")).rejects.toThrow(message);
    await expect(host().inspect("app-1")).rejects.toThrow(message);
    await expect(host().exec("app-1", ["true"])).rejects.toThrow(message);
  });

  it("and hangs is given up, and named", async () => {
    answer = () => new Promise(() => {});
    const socket = `unix://${join(folder, "docker.sock")}`;
    const engine = namingHost(dockerClient(socket), "web-1", () => 0.2);
    await expect(engine.getContainer("app-1").start()).rejects.toThrow(
      `The engine on host \`web-1\` does not answer: no answer in 0.2 s. ${AWAY}`,
    );
    await expect(engine.listContainers()).rejects.toThrow("no answer in 0.2 s");
  });

  it.each([
    ["/containers/json?", undefined, 60],
    ["/containers/app-1/stop?", 30, 90],
    ["/containers/create?", undefined, 180],
    ["/images/x/json", undefined, 180],
    ["/containers/app-1/wait?", undefined, Infinity],
  ])("is waited for at %s with a grace of %s s for %s s", (path, grace, seconds) => {
    expect(patience(path, grace)).toBe(seconds);
  });

  it("is named also where it breaks off while a release command runs", async () => {
    const bodies: [string, number, object | undefined][] = [
      [
        "/json",
        200,
        {
          ...{ Image: "x", HostConfig: {}, NetworkSettings: { Networks: {} } },
          Config: { Labels: {}, Env: [] },
        },
      ],
      ["/create", 201, { Id: "once" }],
      ["/start", 204, undefined],
    ];
    const running: ServerResponse[] = [];
    answer = (response) => {
      const [, code, body] = bodies.find(([path]) => response.req.url?.includes(path)) ?? [];
      if (code !== undefined) {
        response.writeHead(code, { "Content-Type": "application/json" });
        response.end(body === undefined ? "" : JSON.stringify(body));
        if (code === 204) for (const each of running) each.destroy();
      } else if (response.req.method === "POST") {
        // Output and exit code: the engine begins its answer at once.
        response.writeHead(200).flushHeaders();
        running.push(response);
      } else response.destroy();
      return Promise.resolve();
    };
    await expect(host().runLike("app-1", ["migrate"], { log: () => {} })).rejects.toThrow(
      "The engine on host `web-1` does not answer: ",
    );
  });
});
