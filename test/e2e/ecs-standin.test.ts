/**
 * A real `pulumi up` of a Fargate stack on AWS's API as test/support/cloud/aws plays it, by the stand-in for AWS's plugin:
 * what the stand-in makes, changes, refuses, reads back and removes. No task runs here: docs/ecs-proof.md says what of ECS
 * this proves.
 */
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ensureToolchain } from "../../toolchain/index.ts";
import { holdings } from "../support/cloud/aws/holdings.ts";
import { FakeAws } from "../support/cloud/aws/server.ts";
import { ROOT } from "../support/test-stack.ts";

let aws: FakeAws;
let folder: string;
let env: Record<string, string>;
let cli: string;
let before: string[];

beforeAll(async () => {
  const toolchain = await ensureToolchain();
  cli = toolchain.pulumi;
  aws = await FakeAws.start();
  before = await holdings({ ...process.env, ...aws.env });
  folder = mkdtempSync(join(tmpdir(), "longshore-e2e-ecs-standin-"));
  writeFileSync(join(folder, "Pulumi.yaml"), "name: standin\nruntime: nodejs\n");
  writeFileSync(join(folder, "package.json"), '{ "type": "module", "main": "index.ts" }\n');
  const program = join(ROOT, "test/e2e/ecs-standin/program.ts");
  writeFileSync(join(folder, "index.ts"), readFileSync(program, "utf8"));
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  const plugin = join(ROOT, "test/support/cloud/aws");
  env = {
    ...toolchain.env,
    ...aws.env,
    PATH: [plugin, toolchain.env.PATH].join(delimiter),
    LONGSHORE_NODE: process.execPath,
    PULUMI_BACKEND_URL: `file://${folder}`,
    PULUMI_CONFIG_PASSPHRASE: randomBytes(16).toString("hex"),
  };
  await pulumi(["stack", "init", "test"]);
});
afterAll(async () => {
  await aws?.stop();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

async function pulumi(
  args: string[],
  { fails = false, more = {} }: { fails?: boolean; more?: Record<string, string> } = {},
): Promise<string> {
  const options = { cwd: folder, env: { ...env, ...more }, all: true, reject: false } as const;
  const { all, failed } = await execa(cli, [...args, "--non-interactive"], options);
  if (failed !== fails) throw new Error(`pulumi ${args.join(" ")}:\n${all}`);
  return all;
}
const UP = ["up", "--yes", "--skip-preview"];
const up = (options?: Parameters<typeof pulumi>[1]) => pulumi(UP, options);
/** Of the service, as ECS has it. */
const running = async () => (await pulumi(["stack", "output", "service"])).trim();
const changes = () => aws.requests.filter((each) => !/ (GET|Get|List|Describe)/.test(each));

it("a preview refuses what the provider's types do not have, or lacks what they demand", async () => {
  const deploymentCircuitBreaker = { enable: true, percent: 5 };
  const more = { TEST_MORE: JSON.stringify({ deploymentCircuitBreaker }) };
  const all = await pulumi(["preview"], { fails: true, more });
  expect(all).toMatch(
    /unknown property.*deploymentCircuitBreaker\.percent|deploymentCircuitBreaker\.percent.*unknown property/s,
  );
  expect(all).toContain("missing required property");
  expect(changes()).toEqual([]);
});

it("makes a stack, with what AWS fills in read back", async () => {
  await up();
  expect(await running()).toMatch(/^arn:aws:ecs:eu-central-1:123456789012:service\/main-\w+\/app-/);
  expect(await pulumi(["stack", "export"])).not.toContain('"first"');
  expect(aws.ecs.deployments.map(({ status }) => status)).toEqual(["SUCCESSFUL"]);
});

it("changes nothing when it is run again, and a refresh finds no drift", async () => {
  const done = changes().length;
  const all = await up();
  expect(all).not.toMatch(/updated|created|replaced|deleted/);
  const refreshed = await pulumi(["refresh", "--yes", "--skip-preview", "--expect-no-changes"]);
  expect(refreshed).not.toMatch(/updated|deleted/);
  expect(changes().slice(done)).toEqual([]);
});

it("finds what was changed beside Pulumi", async () => {
  const id = await running();
  const cluster = id.replace(":service/", ":cluster/").replace(/\/[^/]*$/, "");
  const headers = {
    "content-type": "application/x-amz-json-1.1",
    "x-amz-target": "AmazonEC2ContainerServiceV20141113.UpdateService",
    authorization:
      "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/eu-central-1/ecs/aws4_request, SignedHeaders=host, Signature=0",
  };
  const body = JSON.stringify({ cluster, service: id, desiredCount: 5 });
  expect((await fetch(aws.url, { method: "POST", headers, body })).status).toBe(200);
  await pulumi(["refresh", "--yes", "--skip-preview"]);
  const all = await pulumi(["preview", "--diff"]);
  expect(all).toMatch(/desiredCount: 5 => 2/);
  await up();
});

it("a new image is a new revision and one deployment; a rolled-back one is an error with its reason", async () => {
  const count = aws.ecs.deployments.length;
  await up({ more: { TEST_IMAGE: "app@sha256:2" } });
  expect(aws.ecs.deployments).toHaveLength(count + 1);
  const statusReason = "deployment failed: tasks failed to start.";
  aws.ecs.endings.push({ status: "ROLLBACK_SUCCESSFUL", statusReason });
  const all = await up({ fails: true, more: { TEST_IMAGE: "app@sha256:3" } });
  expect(all).toContain(`service deployment ROLLBACK_SUCCESSFUL: ${statusReason}`);
});

it("destroy leaves nothing", async () => {
  expect((await holdings({ ...process.env, ...aws.env })).length).toBeGreaterThan(
    before.length + 20,
  );
  await pulumi(["destroy", "--yes", "--skip-preview"]);
  expect(await holdings({ ...process.env, ...aws.env })).toEqual(before);
});
