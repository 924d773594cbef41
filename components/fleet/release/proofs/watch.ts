/**
 * The watch after the switch: the new version serves, and the old one stays ready to take over again. A replica
 * that ends or goes down, and too many answers that fail, end the release as any failure before the switch.
 */
import { setTimeout as pause } from "node:timers/promises";
import { type Finding, blocks } from "../../../diagnosis/cause.ts";
import type { ContainerView } from "../../../engine/host.ts";
import { type Log, timed } from "../../../output/log.ts";
import { diagnoseEnd, diagnoseUnhealthy } from "../../diagnosis/diagnose.ts";
import { type Traffic, tooManyErrors, trafficSince } from "../../proxy/runtime-api.ts";
import { type ReplicaPort, portsOf } from "../../replica-ports.ts";
import { ReleaseFailure } from "../failures.ts";
import { closedPorts } from "./closed-ports.ts";
import { CommandCheck, Soundness, subject } from "./gate.ts";
import { type Step, onAll } from "../step.ts";
import { serveOld } from "../undo.ts";

const POLL = 500;
/** Milliseconds in which an engine has noticed that a container has ended; its proxy knows at once. */
const NOTICED = 3000;
/** Requests from which on a share of errors says something: during the watch, and at its end. */
const ENOUGH = { during: 20, atTheEnd: 5 };

/**
 * Watches the new versions of services, each for its own time, all at once.
 * @throws ReleaseFailure naming every replica and service that fails, as soon as one does.
 */
export async function watch(steps: Step[], log: Log): Promise<void> {
  const watched = steps.filter(({ change }) => change.service.watch.seconds > 0);
  const longest = Math.max(0, ...watched.map(({ change }) => change.service.watch.seconds));
  if (longest === 0) return;
  const names = [...new Set(watched.map(({ change }) => change.service.name))].join(", ");
  log(`${names}: watched for ${longest} s, while the old version stays ready`);
  await timed(log, "new versions: still healthy", async () => {
    let watches = await onAll(watched, (step) => ServedVersion.begin(step));
    while (watches.length > 0) {
      await pause(POLL);
      const failing = (await onAll(watches, (one) => one.check())).flatMap((found) => found ?? []);
      if (failing.length > 0) await leave(steps, failing, log);
      watches = watches.filter((one) => !one.over);
    }
  });
}

/** Finds out why a version has failed; takes seconds at times. */
type Explain = () => Promise<ReleaseFailure>;

/** First the requests go to the old versions again, then it is found out why. */
async function leave(steps: Step[], failing: Explain[], log: Log): Promise<never> {
  log("a new version fails: back to the old one");
  await onAll([...new Set(steps.map(({ host }) => host))], serveOld);
  const failures = await Promise.all(failing.map((explain) => explain()));
  throw new ReleaseFailure(failures.map(({ message }) => message).join("\n"));
}

/** A service's new version on one host while it is watched. */
class ServedVersion {
  /** Its time was over when it was checked last. */
  over = false;
  readonly #step: Step;
  readonly #before: Traffic[];
  readonly #until: number;
  readonly #replicas: string[];
  readonly #commands: Map<string, CommandCheck>;
  readonly #soundness: Soundness;
  /** Of each replica, at the last look. */
  #closed: ReplicaPort[][] = [];

  private constructor(step: Step, before: Traffic[], views: (ContainerView | undefined)[]) {
    this.#step = step;
    this.#before = before;
    this.#until = Date.now() + step.change.service.watch.seconds * 1000;
    this.#replicas = step.host.wanted(step.change.service.name);
    this.#soundness = new Soundness(views, step.change.fresh);
    this.#commands = new Map(this.#replicas.map((replica) => [replica, new CommandCheck()]));
  }

  static async begin(step: Step): Promise<ServedVersion> {
    const { host, change } = step;
    const replicas = host.wanted(change.service.name);
    const views = Promise.all(replicas.map((replica) => host.host.inspect(replica)));
    return new ServedVersion(step, await host.traffic(change), await views);
  }

  /** What explains why it fails; undefined if it does not. */
  async check(): Promise<Explain | undefined> {
    this.over = Date.now() >= this.#until;
    const { host, change } = this.#step;
    const { service, slot } = change;
    const views = await this.#views();
    const ended = this.#ended(views);
    if (ended.length > 0) return () => this.#failure(ended);

    const { proxy } = host.control;
    const servers = service.endpoint === undefined ? [] : await proxy.servers(service.name, slot);
    const closed = await this.#closedPorts();
    const down = this.#replicas.flatMap((container, index) => {
      const server = servers[index];
      const check = this.#commandOf(views[index]);
      const failing = check !== undefined && check.exitCode !== 0;
      // One check that fails takes no server down: three in a row do.
      const serves = server === undefined || server.status.startsWith("UP");
      const shut = closed[index] ?? [];
      return failing || !serves || shut.length > 0
        ? [{ container, server, check, closed: shut }]
        : [];
    });
    if (down.length > 0) {
      const about = { proxy, service, when: "no longer healthy" };
      const findings = down.map((found) => () => diagnoseUnhealthy({ ...about, ...found }));
      return async () => this.#failure((await this.#endedSoon()) ?? findings);
    }

    if (!portsOf(service).some(({ protocol }) => protocol !== "tcp")) return undefined;
    const seen = trafficSince(this.#before, await host.traffic(change));
    const fault = judge(seen, service.watch.maxErrors, this.over);
    if (fault === undefined) return undefined;
    const unexplained = new ReleaseFailure(`${this.#about()}: ${fault}.`);
    return async () => {
      const ended = await this.#endedSoon();
      return ended === undefined ? unexplained : this.#failure(ended);
    };
  }

  /** Ports of each replica that took no connection at this look, nor at the one before: once may be chance. */
  async #closedPorts(): Promise<ReplicaPort[][]> {
    const { host, change } = this.#step;
    const looks = this.#replicas.map((replica) =>
      closedPorts(host.control.proxy, change.service, replica),
    );
    const before = this.#closed;
    this.#closed = await Promise.all(looks);
    return this.#closed.map((ports, index) =>
      ports.filter(({ name }) => before[index]?.some((port) => port.name === name)),
    );
  }

  /** Replicas that have ended, which explains all else; undefined if none has. */
  async #endedSoon(): Promise<(() => Promise<Finding>)[] | undefined> {
    for (const until = Date.now() + NOTICED; Date.now() < until; await pause(100)) {
      const ended = this.#ended(await this.#views());
      if (ended.length > 0) return ended;
    }
    return undefined;
  }

  #views(): Promise<(ContainerView | undefined)[]> {
    const { host } = this.#step.host;
    return Promise.all(this.#replicas.map((replica) => host.inspect(replica)));
  }

  /** What is found of the replicas that do not run as they did. */
  #ended(views: (ContainerView | undefined)[]): (() => Promise<Finding>)[] {
    const { host } = this.#step.host;
    return this.#replicas.flatMap((name, index) =>
      this.#soundness.of(views[index]) ? [] : [() => diagnoseEnd(host, name, views[index])],
    );
  }

  /** How a replica's check command ended last; it runs again meanwhile. */
  #commandOf(view: ContainerView | undefined) {
    const { health } = this.#step.change.service;
    if (health.kind !== "command" || view === undefined) return undefined;
    const check = this.#commands.get(view.name);
    if (check === undefined) return undefined;
    check.run(this.#step.host.host, view.name, health.command, health.timeout);
    return check.last;
  }

  async #failure(found: (() => Promise<Finding>)[]): Promise<ReleaseFailure> {
    const findings = await Promise.all(found.map((find) => find()));
    return new ReleaseFailure(blocks(this.#about(), findings));
  }

  #about(): string {
    return `${subject(this.#step.host.host, this.#step.change.service)}, watched after the switch`;
  }
}

/**
 * What is wrong with the answers of a new version; undefined if nothing is, or too few came to tell.
 * @param over whether the watch is over, so that fewer requests must do.
 */
export function judge(seen: Traffic, maxErrors: number, over: boolean): string | undefined {
  const enough = seen.requests >= (over ? ENOUGH.atTheEnd : ENOUGH.during);
  return enough ? tooManyErrors(seen, maxErrors) : undefined;
}
