// The workflows keep the security rules of docs/ci.md, and each rule is able to fail.
import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  copyFileSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { checkWorkflow } from "./workflow-rules.ts";
import { manifest, root } from "./project.ts";

const folder = join(root, ".github", "workflows");
const files = readdirSync(folder).sort();
const text = (file: string) => readFileSync(join(folder, file), "utf8");
const pulumi = manifest.devDependencies["@pulumi/pulumi"] ?? "";

/* eslint-disable @typescript-eslint/no-explicit-any, @typescript-eslint/no-unsafe-member-access,
   @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-return -- the mutations below reach into parsed YAML */
type Change = (workflow: any) => void;
const step = (job: any, uses: string) =>
  job.steps.find((s: { uses?: string }) => s.uses?.startsWith(uses));

const MUTATIONS: [rule: string, file: string, change: Change][] = [
  ["no privileged trigger", "preview.yml", (w) => (w.on.pull_request_target = {})],
  ["no privileged trigger", "preview.yml", (w) => (w.on.workflow_run = { workflows: ["test"] })],
  ["no permissions by default", "test.yml", (w) => delete w.permissions],
  ["no permissions by default", "deploy.yml", (w) => (w.permissions = "write-all")],
  ["permissions are named", "test.yml", (w) => delete w.jobs.all.permissions],
  ["least privilege", "deploy.yml", (w) => (w.jobs.up.permissions.contents = "write")],
  ["least privilege", "preview.yml", (w) => (w.jobs.stacks.permissions.packages = "write")],
  ["time limit", "test.yml", (w) => delete w.jobs.all["timeout-minutes"]],
  ["no secrets for forks", "preview.yml", (w) => delete w.jobs.stacks.if],
  ["no secrets for forks", "preview.yml", (w) => (w.jobs.preview.needs = ["fast-tests"])],
  ["no secrets for forks", "preview.yml", (w) => (w.jobs.preview.if = "always()")],
  ["no secrets for forks", "preview.yml", (w) => (w.jobs.stacks.if += " || true")],
  ["no builds for forks", "test.yml", (w) => delete w.jobs.all.if],
  ["no builds for forks", "preview.yml", (w) => (w.jobs["fast-tests"].steps[3].run = "npm test")],
  ["secrets in one step only", "deploy.yml", (w) => (w.env = { A: "${{ secrets.A }}" })],
  ["secrets in one step only", "deploy.yml", (w) => (w.jobs.up.env = { A: "${{ secrets.A }}" })],
  [
    "secrets in one step only",
    "deploy.yml",
    (w) => (w.jobs.up.steps[2].env = { A: "${{ secrets.A }}" }),
  ],
  ["failures stop the job", "deploy.yml", (w) => (w.jobs.up["continue-on-error"] = true)],
  ["failures stop the job", "test.yml", (w) => (w.jobs.all.steps[3]["continue-on-error"] = true)],
  [
    "no cancelled update",
    "deploy.yml",
    (w) => (w.jobs.up.concurrency["cancel-in-progress"] = true),
  ],
  ["no cancelled update", "deploy.yml", (w) => delete w.jobs.up.concurrency],
  ["updates have an environment", "deploy.yml", (w) => delete w.jobs.up.environment],
  ["pinned by commit", "test.yml", (w) => (w.jobs.all.steps[0].uses = "actions/checkout@v5")],
  [
    "whole history",
    "preview.yml",
    (w) => delete step(w.jobs.preview, "actions/checkout").with["fetch-depth"],
  ],
  [
    "no credentials left",
    "test.yml",
    (w) => delete w.jobs.all.steps[0].with["persist-credentials"],
  ],
  [
    "no expressions in scripts",
    "test.yml",
    (w) => (w.jobs.all.steps[3].run = "echo ${{ github.ref }}"),
  ],
  ["whole updates", "deploy.yml", (w) => (step(w.jobs.up, "pulumi/").with.target = "urn:x")],
  [
    "whole updates",
    "deploy.yml",
    (w) => (step(w.jobs.up, "pulumi/").with["continue-on-error"] = true),
  ],
  ["whole updates", "deploy.yml", (w) => (w.jobs.up.steps[2].run = "pulumi up --target urn:x")],
  [
    "pinned Pulumi",
    "preview.yml",
    (w) => delete step(w.jobs.preview, "pulumi/").with["pulumi-version"],
  ],
];
/* eslint-enable */

describe("workflows", () => {
  it("are the three that docs/ci.md describes", () => {
    expect(files).toEqual(["deploy.yml", "preview.yml", "test.yml"]);
  });

  it.each(files)("%s keeps every rule", (file) => {
    expect(checkWorkflow(file, parse(text(file)), pulumi)).toEqual([]);
  });

  it.each(files)("%s names the version of each pinned action", (file) => {
    const uses = text(file).match(/^.*\buses:.*$/gm) ?? [];
    expect(uses.length).toBeGreaterThan(0);
    for (const line of uses) expect(line).toMatch(/@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it.each(MUTATIONS.map(([rule, file, change], n) => [rule, file, n, change] as const))(
    "rule '%s' is broken by a change of %s (#%i)",
    (rule, file, _n, change) => {
      const workflow: unknown = parse(text(file));
      change(workflow);
      const rules = checkWorkflow(file, workflow, pulumi).map((violation) => violation.rule);
      expect(rules).toContain(rule);
    },
  );

  it("has a breaking change for every rule", () => {
    const source = readFileSync(join(import.meta.dirname, "workflow-rules.ts"), "utf8");
    const rules = [...source.matchAll(/report\("([^"]+)"/g)].map((match) => match[1]);
    expect(new Set(MUTATIONS.map(([rule]) => rule))).toEqual(new Set(rules));
  });
});

describe("stacks that can be deployed", () => {
  let clone: string;
  beforeEach(() => {
    clone = mkdtempSync(join(tmpdir(), "longshore-stacks-"));
    execFileSync("git", ["init", "-q"], { cwd: clone });
    mkdirSync(join(clone, ".github", "scripts"), { recursive: true });
    const script = join(".github", "scripts", "stacks.sh");
    copyFileSync(join(root, script), join(clone, script));
  });
  afterEach(() => rmSync(clone, { recursive: true, force: true }));

  const commit = (...stacks: string[]) => {
    for (const stack of stacks) writeFileSync(join(clone, `Pulumi.${stack}.yaml`), "config: {}\n");
    execFileSync("git", ["add", "."], { cwd: clone });
  };
  const list = (...args: string[]) => {
    const script = join(clone, ".github", "scripts", "stacks.sh");
    return JSON.parse(execFileSync("bash", [script, ...args], { encoding: "utf8" })) as string[];
  };

  it("are none where there are only templates, or none at all", () => {
    expect(list()).toEqual([]);
    commit("local", "simulation");
    expect(list()).toEqual([]);
    expect(list("local")).toEqual([]);
  });

  it("are those with a committed file", () => {
    commit("local", "staging", "prod");
    writeFileSync(join(clone, "Pulumi.mine.yaml"), "config: {}\n");
    expect(list()).toEqual(["prod", "staging"]);
    expect(list("staging")).toEqual(["staging"]);
    expect(list("mine")).toEqual([]);
  });
});
