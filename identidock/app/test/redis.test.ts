// The cache against a real redis, and against one that is away in each way it can be.
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { fastify } from "fastify";
import { redisCache, type PictureCache } from "../src/cache.ts";
import {
  closedPort,
  eventually,
  PICTURE,
  redisIsMissing,
  silentServer,
  startRedis,
} from "./support.ts";

function cacheAt(t: TestContext, port: number): { cache: PictureCache; log: string[] } {
  const log: string[] = [];
  const service = fastify({ logger: { stream: { write: (line: string) => void log.push(line) } } });
  const cache = redisCache({ host: "127.0.0.1", port, seconds: 60, log: service.log });
  t.after(() => cache.close());
  return { cache, log };
}

async function quickly<T>(promise: Promise<T>): Promise<T> {
  const started = Date.now();
  const value = await promise;
  const took = Date.now() - started;
  assert.ok(took < 1000, `took ${took} ms`);
  return value;
}

test("keeps pictures byte by byte", { skip: redisIsMissing() }, async (t) => {
  const port = await closedPort();
  const redis = await startRedis(port);
  t.after(() => redis.stop());
  const { cache } = cacheAt(t, port);
  await eventually(async () => assert.equal(await cache.get("bla"), undefined));
  await cache.set("bla", PICTURE);
  assert.deepEqual(await cache.get("bla"), PICTURE);
  assert.equal(await cache.get("blub"), undefined);
});

test("comes back after redis was away", { skip: redisIsMissing() }, async (t) => {
  const port = await closedPort();
  const first = await startRedis(port);
  const { cache, log } = cacheAt(t, port);
  await eventually(async () => assert.equal(await cache.get("bla"), undefined));
  await first.stop();
  await eventually(async () => assert.equal(await quickly(cache.get("bla")), "away"));
  await quickly(cache.set("bla", PICTURE));
  const second = await startRedis(port);
  t.after(() => second.stop());
  await eventually(async () => assert.equal(await cache.get("bla"), undefined));
  assert.equal(log.filter((line) => line.includes("redis is away")).length, 1);
  assert.equal(log.filter((line) => line.includes("redis is there")).length, 2);
});

test("nothing listens: away at once", async (t) => {
  const { cache } = cacheAt(t, await closedPort());
  assert.equal(await quickly(cache.get("bla")), "away");
  await quickly(cache.set("bla", PICTURE));
});

test("a redis that never answers: away, in bounded time", async (t) => {
  const server = await silentServer();
  const { cache } = cacheAt(t, server.port);
  t.after(() => server.close());
  for (let i = 0; i < 3; i += 1) assert.equal(await quickly(cache.get("bla")), "away");
});
