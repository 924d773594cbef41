import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { scanContext } from "../../../components/images/context/scan.ts";
import { imageTag, type TagOptions } from "../../../components/images/context/tag.ts";
import { commitAll, gitIn, tempFolder, tempRepository, write } from "./temp.ts";

const HASH = "0123456789abcdef0123456789abcdef";
const FILES = { "app/Dockerfile": "FROM scratch\n", "app/src/a": "1", "docs/readme": "" };

function tag(root: string, options: Partial<TagOptions> = {}, context = "app"): string {
  const path = join(root, context);
  const { ignores } = scanContext(path, options.dockerfile);
  return imageTag({ context: path, contextHash: HASH, ignores, allowDirty: false, ...options });
}

test("is the last commit that touched the context", () => {
  const root = tempRepository(FILES);
  write(root, { "app/src/a": "2" });
  const second = commitAll(root, "second");
  write(root, { "docs/readme": "elsewhere" });
  const third = commitAll(root, "third");
  expect(tag(root)).toBe(second);
  expect(second).not.toBe(third);
  expect(second).toMatch(/^[0-9a-f]{12}$/);
});

test("sees commits of a Dockerfile outside the context", () => {
  const root = tempRepository({ ...FILES, "docker/app": "FROM scratch\n" });
  write(root, { "docker/app": "FROM scratch AS release\n" });
  const second = commitAll(root, "second");
  expect(tag(root, { dockerfile: join(root, "docker/app") })).toBe(second);
  expect(tag(root)).not.toBe(second);
  write(root, { "docker/app": "FROM scratch AS other\n" });
  expect(() => tag(root, { dockerfile: join(root, "docker/app") })).toThrow("docker/app");
});

test("does not grow with the history, as git's abbreviation does", () => {
  const root = tempRepository(FILES);
  gitIn(root, "config", "core.abbrev", "20");
  expect(tag(root)).toHaveLength(12);
});

test.each<[string, (root: string) => void, string]>([
  ["a changed file", (root) => write(root, { "app/src/a": "2" }), "app/src/a"],
  ["a new file", (root) => write(root, { "app/src/new file": "" }), "app/src/new file"],
  ["a deleted file", (root) => rmSync(join(root, "app/src/a")), "app/src/a"],
  [
    "a staged file",
    (root) => (write(root, { "app/b": "" }), void gitIn(root, "add", ".")),
    "app/b",
  ],
  ["a renamed file", (root) => void gitIn(root, "mv", "app/src/a", "app/src/z"), "app/src/z"],
  ["the Dockerfile", (root) => write(root, { "app/Dockerfile": "FROM a\n" }), "app/Dockerfile"],
])("%s makes the context dirty", (_what, change, listed) => {
  const root = tempRepository(FILES);
  const commit = tag(root);
  change(root);
  expect(() => tag(root)).toThrow(
    /has changes that are in no commit:\n(.*\n)+Commit them, or list/,
  );
  expect(() => tag(root)).toThrow(`\n  ${listed}\n`);
  expect(tag(root, { allowDirty: true })).toBe(`${commit}-dirty.0123456789ab`);
});

test.each<[string, (root: string) => void]>([
  ["a change elsewhere", (root) => write(root, { "docs/readme": "2" })],
  ["a file that git ignores", (root) => write(root, { "app/.env": "" })],
  ["a file that the build ignores", (root) => write(root, { "app/notes.md": "" })],
])("%s does not", (_what, change) => {
  const ignores = { ".gitignore": ".env\n", "app/.dockerignore": "*.md\n" };
  const root = tempRepository({ ...FILES, ...ignores });
  const commit = tag(root);
  change(root);
  expect(tag(root)).toBe(commit);
});

test("a Dockerfile or .dockerignore that the build ignores still counts", () => {
  const root = tempRepository({ ...FILES, "app/.dockerignore": "Dockerfile\n.dockerignore\n" });
  tag(root);
  write(root, {
    "app/Dockerfile": "FROM scratch AS a\n",
    "app/.dockerignore": "Docker*\n.dockerignore\n",
  });
  expect(() => tag(root)).toThrow("app/.dockerignore\n  app/Dockerfile");
});

test("lists no more than ten files", () => {
  const root = tempRepository(FILES);
  write(root, Object.fromEntries(Array.from({ length: 13 }, (_, i) => [`app/${10 + i}`, ""])));
  expect(() => tag(root)).toThrow("\n  app/19\n  and 3 more\n");
});

test("a build number takes the commit's place", () => {
  const root = tempRepository(FILES);
  expect(tag(root, { buildNumber: "142" })).toBe("142");
  write(root, { "app/src/a": "2" });
  expect(() => tag(root, { buildNumber: "142" })).toThrow("app/src/a");
  expect(tag(root, { buildNumber: "142", allowDirty: true })).toBe("142-dirty.0123456789ab");
});

test.each(["latest", "a/b", "", "-1", "a b", "x".repeat(101)])(
  "refuses build number `%s`",
  (bad) => {
    const root = tempRepository(FILES);
    expect(() => tag(root, { buildNumber: bad })).toThrow(/^`buildNumber` is `/);
  },
);

test("a context that was never committed is dirty", () => {
  const root = tempRepository(FILES);
  write(root, { "new/Dockerfile": "FROM scratch\n" });
  expect(() => tag(root, {}, "new")).toThrow("new/Dockerfile");
  expect(tag(root, { allowDirty: true }, "new")).toBe("uncommitted-dirty.0123456789ab");
});

test("what git cannot name is refused with the way out, and named by content on this computer", () => {
  const outside = tempFolder(FILES);
  const empty = tempFolder(FILES);
  gitIn(empty, "init", "--quiet");
  const ignored = tempRepository({ ".gitignore": "app\n" });
  write(ignored, FILES);
  for (const [root, message] of [
    [outside, /is in no git repository.* Deploy from a clone\. Or give `buildNumber`/],
    [empty, /has no commit yet\. Commit it\. Or give `buildNumber`/],
    [ignored, /git ignores all of .* Or give `buildNumber`/],
  ] as const) {
    expect(() => tag(root)).toThrow(message);
    expect(tag(root, { allowDirty: true })).toBe("content-0123456789ab");
    expect(tag(root, { buildNumber: "7" })).toBe("7");
  }
});

test("a missing git is said", () => {
  const root = tempRepository(FILES);
  const path = process.env.PATH;
  process.env.PATH = tempFolder();
  try {
    expect(() => tag(root)).toThrow(/git is not installed.* Install git\./);
    expect(tag(root, { allowDirty: true })).toBe("content-0123456789ab");
  } finally {
    process.env.PATH = path;
  }
});

test("a shallow clone is refused if the commit lies beyond its depth, else not", () => {
  const origin = tempRepository({ ...FILES, "web/Dockerfile": "FROM scratch\n" });
  write(origin, { "web/x": "" });
  const second = commitAll(origin, "second");
  write(origin, { "docs/readme": "third" });
  commitAll(origin, "third");
  const clone = join(tempFolder(), "clone");
  gitIn(origin, "clone", "--quiet", "--depth", "2", `file://${origin}`, clone);
  expect(() => tag(clone)).toThrow(/shallow.*beyond its depth.*fetch-depth: 0.*--unshallow/);
  expect(() => tag(clone, {}, "web")).toThrow(/shallow/); // the boundary itself: cannot be told
  expect(tag(clone, { allowDirty: true })).toBe("content-0123456789ab");

  const deeper = join(tempFolder(), "clone");
  gitIn(origin, "clone", "--quiet", "--depth", "3", `file://${origin}`, deeper);
  expect(tag(deeper, {}, "web")).toBe(second);
});

test("what an npm package brings is named by content: the lockfile pins it", () => {
  const root = tempRepository({ ".gitignore": "node_modules\n" });
  write(root, { "node_modules/longshore/proxy/Dockerfile": "FROM scratch\n" });
  expect(tag(root, {}, "node_modules/longshore/proxy")).toBe("content-0123456789ab");
});

test("does not look where a hook's environment points, and takes no lock", () => {
  const root = tempRepository(FILES);
  const commit = tag(root);
  const other = tempRepository({ other: "" });
  process.env.GIT_DIR = join(other, ".git");
  write(root, { ".git/index.lock": "" });
  try {
    expect(tag(root)).toBe(commit);
  } finally {
    delete process.env.GIT_DIR;
  }
});
