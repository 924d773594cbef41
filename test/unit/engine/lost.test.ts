// Containers that the engine has lost, against an engine made up for it; a real one is in test/e2e.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { type Server, createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { json } from "node:stream/consumers";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connectHost } from "../../../components/engine/engine-host.ts";
import { isLost } from "../../../components/engine/lost.ts";

const ID = "5f".repeat(32);
const EXISTS = `task ${ID} already exists: unknown`;

let folder: string;
let server: Server;
/** Answers to starts of `app-1`, in order: a refusal's words, or undefined for success. */
let starts: (string | undefined)[];
let status: string;
let proxies: { ImageID: string }[];
let helperExit: number;
/** Requests other than questions, in order. */
let done: string[];
let helper: Record<string, unknown> | undefined;
let lines: string[];

beforeEach(async () => {
  [starts, status, proxies, helperExit, done] = [[], "created", [{ ImageID: "sha256:1" }], 0, []];
  [helper, lines] = [undefined, []];
  folder = mkdtempSync(join(tmpdir(), "longshore-lost-"));
  server = createServer((request, response) => {
    const { method = "", url = "" } = request;
    const path = url.split("?")[0] ?? "";
    if (method !== "GET") done.push(`${method} ${path}`);
    const answer = (code: number, body?: unknown) => {
      response.writeHead(code, { "Content-Type": "application/json" });
      response.end(body === undefined ? "" : JSON.stringify(body));
    };
    switch (`${method} ${path}`) {
      case "GET /containers/app-1/json":
        return answer(200, {
          ...{ Id: ID, State: { Status: status } },
          Config: { Labels: { "longshore.stack": "shop/prod" } },
        });
      case "GET /containers/json":
        return answer(200, proxies);
      case "POST /containers/app-1/start": {
        const message = starts.shift();
        return message === undefined ? answer(204) : answer(500, { message });
      }
      case "POST /containers/create":
        return void json(request).then((body) => {
          helper = body as Record<string, unknown>;
          answer(201, { Id: "helper" });
        });
      case "POST /containers/helper/wait":
        return answer(200, { StatusCode: helperExit });
      default:
        return answer(204);
    }
  });
  await new Promise<void>((resolve) => server.listen(join(folder, "docker.sock"), resolve));
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

const host = () =>
  connectHost("web-1", `unix://${join(folder, "docker.sock")}`, (line) => lines.push(line));
const HELPER = [
  "POST /containers/create",
  "POST /containers/helper/start",
  "POST /containers/helper/wait",
  "DELETE /containers/helper",
];
const START = "POST /containers/app-1/start";

describe("a start that is refused because the container has processes already", () => {
  it.each([[EXISTS], ["id already in use"]])(
    "is made again once they have ended: %s",
    async (says) => {
      starts = [says];
      await host().start("app-1");
      expect(done).toEqual([START, ...HELPER, START]);
      expect(lines).toEqual([
        "app-1: the engine on web-1 had lost it in a crash; its processes were ended, and it is started again",
      ]);
    },
  );

  it("is helped by a container of the proxy's image that may do nothing but end processes", async () => {
    starts = [EXISTS];
    await host().start("app-1");
    expect(helper).toMatchObject({
      ...{ Image: "sha256:1", User: "0", Cmd: [] },
      Entrypoint: ["sh", "-c", expect.stringContaining("kill -KILL"), "lost", ID],
      Labels: { "longshore.helper": "lost", "longshore.stack": "shop/prod" },
      HostConfig: {
        ...{ PidMode: "host", NetworkMode: "none", ReadonlyRootfs: true },
        ...{ CapDrop: ["ALL"], CapAdd: ["KILL"] },
      },
    });
  });

  it("is made again for as long as containerd has not noticed", async () => {
    starts = [EXISTS, EXISTS, EXISTS];
    await host().start("app-1");
    expect(done).toEqual([START, ...HELPER, START, START, START]);
  });

  it("fails in the engine's words if they do not end", async () => {
    [starts, helperExit] = [[EXISTS], 1];
    await expect(host().start("app-1")).rejects.toThrow(
      `container \`app-1\` on host \`web-1\` cannot be started: ${EXISTS}`,
    );
    expect(done).toEqual([START, ...HELPER]);
    expect(lines).toEqual([]);
  });

  it("fails in the engine's words if there is no image to help with", async () => {
    [starts, proxies] = [[EXISTS], []];
    await expect(host().start("app-1")).rejects.toThrow(EXISTS);
    expect(done).toEqual([START]);
  });

  it("fails with what a second start says", async () => {
    starts = [EXISTS, "no space left on device"];
    await expect(host().start("app-1")).rejects.toThrow("no space left on device");
  });
});

it("a start that is refused for another reason is not made again", async () => {
  starts = ["endpoint with name app-1 already exists in network shop"];
  await expect(host().start("app-1")).rejects.toThrow("already exists in network shop");
  expect(done).toEqual([START]);
});

describe("a container that is removed", () => {
  it("loses its processes first if the engine takes it for one that was never started", async () => {
    await host().remove("app-1");
    expect(done).toEqual([...HELPER, "DELETE /containers/app-1"]);
  });

  it("is removed at once if it has run", async () => {
    status = "exited";
    await host().remove("app-1");
    expect(done).toEqual(["DELETE /containers/app-1"]);
  });
});

it("knows the engines' words", () => {
  const said = (reason: string) => isLost(reason);
  expect(said(EXISTS)).toBe(true);
  expect(said(`failed to create task for container: task ${ID} already exists`)).toBe(true);
  expect(said("id already in use")).toBe(true);
  expect(said("driver failed: port is already allocated")).toBe(false);
  expect(said("network shop already exists")).toBe(false);
});

describe.runIf(process.platform === "linux")("lost.sh", () => {
  const script = fileURLToPath(new URL("../../../components/engine/lost.sh", import.meta.url));

  it("ends the container's shim, and nobody else who names the container", async () => {
    const id = "0123456789abcdef".repeat(4);
    const run = async (name: string) => {
      symlinkSync("/bin/bash", join(folder, name));
      const args = ["-c", "echo here; read line", "-namespace", "moby", "-id", id, "-address", "x"];
      const child = spawn(join(folder, name), args, { stdio: ["pipe", "pipe", "inherit"] });
      await once(child.stdout, "data");
      return child;
    };
    const [shim, other] = [await run("containerd-shim-runc-v2"), await run("docker")];
    const ended = once(shim, "exit");
    expect((await execa("sh", [script, id])).stderr).toBe("");
    expect((await ended)[1]).toBe("SIGKILL");
    expect(other.exitCode).toBeNull();
    other.stdin.end();
    expect(await once(other, "exit")).toEqual([1, null]);
  });
});
