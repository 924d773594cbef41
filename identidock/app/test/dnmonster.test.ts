import assert from "node:assert/strict";
import { test } from "node:test";
import { dnmonsterAt, PictureProblem } from "../src/dnmonster.ts";
import { closedPort, httpServer, PICTURE, silentServer } from "./support.ts";

const at = (port: number, timeout = 2000) => dnmonsterAt({ host: "127.0.0.1", port, timeout });

const fails = (status: number) => (error: unknown) =>
  error instanceof PictureProblem && error.statusCode === status;

test("asks for the name, percent-encoded, at 80 pixels", async (t) => {
  const asked: (string | undefined)[] = [];
  const server = await httpServer((request, response) => {
    asked.push(request.url);
    response.end(PICTURE);
  });
  t.after(() => server.close());
  assert.deepEqual(await at(server.port)("a/../b?size=9&ë"), PICTURE);
  assert.deepEqual(asked, ["/monster/a%2F..%2Fb%3Fsize%3D9%26%C3%AB?size=80"]);
});

test("nothing listens: 503", async () => {
  await assert.rejects(at(await closedPort())("bla"), fails(503));
});

test("no answer in time: 503, and no later than that", async (t) => {
  const server = await silentServer();
  t.after(() => server.close());
  const started = Date.now();
  await assert.rejects(at(server.port, 200)("bla"), fails(503));
  assert.ok(Date.now() - started < 1500);
});

test("an answer that breaks off: 503", async (t) => {
  const server = await httpServer((_request, response) => {
    response.writeHead(200, { "content-length": "1000" });
    response.write(PICTURE, () => response.destroy());
  });
  t.after(() => server.close());
  await assert.rejects(at(server.port)("bla"), fails(503));
});

test("an error: 502", async (t) => {
  const server = await httpServer((_request, response) => {
    response.writeHead(500);
    response.end(PICTURE);
  });
  t.after(() => server.close());
  await assert.rejects(at(server.port)("bla"), fails(502));
});

test("something else than a picture: 502", async (t) => {
  const server = await httpServer((_request, response) => response.end("<html>"));
  t.after(() => server.close());
  await assert.rejects(at(server.port)("bla"), fails(502));
});
