// The security rules for the workflows under .github/workflows, as one function over parsed files.
import { z } from "zod";

const Step = z.object({
  uses: z.string().optional(),
  run: z.string().optional(),
  with: z.record(z.string(), z.unknown()).default({}),
  env: z.record(z.string(), z.unknown()).default({}),
  "continue-on-error": z.unknown().optional(),
});
const Job = z.looseObject({
  if: z.string().default(""),
  needs: z.union([z.string().transform((name) => [name]), z.array(z.string())]).default([]),
  permissions: z.record(z.string(), z.string()).optional(),
  environment: z.unknown().optional(),
  concurrency: z.unknown().optional(),
  "timeout-minutes": z.number().optional(),
  "continue-on-error": z.unknown().optional(),
  steps: z.array(Step),
});
const Workflow = z.object({
  on: z.record(z.string(), z.unknown()),
  permissions: z.unknown().optional(),
  env: z.unknown().optional(),
  jobs: z.record(z.string(), Job),
});
type Workflow = z.infer<typeof Workflow>;
type Job = z.infer<typeof Job>;
type Step = z.infer<typeof Step>;

/** The only jobs that may do more than read the repository. */
const WRITERS: Record<string, string[]> = {
  "preview.yml preview": ["pull-requests", "id-token"],
  "deploy.yml up": ["id-token"],
};
/** All that a pull request from a fork may run. */
const FORK_COMMANDS = ["npm ci", "npm run test:unit"];
const SAME_REPOSITORY = "github.event.pull_request.head.repo.full_name == github.repository";
/** What would let an update delete after a failure, or go past the release. */
const FORBIDDEN_INPUTS = /^(target|targets|exclude|replace|continue-on-error|target-dependents)$/;

export interface Violation {
  rule: string;
  where: string;
}

export function checkWorkflow(file: string, parsed: unknown, pulumiVersion: string): Violation[] {
  const workflow = Workflow.parse(parsed);
  const found: Violation[] = [];
  const report = (rule: string, where = file) => found.push({ rule, where });

  for (const trigger of ["pull_request_target", "workflow_run"]) {
    if (trigger in workflow.on) report("no privileged trigger");
  }
  if (JSON.stringify(workflow.permissions) !== "{}") report("no permissions by default");
  if (JSON.stringify(workflow.env ?? {}).includes("secrets.")) report("secrets in one step only");

  for (const [name, job] of Object.entries(workflow.jobs)) {
    const where = `${file} ${name}`;
    const writes = Object.entries(job.permissions ?? {}).filter(([, level]) => level === "write");
    if (job.permissions === undefined) report("permissions are named", where);
    if (writes.some(([scope]) => !WRITERS[where]?.includes(scope))) {
      report("least privilege", where);
    }
    if (job["timeout-minutes"] === undefined) report("time limit", where);
    if ("pull_request" in workflow.on && !guarded(workflow, job)) {
      if (usesSecrets(job) || writes.length > 0) report("no secrets for forks", where);
      if (job.steps.some((step) => !forkMayRun(step))) report("no builds for forks", where);
    }
    const { steps, ...rest } = job;
    if (JSON.stringify(rest).includes("secrets.")) report("secrets in one step only", where);
    if (job["continue-on-error"] !== undefined) report("failures stop the job", where);
    if (steps.some((step) => step.with.command === "up")) {
      const concurrency = JSON.stringify(job.concurrency ?? {});
      if (!concurrency.includes('"cancel-in-progress":false')) report("no cancelled update", where);
      if (job.environment === undefined) report("updates have an environment", where);
    }
    for (const step of steps) checkStep(step, where, pulumiVersion, report);
  }
  return found;
}

function checkStep(
  step: Step,
  where: string,
  pulumiVersion: string,
  report: (rule: string, where: string) => void,
): void {
  const { uses = "", run = "" } = step;
  const isPulumi = uses.startsWith("pulumi/actions@");
  if (uses !== "" && !/@[0-9a-f]{40}$/.test(uses)) report("pinned by commit", where);
  if (uses.startsWith("actions/checkout@")) {
    if (step.with["fetch-depth"] !== 0) report("whole history", where);
    if (step.with["persist-credentials"] !== false) report("no credentials left", where);
  }
  if (run.includes("${{")) report("no expressions in scripts", where);
  if (/--(target|exclude|replace|continue-on-error)\b/.test(run)) report("whole updates", where);
  if (Object.keys(step.with).some((input) => FORBIDDEN_INPUTS.test(input))) {
    report("whole updates", where);
  }
  if (step["continue-on-error"] !== undefined) report("failures stop the job", where);
  if (!isPulumi && usesSecrets({ steps: [step] })) report("secrets in one step only", where);
  if (isPulumi && step.with["pulumi-version"] !== pulumiVersion) report("pinned Pulumi", where);
}

/** Whether a pull request from a fork skips this job: by its own condition, or a skipped need's. */
function guarded(workflow: Workflow, job: Job): boolean {
  if (/\b(always|failure|cancelled)\(/.test(job.if)) return false;
  const condition = job.if.replaceAll(/\s+/g, " ");
  const outsidePullRequests = `github.event_name != 'pull_request' || ${SAME_REPOSITORY}`;
  if (condition.trim() === outsidePullRequests) return true;
  if (condition.includes(SAME_REPOSITORY) && !condition.includes("||")) return true;
  return job.needs.some((need) => {
    const needed = workflow.jobs[need];
    return needed !== undefined && guarded(workflow, needed);
  });
}

function usesSecrets(job: Pick<Job, "steps">): boolean {
  return JSON.stringify(job.steps).includes("secrets.");
}

function forkMayRun(step: Step): boolean {
  if (step.run !== undefined) return FORK_COMMANDS.includes(step.run.trim());
  return /^actions\/(checkout|setup-node)@/.test(step.uses ?? "");
}
