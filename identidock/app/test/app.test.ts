import assert from "node:assert/strict";
import { hostname } from "node:os";
import { test } from "node:test";
import type { FastifyInstance } from "fastify";
import { createApp, type AppOptions } from "../src/app.ts";
import type { PictureCache } from "../src/cache.ts";
import { PictureProblem } from "../src/dnmonster.ts";
import { PICTURE } from "./support.ts";

const HTML = { accept: "text/html,*/*" };
const FORM = { "content-type": "application/x-www-form-urlencoded" };

function memoryCache(): PictureCache & { kept: Map<string, Buffer> } {
  const kept = new Map<string, Buffer>();
  return {
    kept,
    get: (name) => Promise.resolve(kept.get(name)),
    set: (name, picture) => Promise.resolve(void kept.set(name, picture)),
    close: () => undefined,
  };
}

async function withApp(
  options: Partial<AppOptions>,
  use: (app: FastifyInstance, log: Record<string, unknown>[]) => Promise<void>,
): Promise<void> {
  const log: Record<string, unknown>[] = [];
  const app = await createApp({
    fetchPicture: () => Promise.resolve(PICTURE),
    cache: memoryCache(),
    logTo: { write: (line) => void log.push(JSON.parse(line) as Record<string, unknown>) },
    ...options,
  });
  try {
    await use(app, log);
  } finally {
    await app.close();
  }
}

test("the page has a form and no picture", () =>
  withApp({}, async (app) => {
    const answer = await app.inject("/");
    assert.equal(answer.statusCode, 200);
    assert.equal(answer.headers["content-type"], "text/html; charset=utf-8");
    assert.match(answer.body, /<form method="post" action="\/">/);
    assert.doesNotMatch(answer.body, /<img/);
  }));

test("POST / and GET /?name= show that name's picture", () =>
  withApp({}, async (app) => {
    const posted = await app.inject({
      method: "POST",
      url: "/",
      headers: FORM,
      body: "name=Ada+L",
    });
    const got = await app.inject("/?name=Ada%20L");
    assert.equal(posted.statusCode, 200);
    assert.match(posted.body, /<img src="\/monster\/Ada%20L"/);
    assert.equal(got.body, posted.body);
  }));

test("a name that is markup stays text, in HTML and in the picture's address", () =>
  withApp({}, async (app) => {
    const name = `"><script>alert(1)</script>'&`;
    const answer = await app.inject({ url: "/", query: { name } });
    assert.equal(answer.statusCode, 200);
    assert.doesNotMatch(answer.body, /<script|"><|'&\s*</);
    assert.match(
      answer.body,
      /value="&quot;&gt;&lt;script&gt;alert\(1\)&lt;\/script&gt;&#39;&amp;"/,
    );
    assert.match(
      answer.body,
      /src="\/monster\/%22%3E%3Cscript%3Ealert\(1\)%3C%2Fscript%3E&#39;%26"/,
    );
    assert.match(String(answer.headers["content-security-policy"]), /^default-src 'none';/);
  }));

test("the page's picture address leads back to the same name", () =>
  withApp({}, async (app) => {
    for (const name of ["a/b", "50%", "?x=1#y", "Zoë 🦑", "a+b", ".hidden", "a&amp;b"]) {
      const page = await app.inject({ url: "/", query: { name } });
      const address = /<img src="([^"]*)"/.exec(page.body)?.[1];
      assert.ok(address, `no picture for ${name}`);
      const asked: string[] = [];
      await withApp(
        { fetchPicture: (given) => (asked.push(given), Promise.resolve(PICTURE)) },
        async (other) => {
          const unescaped = address.replaceAll("&#39;", "'").replaceAll("&amp;", "&");
          assert.equal((await other.inject(unescaped)).statusCode, 200);
        },
      );
      assert.deepEqual(asked, [name]);
    }
  }));

test("a picture is a miss first and a hit then", () => {
  let drawn = 0;
  const fetchPicture = () => ((drawn += 1), Promise.resolve(PICTURE));
  return withApp({ fetchPicture }, async (app) => {
    const first = await app.inject("/monster/bla");
    const second = await app.inject("/monster/bla");
    const other = await app.inject("/monster/blub");
    assert.deepEqual(
      [first, second, other].map((answer) => [answer.statusCode, answer.headers["x-cache"]]),
      [
        [200, "miss"],
        [200, "hit"],
        [200, "miss"],
      ],
    );
    assert.equal(first.headers["content-type"], "image/png");
    assert.deepEqual(second.rawPayload, PICTURE);
    assert.equal(drawn, 2);
  });
});

test("a cache that is away is a miss, and is not asked to keep the picture", () => {
  const cache: PictureCache = {
    get: () => Promise.resolve("away"),
    set: () => Promise.reject(new Error("must not be called")),
    close: () => undefined,
  };
  return withApp({ cache }, async (app) => {
    const answer = await app.inject("/monster/bla");
    assert.equal(answer.statusCode, 200);
    assert.equal(answer.headers["x-cache"], "miss");
  });
});

test("too long and impossible names are 400 everywhere, and nothing is asked for them", () => {
  const fetchPicture = () => Promise.reject(new Error("must not be called"));
  return withApp({ fetchPicture }, async (app) => {
    const long = "x".repeat(65);
    const answers = await Promise.all([
      app.inject(`/monster/${long}`),
      app.inject(`/?name=${long}`),
      app.inject({ method: "POST", url: "/", headers: FORM, body: `name=${long}` }),
      app.inject(`/monster/${"x".repeat(9000)}`),
    ]);
    for (const answer of answers) {
      assert.equal(answer.statusCode, 400);
      assert.match(
        answer.body,
        /^The name is too long: \d+ characters\. At most 64 are allowed\.\n$/,
      );
    }
    for (const url of ["/?name=", "/?name=a&name=b", "/monster/%0d%0a"]) {
      assert.equal((await app.inject(url)).statusCode, 400, url);
    }
    assert.equal((await app.inject({ method: "POST", url: "/" })).statusCode, 400);
  });
});

test("problems are a page for browsers, with the form to try again", () =>
  withApp({}, async (app) => {
    const answer = await app.inject({ url: `/?name=${"x".repeat(65)}`, headers: HTML });
    assert.equal(answer.statusCode, 400);
    assert.match(answer.body, /<strong>400<\/strong> The name is too long: 65 characters/);
    assert.match(answer.body, /<form/);
    const missing = await app.inject({ url: "/nowhere", headers: HTML });
    assert.equal(missing.statusCode, 404);
    assert.match(missing.body, /There is no such page/);
  }));

test("broken percent-encoding is 400, logged and answered like any request", () =>
  withApp({}, async (app, log) => {
    const answer = await app.inject("/monster/%E0%A4%A");
    assert.equal(answer.statusCode, 400);
    assert.match(answer.body, /^The address is not valid\./);
    assert.equal(answer.headers["x-served-by"], hostname());
    assert.equal(log.filter((line) => line.msg === "request").length, 1);
  }));

test("dnmonster's failure is a clear page with its status; the cause is logged, not shown", () =>
  withApp(
    {
      fetchPicture: () =>
        Promise.reject(new PictureProblem(503, "Not right now.", new Error("10.0.0.7 refused"))),
    },
    async (app, log) => {
      const answer = await app.inject({ url: "/monster/bla", headers: HTML });
      assert.equal(answer.statusCode, 503);
      assert.equal(answer.headers["retry-after"], "2");
      assert.match(answer.body, /<strong>503<\/strong> Not right now\./);
      assert.doesNotMatch(answer.body, /10\.0\.0\.7/);
      assert.match(JSON.stringify(log), /10\.0\.0\.7 refused/);
    },
  ));

test("an unexpected error says nothing of its inside", () =>
  withApp({ fetchPicture: () => Promise.reject(new Error("secret detail")) }, async (app) => {
    const answer = await app.inject("/monster/bla");
    assert.equal(answer.statusCode, 500);
    assert.equal(answer.body, "Something went wrong here. It has been logged.\n");
  }));

test("one JSON line for each request, and the copy's name in a header", () =>
  withApp({}, async (app, log) => {
    const answer = await app.inject("/monster/bla?secret=1");
    await app.inject("/health");
    assert.equal(answer.headers["x-served-by"], hostname());
    const lines = log.filter((line) => line.msg === "request");
    assert.equal(lines.length, 1);
    const { method, path, status, durationMs, hostname: copy, level, service } = lines[0] ?? {};
    assert.deepEqual(
      { method, path, status, copy, level, service },
      {
        method: "GET",
        path: "/monster/bla",
        status: 200,
        copy: hostname(),
        level: "info",
        service: "app",
      },
    );
    assert.equal(typeof durationMs, "number");
  }));

test("health is 200", () =>
  withApp({}, async (app) => {
    const answer = await app.inject("/health");
    assert.equal(answer.statusCode, 200);
    assert.deepEqual(answer.json(), { status: "ok" });
  }));

test("the last name is remembered in a signed cookie", () =>
  withApp({ sessionKey: "a key of the test" }, async (app) => {
    const first = await app.inject({ url: "/", query: { name: "Zoë" } });
    const cookie = first.cookies.find(({ name }) => name === "last_name");
    assert.ok(cookie);
    assert.equal(cookie.httpOnly, true);
    assert.equal(cookie.sameSite, "Lax");
    const back = await app.inject({ url: "/", cookies: { last_name: cookie.value } });
    assert.match(back.body, /Welcome back\. Last time you asked for <strong>Zoë<\/strong>/);

    const forged = `Eve${cookie.value.slice(cookie.value.indexOf("."))}`;
    const refused = await app.inject({ url: "/", cookies: { last_name: forged } });
    assert.equal(refused.statusCode, 200);
    assert.doesNotMatch(refused.body, /Welcome back/);
  }));

test("a cookie signed with another key is not believed", async () => {
  let cookie = "";
  await withApp({ sessionKey: "the key of yesterday" }, async (app) => {
    cookie = (await app.inject("/?name=Ada")).cookies[0]?.value ?? "";
  });
  assert.match(cookie, /^Ada\./);
  await withApp({ sessionKey: "the key of today" }, async (app) => {
    const answer = await app.inject({ url: "/", cookies: { last_name: cookie } });
    assert.doesNotMatch(answer.body, /Welcome back/);
  });
});

test("without a key nothing is remembered", () =>
  withApp({}, async (app) => {
    assert.deepEqual((await app.inject("/?name=Ada")).cookies, []);
    const answer = await app.inject({ url: "/", cookies: { last_name: "Ada.x" } });
    assert.doesNotMatch(answer.body, /Welcome back/);
  }));
