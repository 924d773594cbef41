import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  utimesSync,
} from "node:fs";
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { spawnSync } from "node:child_process";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { stageContext, stageEmptyContext } from "../../../components/images/context/stage.ts";
import { tempFolder, write } from "./temp.ts";

const DOCKERFILE = "FROM scratch AS release\n";

function stage(root: string, options: { dockerfile?: string; name?: string } = {}) {
  const { name = "app", dockerfile } = options;
  return stageContext({
    name,
    context: join(root, "context"),
    dockerfile,
    folder: join(root, "staged"),
  });
}

/** Every path under a folder with its mode, e.g. `src/run.sh 755`. */
function listing(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => `${path.slice(folder.length + 1)} ${(statSync(path).mode & 0o777).toString(8)}`)
    .sort();
}

test("copies files with modes 644 and 755, whatever the modes and the umask were", () => {
  const root = tempFolder({
    "context/Dockerfile": DOCKERFILE,
    "context/src/app.ts": "app",
    "context/src/run.sh": "run",
  });
  const loose = { "src/app.ts": 0o666, "src/run.sh": 0o777 };
  const tight = { "src/app.ts": 0o600, "src/run.sh": 0o700 };
  const hashes = [loose, tight].map((modes) => {
    for (const [path, mode] of Object.entries(modes)) chmodSync(join(root, "context", path), mode);
    const before = process.umask(modes === loose ? 0o002 : 0o077);
    try {
      return stage(root);
    } finally {
      process.umask(before);
    }
  });
  expect(hashes[0]).toMatchObject({ hash: hashes[1]?.hash, context: hashes[1]?.context });
  expect(listing(hashes[0]!.context)).toEqual([
    "Dockerfile 644",
    "src 755",
    "src/app.ts 644",
    "src/run.sh 755",
  ]);
  expect(statSync(hashes[0]!.context).mode & 0o777).toBe(0o755);
});

test.skipIf(process.getuid?.() !== 0)("nobody else can read what is staged", () => {
  const root = tempFolder({ "context/Dockerfile": DOCKERFILE, "context/.env": "PIN=4711" });
  // A parent that everybody may pass: what keeps others out is the staging folder itself.
  chmodSync(root, 0o755);
  chmodSync(join(root, "context/.env"), 0o600);
  mkdirSync(join(root, "staged"), { mode: 0o755 }); // as earlier versions have left it
  const { context } = stage(root);
  expect(readFileSync(join(context, ".env"), "utf8")).toBe("PIN=4711");
  const other = spawnSync("cat", [join(context, ".env")], { uid: 65534, gid: 65534 });
  expect([other.status, other.stdout.toString()]).toEqual([1, ""]);
  expect(other.stderr.toString()).toContain("Permission denied");
});

test("gives an image the same modes under a tight umask", () => {
  const root = tempFolder({ "context/Dockerfile": DOCKERFILE, "context/src/app.ts": "app" });
  const before = process.umask(0o077);
  try {
    const staged = stage(root);
    expect(listing(staged.context)).toEqual(["Dockerfile 644", "src 755", "src/app.ts 644"]);
  } finally {
    process.umask(before);
  }
});

test.each<[string, (root: string) => void]>([
  ["content", (root) => write(root, { "context/a": "other" })],
  ["a name", (root) => write(root, { "context/b": "a" })],
  ["an executable bit", (root) => chmodSync(join(root, "context/a"), 0o755)],
  ["the Dockerfile", (root) => write(root, { "context/Dockerfile": "FROM scratch AS other\n" })],
  ["a link", (root) => symlinkSync("a", join(root, "context/link"))],
  ["what is ignored", (root) => write(root, { "context/.dockerignore": "a\n" })],
])("%s is a change", (_what, change) => {
  const root = tempFolder({ "context/Dockerfile": DOCKERFILE, "context/a": "a" });
  const before = stage(root);
  change(root);
  const after = stage(root);
  expect(after.hash).not.toBe(before.hash);
  expect(after.context).not.toBe(before.context);
});

test.each<[string, (root: string) => void]>([
  ["the time of a change", (root) => utimesSync(join(root, "context/a"), 1, 1)],
  ["an empty folder", (root) => mkdirSync(join(root, "context/empty"))],
  ["an ignored file", (root) => write(root, { "context/ignored/x": "x" })],
  ["a mode that no build sees", (root) => chmodSync(join(root, "context/a"), 0o640)],
])("%s is no change, and nothing is written", (_what, change) => {
  const files = { "context/Dockerfile": DOCKERFILE, "context/a": "a" };
  const root = tempFolder({ ...files, "context/.dockerignore": "ignored\n" });
  const before = stage(root);
  const inode = statSync(join(before.context, "a")).ino;
  change(root);
  expect(stage(root)).toMatchObject({ hash: before.hash, context: before.context });
  expect(statSync(join(before.context, "a")).ino).toBe(inode);
});

test("the hash is the same in every clone, and one that this test knows", () => {
  const files = { "context/Dockerfile": DOCKERFILE, "context/src/a": "a" };
  const [one, two] = [tempFolder(files), tempFolder(files)].map((root) => stage(root));
  expect(one?.hash).toBe(two?.hash);
  // Another value here means that every user's images show a change: only with a reason.
  expect(one?.hash).toBe("cbdf272073b13ad426d0a38857ca02c052ea939d448af9b88b31a787ce2f39ce");
});

test("honours .dockerignore with exceptions, and a Dockerfile's own before it", () => {
  const files = {
    "context/Dockerfile": DOCKERFILE,
    "context/.dockerignore": "**/*.log\nnode_modules\n!node_modules/keep/index.js\n",
    "context/a.log": "",
    "context/deep/b.log": "",
    "context/deep/b.txt": "",
    "context/node_modules/drop/index.js": "",
    "context/node_modules/keep/index.js": "",
  };
  const root = tempFolder(files);
  const paths = (folder: string) => listing(folder).filter((line) => line.endsWith(" 644"));
  expect(paths(stage(root).context)).toEqual([
    ".dockerignore 644",
    "Dockerfile 644",
    "deep/b.txt 644",
    "node_modules/keep/index.js 644",
  ]);

  write(root, {
    "other/app.Dockerfile": DOCKERFILE,
    "other/app.Dockerfile.dockerignore": "*\n!a.log",
  });
  const own = stage(root, { dockerfile: join(root, "other/app.Dockerfile") });
  expect(paths(own.context)).toEqual(["a.log 644"]);
  expect(readFileSync(own.dockerfile, "utf8")).toBe(DOCKERFILE);
  expect(readFileSync(`${own.dockerfile}.dockerignore`, "utf8")).toBe("*\n!a.log");
  expect(own.ignores("deep/b.txt")).toBe(true);
  expect(own.ignores("a.log")).toBe(false);
});

test.each([
  ["!b/c/keep", ["b/c/keep"]],
  ["!/b/c/", ["b/c/drop", "b/c/keep"]],
  ["! b/c/keep", ["b/c/keep"]],
  ["!b/*/keep", ["b/c/keep", "b/d/keep"]],
  ["!b/[c]/k*", ["b/c/keep"]],
  ["!**/keep", ["b/c/keep", "b/d/keep", "bc/keep", "keep"]],
  ["!b/c*/keep", ["b/c/keep"]],
  ["!bc", ["bc/keep"]],
])("finds what `%s` excepts from an ignored context", (exception, expected) => {
  const root = tempFolder({ "context/Dockerfile": DOCKERFILE });
  for (const path of ["keep", "b/c/keep", "b/c/drop", "b/d/keep", "bc/keep"]) {
    write(root, { [`context/${path}`]: "" });
  }
  write(root, { "context/.dockerignore": `*\n${exception}\n` });
  const { context } = stage(root);
  const files = listing(context).filter((line) => line.endsWith(" 644"));
  expect(files.map((line) => line.replace(" 644", ""))).toEqual(expected);
});

test("does not look into ignored folders that no exception leads to", () => {
  const root = tempFolder({
    "context/Dockerfile": DOCKERFILE,
    "context/.dockerignore": "*\n!src\n!lib/*.js\n",
    "context/src/a": "",
    "context/node_modules/x": "",
  });
  const looked: string[] = [];
  const original = fs.readdirSync;
  const spy = vi.spyOn(fs, "readdirSync").mockImplementation(((path: string, options: never) => {
    looked.push(path.slice(root.length + 1));
    return original(path, options);
  }) as never);
  syncBuiltinESMExports();
  try {
    stage(root);
  } finally {
    spy.mockRestore();
    syncBuiltinESMExports();
  }
  expect(looked).toContain("context/src");
  expect(looked).not.toContain("context/node_modules");
});

test("keeps the Dockerfile for the builder even if .dockerignore lists it", () => {
  const root = tempFolder({
    "context/Dockerfile": DOCKERFILE,
    "context/.dockerignore": "Dockerfile\n.dockerignore\n",
    "context/a": "a",
  });
  const staged = stage(root);
  expect(listing(staged.context)).toEqual(["a 644"]);
  expect(readFileSync(staged.dockerfile, "utf8")).toBe(DOCKERFILE);
});

test("keeps links within the context, and leaves sockets out", async () => {
  const root = tempFolder({ "context/Dockerfile": DOCKERFILE, "context/dir/a": "a" });
  symlinkSync("dir/a", join(root, "context/file-link"));
  symlinkSync("../dir", join(root, "context/dir/folder-link"));
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(join(root, "context/socket"), resolve));
  const staged = stage(root);
  await new Promise((resolve) => server.close(resolve));
  expect(readlinkSync(join(staged.context, "file-link"))).toBe("dir/a");
  expect(readlinkSync(join(staged.context, "dir/folder-link"))).toBe("../dir");
  expect(existsSync(join(staged.context, "socket"))).toBe(false);
});

test.each([
  ["/etc/passwd", /links to `\/etc\/passwd`, outside the build context\. Copy the file/],
  ["../outside", /links to `\.\.\/outside`, outside the build context/],
  ["dir/../../outside", /outside the build context/],
  ["nowhere", /links to `nowhere`, which does not exist\. Fix the link/],
  ["ignored", /links to `ignored`, which is in \.dockerignore/],
])("refuses a link to %s", (target, message) => {
  const root = tempFolder({
    "context/Dockerfile": DOCKERFILE,
    "context/.dockerignore": "ignored\n",
    "context/ignored": "",
    "context/dir/a": "",
    outside: "secret",
  });
  symlinkSync(target, join(root, "context/link"));
  expect(() => stage(root)).toThrow(message);
  expect(existsSync(join(root, "staged"))).toBe(false);
});

test("refuses a missing context and a missing Dockerfile by name", () => {
  const root = tempFolder({ "other/file": "" });
  expect(() => stage(root)).toThrow(
    /The build context `.*context` is not a folder\. Give `context`/,
  );
  mkdirSync(join(root, "context"));
  expect(() => stage(root)).toThrow(/There is no Dockerfile `.*context\/Dockerfile`\. Write one/);
});

test("removes staged contexts of long ago and what a crash left, and no others", () => {
  const root = tempFolder({ "context/Dockerfile": DOCKERFILE, "context/a": "1" });
  const old = stage(root);
  write(root, { "context/a": "2" });
  const recent = stage(root);
  const other = stage(root, { name: "other" });
  const crashed = join(root, "staged/app/0123456789abcdef.crashed");
  write(crashed, { "context/a": "half" });
  const longAgo = new Date(Date.now() - 25 * 60 * 60 * 1000);
  for (const path of [join(old.context, ".."), join(other.context, ".."), crashed]) {
    utimesSync(path, longAgo, longAgo);
  }
  write(root, { "context/a": "3" });
  const current = stage(root);
  const there = [old.context, recent.context, current.context, other.context, crashed];
  expect(there.map(existsSync)).toEqual([false, true, true, true, false]);
});

test("a context in use again is not old", () => {
  const root = tempFolder({ "context/Dockerfile": DOCKERFILE, "context/a": "1" });
  const first = stage(root);
  const longAgo = new Date(Date.now() - 25 * 60 * 60 * 1000);
  utimesSync(join(first.context, ".."), longAgo, longAgo);
  expect(stage(root).context).toBe(first.context);
  expect(existsSync(first.context)).toBe(true);
});

test("the context without sources is the same under every umask, and written once", () => {
  const before = process.umask(0o077);
  try {
    const folder = join(tempFolder(), "contexts");
    const empty = stageEmptyContext(folder);
    expect(listing(empty)).toEqual(["Dockerfile 644"]);
    expect(statSync(empty).mode & 0o777).toBe(0o755);
    const { ino } = statSync(join(empty, "Dockerfile"));
    expect(stageEmptyContext(folder)).toBe(empty);
    expect(statSync(join(empty, "Dockerfile")).ino).toBe(ino);
    expect(readdirSync(folder)).toEqual(["empty"]);
  } finally {
    process.umask(before);
  }
});
