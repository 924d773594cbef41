// Rules of this repository that no linter knows.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { files, manifest, read, root } from "./project.ts";
import { changelogProblems, longFiles, machineTraces, registryHosts } from "./text-rules.ts";

const TEXT =
  /\.(ts|mjs|js|json|ya?ml|md|sh|go|mod|cfg|toml|txt|tmpl|eta)$|(^|\/)(Dockerfile|run)[^/]*$/;

describe("package-lock.json", () => {
  const lock = JSON.parse(read("package-lock.json")) as {
    packages: Record<string, { version?: string; integrity?: string; link?: boolean }>;
  };

  it("names no registry, so that it installs from any mirror", () => {
    expect(registryHosts(read("package-lock.json"))).toEqual([]);
    const planted = '{ "resolved": "https://npm.corp.example/x.tgz" }';
    expect(registryHosts(planted)).toEqual(['"resolved": "https://npm.corp.example/x.tgz"']);
  });

  it("has a checksum for every package", () => {
    const entries = Object.entries(lock.packages).filter(([path]) => path !== "");
    expect(entries.length).toBeGreaterThan(100);
    const unchecked = entries.filter(([, entry]) => !entry.link && !entry.integrity);
    expect(unchecked.map(([path]) => path)).toEqual([]);
  });

  it("pins @pulumi/command to the version whose host-key checks our scripts rely on", () => {
    expect(lock.packages["node_modules/@pulumi/command"]?.version).toBe("1.2.1");
    expect(manifest.devDependencies["@pulumi/command"]).toBe("1.2.1");
    expect(manifest.peerDependencies["@pulumi/command"]).toBe("1.2.1");
  });
});

describe("package.json", () => {
  it("has scripts whose programs exist", () => {
    const programs = Object.values(manifest.scripts).flatMap((script) =>
      [...script.matchAll(/[\w./-]+\.(?:mjs|ts)\b/g)].map((match) => match[0]),
    );
    expect(programs).toContain("test/run.ts");
    expect(programs.filter((program) => !existsSync(join(root, program)))).toEqual([]);
  });

  it("exports folders of components/ that have an index.ts", () => {
    const targets = Object.values(manifest.exports).filter((entry) => typeof entry !== "string");
    expect(targets.length).toBeGreaterThan(3);
    for (const { types, default: main } of targets) {
      expect(types).toBe(main.replace(/\.js$/, ".d.ts"));
      const source = main.replace("./dist/", "components/").replace(/\.js$/, ".ts");
      expect(files, `source of ${main}`).toContain(source);
    }
  });

  it("pins every dependency exactly, and makes each provider an optional peer", () => {
    const pinned = { ...manifest.dependencies, ...manifest.devDependencies };
    const loose = Object.entries(pinned).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version));
    expect(loose).toEqual([]);
    const providers = Object.keys(manifest.peerDependencies).filter((p) => p !== "@pulumi/pulumi");
    expect(providers.length).toBeGreaterThan(0);
    for (const name of providers) expect(manifest.peerDependenciesMeta[name]?.optional).toBe(true);
    expect(manifest.peerDependenciesMeta["@pulumi/pulumi"]).toBeUndefined();
  });
});

describe("files", () => {
  it("hold no path of one machine and no private host", () => {
    const texts = files.filter((file) => TEXT.test(file) && file !== "package-lock.json");
    expect(texts.length).toBeGreaterThan(20);
    expect(texts.flatMap((file) => machineTraces(file, read(file)))).toEqual([]);
  });

  it.each([
    "see /work/main/x.ts",
    "cd /root/project",
    "in /home/anna/code",
    "open /Users/anna/code",
  ])("would be found with %j in them", (line) => {
    expect(machineTraces("x.md", `fine\n${line}\n`)).toEqual([`x.md:2: ${line}`]);
  });

  it("are short: code over 300 lines is to be split", () => {
    expect(longFiles(files, read, 300)).toEqual([]);
    const long = longFiles(["components/x.ts"], () => "line\n".repeat(301), 300);
    expect(long).toEqual(["components/x.ts: 301 lines"]);
  });

  it("include a program that only connects settings to components", () => {
    expect(files).toContain("index.ts");
    expect(read("index.ts").split("\n").length).toBeLessThan(100);
  });

  it("are documents and configuration that can be parsed", () => {
    const documents = files.filter((file) => /^[^/]*\.ya?ml$/.test(file));
    expect(documents).toContain("Pulumi.yaml");
    for (const file of documents) expect(() => parse(read(file)) as unknown, file).not.toThrow();
  });
});

describe("CHANGELOG.md", () => {
  it("has the form of Keep a Changelog", () => {
    expect(changelogProblems(read("CHANGELOG.md"))).toEqual([]);
  });

  it.each([
    ["# Changes\n\n## [Unreleased]\n", "line 1: must be '# Changelog'"],
    ["# Changelog\n", "has no '## [Unreleased]' section first"],
    ["# Changelog\n\n## 1.0.0\n", "line 3: not '## [Unreleased]' or '## [X.Y.Z] - YYYY-MM-DD'"],
    ["# Changelog\n\n## [Unreleased]\n\n### News\n", "line 5: 'News' is not a kind of change"],
    ["# Changelog\n\n## [Unreleased]\n- x\n", "line 4: an entry outside a kind of change"],
  ])("would be refused as %j", (text, problem) => {
    expect(changelogProblems(text)).toContain(problem);
  });
});
