/** What a service's definition asks of a new version beyond being healthy. */
import { randomUUID } from "node:crypto";
import { LOG_LINES, blocks } from "../../../diagnosis/cause.ts";
import { diagnoseCommand } from "../../diagnosis/diagnose.ts";
import { subject } from "./gate.ts";
import { smokeFaults } from "./smoke.ts";
import { type Step, onAll } from "../step.ts";
import type { SmokeCheck } from "../../../services/index.ts";
import { ReleaseFailure } from "../failures.ts";
import { type Log, timed } from "../../../output/log.ts";

/** Lines of a release command that are shown; Pulumi keeps what is printed in its state. */
const MOST_LINES = 1000;

/**
 * Runs a service's release command, if it has one: once in a release, on the first host, since the data
 * it changes is the same for all.
 * @throws ReleaseFailure with its exit code, the cause as far as it is known, and what it printed last.
 */
export async function releaseCommand([first]: Step[], log: Log): Promise<void> {
  const service = first?.change.service;
  if (first === undefined || service?.releaseCommand === undefined) return;
  const [replica] = first.host.wanted(service.name);
  if (replica === undefined) return;
  const command = service.releaseCommand;
  log(`${service.name} ${service.tag}: release command \`${command.join(" ")}\``);
  const { host } = first.host;
  const printed: string[] = [];
  let count = 0;
  const print = (line: string) => {
    printed.push(line);
    if (printed.length > LOG_LINES) printed.shift();
    if (++count <= MOST_LINES) log(`${service.name}: | ${line}`);
  };
  await timed(log, `${service.name} ${service.tag}: release command done`, async () => {
    const id = `${service.name}-${randomUUID()}`;
    const options = { log: print, id, grace: service.stopGrace };
    const exitCode = await host.runLike(replica, command, options);
    if (count > MOST_LINES) log(`${service.name}: | … ${count - MOST_LINES} more lines`);
    if (exitCode === 0) return;
    const ended = { command, exitCode, logs: printed.join("\n") };
    throw new ReleaseFailure(
      blocks(subject(host, service), [await diagnoseCommand(host, replica, ended)]),
    );
  });
}

/**
 * Smoke checks on new replicas themselves, before the switch.
 * @throws ReleaseFailure
 */
export async function smoke(step: Step, replicas?: string[]): Promise<void> {
  refuse(step, await askReplicas(step, step.change.service.smoke, replicas), "");
}

/**
 * Smoke checks through the hosts' proxies, after the switch. These tell services apart by the Host header, so that
 * checks which send one of their own ask the replicas again.
 * @throws ReleaseFailure
 */
export async function smokeServed(steps: Step[]): Promise<void> {
  await onAll(steps, async (step) => {
    const { smoke, endpoint } = step.change.service;
    const { port, linkPort = port } = endpoint ?? {};
    const hasOwn = ({ requestHeaders }: SmokeCheck) => requestHeaders.host !== undefined;
    const served = smoke.filter((check) => !hasOwn(check));
    const faults = await Promise.all([
      linkPort === undefined ? [] : ask(step, served, `127.0.0.1:${linkPort}`),
      askReplicas(step, smoke.filter(hasOwn)),
    ]);
    refuse(step, faults.flat(), ", after the switch");
  });
}

/** Each fault once, whichever replicas have it. */
async function askReplicas(
  step: Step,
  smoke: readonly SmokeCheck[],
  replicas = step.host.wanted(step.change.service.name),
): Promise<string[]> {
  const { endpoint } = step.change.service;
  if (endpoint === undefined) return [];
  const asked = replicas.map((replica) => ask(step, smoke, `${replica}:${endpoint.port}`));
  return [...new Set((await Promise.all(asked)).flat())];
}

function ask(
  { host, change }: Step,
  smoke: readonly SmokeCheck[],
  address: string,
): Promise<string[]> {
  const { name } = change.service;
  return smokeFaults(host.host, host.proxy, { name, smoke }, address);
}

function refuse(step: Step, faults: string[], when: string): void {
  if (faults.length === 0) return;
  const about = subject(step.host.host, step.change.service);
  throw new ReleaseFailure(`${about}${when}: ${faults.join("; ")}.`);
}
