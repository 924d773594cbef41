// The cache of pictures in redis. The app works without it: every call is bounded in time, a redis
// that is away counts as "no picture", and the connection comes back by itself.
import type { FastifyBaseLogger } from "fastify";
import { Redis } from "ioredis";

export interface PictureCache {
  /** The picture, or `undefined` when there is none, or `"away"` when the cache does not answer. */
  get(name: string): Promise<Buffer | "away" | undefined>;
  set(name: string, picture: Buffer): Promise<void>;
  close(): void;
}

export interface RedisCacheOptions {
  host: string;
  port: number;
  /** How long a picture is kept, in seconds. */
  seconds: number;
  log: FastifyBaseLogger;
}

const CONNECT_TIMEOUT = 1000;
const COMMAND_TIMEOUT = 250;
const LONGEST_RETRY = 2000;

export function redisCache(options: RedisCacheOptions): PictureCache {
  const { host, port, log } = options;
  const redis = new Redis({
    host,
    port,
    connectTimeout: CONNECT_TIMEOUT,
    commandTimeout: COMMAND_TIMEOUT,
    // A connection that takes commands and never answers is given up, so that a new one is made.
    socketTimeout: 4 * CONNECT_TIMEOUT,
    // While redis is away, commands fail at once instead of waiting for it.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt) => Math.min(100 * attempt, LONGEST_RETRY),
  });

  // One line when redis goes and one when it comes back, however long it stays away.
  let known: "away" | "there" | undefined;
  redis.on("ready", () => {
    if (known !== "there") log.info({ redis: `${host}:${port}` }, "redis is there");
    known = "there";
  });
  const away = (reason: string): void => {
    if (known !== "away") {
      log.warn({ redis: `${host}:${port}`, reason }, "redis is away: pictures are not cached");
    }
    known = "away";
  };
  redis.on("error", (error: Error) => away(error.message));
  redis.on("close", () => away("the connection was closed"));

  return {
    async get(name) {
      try {
        return (await redis.getBuffer(keyOf(name))) ?? undefined;
      } catch (error) {
        log.debug({ err: error }, "redis did not answer");
        return "away";
      }
    },
    async set(name, picture) {
      try {
        await redis.set(keyOf(name), picture, "EX", options.seconds);
      } catch (error) {
        log.debug({ err: error }, "redis did not take a picture");
      }
    },
    close() {
      redis.removeAllListeners("close");
      redis.disconnect();
    },
  };
}

/** Percent-encoded, so that a name can never be mistaken for another key's structure. */
export function keyOf(name: string): string {
  return `monster:80:${encodeURIComponent(name)}`;
}
