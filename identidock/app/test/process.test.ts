// The compiled app as a process: how it starts, and that SIGTERM loses no request.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { Agent, get, type IncomingMessage, type ServerResponse } from "node:http";
import { connect } from "node:net";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { closedPort, eventually, httpServer, PICTURE, startApp } from "./support.ts";

async function answerTo(url: string, agent?: Agent): Promise<IncomingMessage & { body: Buffer }> {
  const [response] = (await once(get(url, { agent }), "response")) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Object.assign(response, { body: Buffer.concat(chunks) });
}

/** A dnmonster whose answer the test gives when it wants to. */
async function heldDnmonster() {
  const waiting: ServerResponse[] = [];
  const server = await httpServer((_request, response) => void waiting.push(response));
  const env = { DNMONSTER_HOST: "127.0.0.1", DNMONSTER_PORT: String(server.port) };
  return { waiting, server, env };
}

const noRedis = async () => ({ REDIS_HOST: "127.0.0.1", REDIS_PORT: String(await closedPort()) });

test("SIGTERM: no new connections, the request in flight is finished, exit 0", async (t) => {
  const dnmonster = await heldDnmonster();
  t.after(() => dnmonster.server.close());
  const app = await startApp({ ...dnmonster.env, ...(await noRedis()) });
  const agent = new Agent({ keepAlive: true });
  t.after(() => agent.destroy());

  const idle = await answerTo(`http://127.0.0.1:${app.port}/health`, agent);
  assert.equal(idle.headers.connection, "keep-alive");
  const inFlight = answerTo(`http://127.0.0.1:${app.port}/monster/bla`, agent);
  await eventually(() => assert.equal(dnmonster.waiting.length, 1));

  app.child.kill("SIGTERM");
  await eventually(() => assert.ok(app.log.some((line) => line.includes('"msg":"stopping"'))));
  await assert.rejects(answerTo(`http://127.0.0.1:${app.port}/health`), { code: "ECONNREFUSED" });
  app.child.kill("SIGTERM"); // A second one must not cut what the first one waits for.
  dnmonster.waiting[0]?.end(PICTURE);

  const answer = await inFlight;
  assert.equal(answer.statusCode, 200);
  assert.deepEqual(answer.body, PICTURE);
  assert.equal(answer.headers.connection, "close");
  assert.equal(await app.exit, 0);
  await eventually(() => assert.match(app.log.at(-1) ?? "", /"msg":"stopped"/));
});

test("idle keep-alive and unused connections do not hold up the stop", async (t) => {
  const app = await startApp(await noRedis());
  const agent = new Agent({ keepAlive: true });
  t.after(() => agent.destroy());
  await answerTo(`http://127.0.0.1:${app.port}/health`, agent);
  const unused = connect(app.port, "127.0.0.1");
  unused.on("error", () => undefined);
  t.after(() => unused.destroy());
  await once(unused, "connect");
  const started = Date.now();
  app.child.kill("SIGTERM");
  assert.equal(await app.exit, 0);
  assert.ok(Date.now() - started < 2000, `took ${Date.now() - started} ms`);
});

test("a request that outlives the deadline is cut, logged, and makes the exit code 1", async (t) => {
  const dnmonster = await heldDnmonster();
  t.after(() => dnmonster.server.close());
  const app = await startApp({
    ...dnmonster.env,
    ...(await noRedis()),
    STOP_DEADLINE_SECONDS: "1",
    DNMONSTER_TIMEOUT_MS: "60000",
  });
  const inFlight = assert.rejects(answerTo(`http://127.0.0.1:${app.port}/monster/bla`), {
    code: "ECONNRESET",
  });
  await eventually(() => assert.equal(dnmonster.waiting.length, 1));
  app.child.kill("SIGTERM");
  await inFlight;
  assert.equal(await app.exit, 1);
  assert.ok(app.log.some((line) => line.includes("requests were cut at the deadline")));
});

test("dnmonster and redis away: the page and health are there, pictures are 503", async (t) => {
  const app = await startApp({
    DNMONSTER_HOST: "127.0.0.1",
    DNMONSTER_PORT: String(await closedPort()),
    ...(await noRedis()),
  });
  t.after(() => app.child.kill("SIGKILL"));
  const url = `http://127.0.0.1:${app.port}`;
  assert.equal((await answerTo(`${url}/`)).statusCode, 200);
  assert.equal((await answerTo(`${url}/health`)).statusCode, 200);
  const picture = await answerTo(`${url}/monster/bla`);
  assert.equal(picture.statusCode, 503);
  assert.equal(picture.headers["x-cache"], "miss");
});

test("the folder above is not a name, however it is written", async (t) => {
  const app = await startApp(await noRedis());
  t.after(() => app.child.kill("SIGKILL"));
  for (const path of ["/monster/..", "/monster/%2e%2e", "/monster/%2E."]) {
    const [answer] = (await once(get({ host: "127.0.0.1", port: app.port, path }), "response")) as [
      IncomingMessage,
    ];
    answer.resume();
    assert.equal(answer.statusCode, 400, path);
  }
});

test("a log that nobody reads stalls no request", async (t) => {
  const app = await startApp({ ...(await noRedis()), LOG_LEVEL: "debug" });
  t.after(() => app.child.kill("SIGKILL"));
  app.child.stdout?.pause();
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  t.after(() => agent.destroy());
  const url = `http://127.0.0.1:${app.port}/health?`;
  // About 160 bytes a line: three times what waits in the pipe, in Node's buffers, and in the app.
  for (let batch = 0; batch < 200; batch += 1) {
    const answers = await Promise.all(Array.from({ length: 50 }, () => answerTo(url, agent)));
    for (const answer of answers) assert.equal(answer.statusCode, 200);
  }
  const started = Date.now();
  app.child.kill("SIGTERM");
  assert.equal(await app.exit, "SIGKILL");
  assert.ok(Date.now() - started < 4000, `took ${Date.now() - started} ms`);
});

test("a log whose reader is gone does not keep the app from stopping", async (t) => {
  const app = await startApp(await noRedis());
  t.after(() => app.child.kill("SIGKILL"));
  app.child.stdout?.destroy();
  assert.equal((await answerTo(`http://127.0.0.1:${app.port}/health`)).statusCode, 200);
  app.child.kill("SIGTERM");
  assert.equal(await app.exit, 0);
});

test("a setting that cannot be used is one line and exit 1", () => {
  const main = fileURLToPath(new URL("../src/main.js", import.meta.url));
  const run = spawnSync(process.execPath, [main], { env: { PORT: "http" }, encoding: "utf8" });
  assert.equal(run.status, 1);
  assert.equal(
    run.stderr,
    'PORT is "http". Give a whole number from 1 to 65535, or leave it out for 9090.\n',
  );
});
