/** The preflight over all hosts: whose they are, who is at them, and whether old and new replicas fit together. */
import { type NamedEngine, engineUrl } from "../../engine/address.ts";
import type { ReleaseHost } from "../../engine/host.ts";
import { type HostFacts, neededMemory, newCopies, refusals } from "./decide.ts";
import type { HostPolicy } from "../state/policy.ts";
import { checkOwner } from "../state/record.ts";
import { inspectHost, inspectOwner, withMemoryUse } from "./inspect.ts";
import { untilAlone } from "./others.ts";
import type { PreflightReport, PreflightRequest } from "./types.ts";
import { messageOf } from "../../output/log.ts";

/**
 * Carries out `request`. Touches nothing.
 * @param previous what the last run reported, if there was one: then the state has been here before.
 * @throws ForeignStack, HostLocked or StaleState; or with every host's refusal.
 */
export async function runPreflight(
  request: PreflightRequest,
  previous: PreflightReport | undefined,
  connect: (host: NamedEngine) => ReleaseHost,
  policy: Partial<HostPolicy> = {},
  log: (line: string) => void = () => {},
): Promise<PreflightReport> {
  const { stack, identity } = request;
  const { wait = 0, takeOver = false } = policy;
  const claim = { stack, identity, released: previous !== undefined, takeOver };
  const looked = await Promise.all(
    request.hosts.map(async (host) => {
      const engine = connect(host);
      const ask = <T>(answer: Promise<T>) => asked(host, answer);
      checkOwner(host.name, claim, await ask(inspectOwner(engine, stack)));
      await untilAlone(engine, stack, { wait, log });
      const count = ({ running }: HostFacts) =>
        newCopies(host.services, running, previous?.definitions ?? {});
      let facts = await ask(inspectHost(engine, stack));
      let replicas = count(facts);
      // Where there is room for all that they may ever use, nobody asks what they use now.
      if (neededMemory(replicas) + request.reserve.memory > facts.availableMemory) {
        facts = await ask(withMemoryUse(engine, facts));
        replicas = count(facts);
      }
      const refused = refusals(host.name, replicas, facts, request.reserve);
      return { host, facts, replicas, refused };
    }),
  );
  const problems = looked.flatMap(({ refused }) => refused);
  if (problems.length > 0) {
    throw new Error(`Nothing was created: the new versions do not fit.\n${problems.join("\n")}`);
  }
  const services = request.hosts.flatMap((host) => host.services);
  return {
    definitions: Object.fromEntries(services.map(({ name, definition }) => [name, definition])),
    hosts: Object.fromEntries(
      looked.map(({ host, facts, replicas }) => [
        host.name,
        {
          neededMemory: neededMemory(replicas),
          availableMemory: facts.availableMemory,
          ...(facts.freeDisk === undefined ? {} : { freeDisk: facts.freeDisk }),
        },
      ]),
    ),
  };
}

/** The host's answer, or whose fault it is that there is none. */
function asked<T>(host: NamedEngine, answer: Promise<T>): Promise<T> {
  return answer.catch((error: unknown) => {
    throw new Error(
      `host \`${host.name}\` cannot be asked what is on it: ${messageOf(error)}\n` +
        `    What to do: make sure that its Docker engine answers at ${engineUrl(host.dockerHost)}.`,
      { cause: error },
    );
  });
}
