import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { hostname } from "node:os";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { FastifyInstance } from "fastify";
import { createDnmonster } from "../src/dnmonster.ts";
import { draw, LARGEST, parseSize, SMALLEST, USUAL } from "../src/picture.ts";

const PNG_SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

async function withService(
  use: (service: FastifyInstance, log: Record<string, unknown>[]) => Promise<void>,
): Promise<void> {
  const log: Record<string, unknown>[] = [];
  const write = (line: string) => void log.push(JSON.parse(line) as Record<string, unknown>);
  const service = createDnmonster({ logTo: { write } });
  try {
    await use(service, log);
  } finally {
    await service.close();
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** Width and height as the PNG's header says. */
function sizeOf(png: Buffer): [number, number] {
  return [png.readUInt32BE(16), png.readUInt32BE(20)];
}

test("a picture is a PNG of the usual size", () =>
  withService(async (service) => {
    const answer = await service.inject("/monster/bla");
    assert.equal(answer.statusCode, 200);
    assert.equal(answer.headers["content-type"], "image/png");
    assert.deepEqual(answer.rawPayload.subarray(0, 8), PNG_SIGNATURE);
    assert.deepEqual(sizeOf(answer.rawPayload), [80, 80]);
  }));

test("the same name is the same picture, in every copy and every process", () => {
  const digest = (name: string) => createHash("sha256").update(draw(name, 80)).digest("hex");
  assert.equal(digest("bla"), digest("bla"));
  assert.equal(digest("bla"), "5504601e130c2a43b74e36af202827736e1c29b889f73be45aa6f731d20972da");
});

test("names differ in their pictures, also those that look like hashes", () => {
  const names = ["bla", "Bla", "blub", "", "a".repeat(64), "b".repeat(64), "0".repeat(40)];
  const almost = [`${"0".repeat(39)}1`, `1${"0".repeat(39)}`];
  const pictures = new Set([...names, ...almost].map((name) => draw(name, 80).toString("base64")));
  assert.equal(pictures.size, names.length + almost.length);
});

test("sizes are bounded", () => {
  assert.equal(parseSize(undefined), USUAL);
  assert.equal(parseSize("16"), SMALLEST);
  assert.equal(parseSize("512"), LARGEST);
  for (const size of ["15", "513", "0", "-80", "80.5", "", " 80", "1e2", "0x50", "999999999999"]) {
    assert.throws(() => parseSize(size), {
      statusCode: 400,
      message: `The size is "${size}". Give one whole number of pixels from 16 to 512.`,
    });
  }
  assert.throws(() => parseSize(["80", "80"]), { statusCode: 400 });
});

test("the size asked for is the size drawn", () =>
  withService(async (service) => {
    for (const size of [16, 80, 511, 512]) {
      const answer = await service.inject(`/monster/bla?size=${size}`);
      assert.deepEqual(sizeOf(answer.rawPayload), [size, size]);
    }
    const refused = await service.inject("/monster/bla?size=513");
    assert.equal(refused.statusCode, 400);
    assert.match(refused.body, /^The size is "513"\. Give one whole number/);
  }));

test("names are bounded and decoded", () =>
  withService(async (service) => {
    const long = await service.inject(`/monster/${"x".repeat(65)}`);
    assert.equal(long.statusCode, 400);
    assert.equal(long.body, "The name is too long: 65 characters. At most 64 are allowed.\n");
    const slash = await service.inject("/monster/a%2Fb%3F%C3%AB");
    assert.deepEqual(slash.rawPayload, draw("a/b?ë", 80));
    assert.equal((await service.inject("/monster/%FF")).statusCode, 400);
    assert.equal((await service.inject("/monster/")).statusCode, 400);
    assert.equal((await service.inject("/nowhere")).statusCode, 404);
  }));

test("health, the copy's name, and one JSON line a request", () =>
  withService(async (service, log) => {
    assert.deepEqual((await service.inject("/health")).json(), { status: "ok" });
    const answer = await service.inject("/monster/bla?size=80");
    assert.equal(answer.headers["x-served-by"], hostname());
    const lines = log.filter(({ msg }) => msg === "request");
    assert.deepEqual(
      lines.map(({ method, path, status, service: name }) => [method, path, status, name]),
      [["GET", "/monster/bla", 200, "dnmonster"]],
    );
  }));

test("as a process: serves, and exits with 0 on SIGTERM", async () => {
  const main = fileURLToPath(new URL("../src/main.js", import.meta.url));
  const port = await freePort();
  const child = spawn(process.execPath, [main], {
    env: { PORT: String(port) },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exit = once(child, "exit");
  let log = "";
  child.stdout.setEncoding("utf8");
  for await (const chunk of child.stdout) {
    log += chunk as string;
    if (log.includes("Server listening")) break;
  }
  assert.equal((await fetch(`http://127.0.0.1:${port}/monster/bla`)).status, 200);
  child.kill("SIGTERM");
  assert.deepEqual(await exit, [0, null], log);
});
