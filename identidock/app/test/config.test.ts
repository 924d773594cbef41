import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { readConfig } from "../src/config.ts";
import { SettingProblem } from "../src/settings.ts";

test("defaults", () => {
  const config = readConfig({});
  assert.deepEqual(config, {
    port: 9090,
    dnmonster: { host: "dnmonster", port: 8080, timeout: 3000 },
    redis: { host: "redis", port: 6379 },
    cacheSeconds: 3600,
    stopDeadline: 8000,
    logLevel: "info",
    warnings: ["SESSION_KEY_FILE is not set: visitors' last names are not remembered"],
  });
});

test("links and ports come from the environment", () => {
  const config = readConfig({
    PORT: "80",
    DNMONSTER_HOST: "d.example",
    DNMONSTER_PORT: "81",
    REDIS_HOST: "r.example",
    REDIS_PORT: "82",
  });
  assert.equal(config.port, 80);
  assert.deepEqual(config.dnmonster, { host: "d.example", port: 81, timeout: 3000 });
  assert.deepEqual(config.redis, { host: "r.example", port: 82 });
});

for (const value of ["0", "65536", "8o80", "-1", "80.5", " 80", "1e3"]) {
  test(`a port that is refused: "${value}"`, () => {
    assert.throws(() => readConfig({ REDIS_PORT: value }), {
      message: `REDIS_PORT is "${value}". Give a whole number from 1 to 65535, or leave it out for 6379.`,
    });
  });
}

test("the session key", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "identidock-key-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "SESSION_KEY");

  await t.test("a missing file is a warning", () => {
    const config = readConfig({ SESSION_KEY_FILE: file });
    assert.equal(config.sessionKey, undefined);
    assert.deepEqual(config.warnings, [
      `SESSION_KEY_FILE names ${file}, which does not exist: visitors' last names are not remembered`,
    ]);
  });
  await t.test("a file is read, without its line break", () => {
    writeFileSync(file, "0123456789abcdef\n");
    const config = readConfig({ SESSION_KEY_FILE: file });
    assert.equal(config.sessionKey, "0123456789abcdef");
    assert.deepEqual(config.warnings, []);
  });
  await t.test("a short key stops the start, and is not printed", () => {
    writeFileSync(file, "hunter2");
    assert.throws(
      () => readConfig({ SESSION_KEY_FILE: file }),
      (error) =>
        error instanceof SettingProblem &&
        error.message.includes("has 7 characters. Use at least 16") &&
        !error.message.includes("hunter2"),
    );
  });
  await t.test("what cannot be read stops the start", () => {
    assert.throws(() => readConfig({ SESSION_KEY_FILE: folder }), /cannot be read \(EISDIR\)/);
  });
});
