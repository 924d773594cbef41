/** The one resource that carries out a stack's release, see release/run.ts. */
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { nodeProgram } from "../../node-program.ts";
import { programCommand } from "../../program-command.ts";
import { announceVersions } from "../../releases/announce.ts";
import { identityOf } from "../../releases/fingerprint.ts";
import { resourceName } from "../../releases/resource-names.ts";
import { stackKey } from "../../releases/stack-key.ts";
import type { ReleaseReport, Snapshot } from "../../releases/types.ts";
import type { ReleaseRequest } from "../types.ts";
import type { CertificateLine } from "./certificate.ts";
import type { ServiceLine } from "./service-line.ts";
import type { Serving } from "./serving.ts";
import type { ConfirmRequest } from "../state/confirm.ts";

export interface ReleaseArgs {
  /** What the hosts are to serve; identity and repair are added here. */
  request: pulumi.Input<ReleaseRequest>;
  /** The definition that the ledger keeps if the release succeeds. Secret. */
  snapshot: pulumi.Output<Snapshot>;
  /** The release of the ledger that this one brings back. */
  rollbackTo?: number;
  services: ServiceLine[];
  /** The certificate, for people; undefined: HTTP alone. */
  certificate?: pulumi.Output<CertificateLine> | undefined;
  /** What serves now, so that a preview names old and new, and what does not run is started again. */
  serving?: Serving;
}

/**
 * Makes the hosts serve the wanted containers: start → gate → switch → drain. Depends on all of them,
 * and the old ones are deleted after it. Changes by update only: a replaced release would run its
 * deletion after the new switch.
 */
export class Release extends pulumi.ComponentResource {
  /** The stack's key: made once, kept in the state for as long as the release. Secret. */
  public readonly key: pulumi.Output<string>;
  /** Tells the stack's state from others of the same name. */
  public readonly identity: pulumi.Output<string>;
  readonly #name: string;

  /** Declares the key alone: what the release depends on may need it. */
  constructor(name: string, opts?: pulumi.ComponentResourceOptions) {
    super("longshore:fleet:Release", name, {}, opts);
    this.#name = name;
    this.key = stackKey(name, this);
    this.identity = pulumi.unsecret(this.key.apply(identityOf));
  }

  /** Declares the release itself. Returns what it did. */
  run(args: ReleaseArgs): pulumi.Output<ReleaseReport> {
    const { snapshot, rollbackTo, serving, certificate } = args;
    const request = pulumi
      .all([pulumi.output(args.request), this.key, this.identity, snapshot])
      .apply(([wanted, key, identity, kept]) => ({
        ...wanted,
        identity,
        ...(serving?.repair === undefined ? {} : { repair: serving.repair }),
        ledger: { key, snapshot: kept, rollbackTo },
      }));
    const run = new command.local.Command(
      resourceName(this.#name, "run"),
      {
        ...nodeProgram("release"),
        // The request holds the services' secrets: by standard input, and encrypted in the state.
        stdin: pulumi.secret(pulumi.jsonStringify(request)),
        // For people: these lines are what a preview shows of a release.
        environment: {
          ...Object.fromEntries(args.services.map(serviceLine)),
          ...(certificate && { LONGSHORE_CERTIFICATE: certificate.apply(({ text }) => text) }),
          ...(serving?.repair === undefined ? {} : { LONGSHORE_REPAIR: serving.repair }),
        },
        logging: command.local.Logging.Stderr,
        // The previous output holds the ledger, encrypted: see docs/decisions/0006.
        addPreviousOutputInEnv: true,
      },
      { parent: this, additionalSecretOutputs: ["stdout"] },
    );
    announce(args, run);
    const report = pulumi
      .unsecret(run.stdout)
      .apply((text) => reportOf(text === "" ? { release: 0, services: {} } : parse(text)));
    this.#confirm(report, args.request);
    this.registerOutputs({ report });
    return report;
  }

  /** Runs when the state has saved what the release did, see state/confirm.ts. */
  #confirm(report: pulumi.Output<ReleaseReport>, request: ReleaseArgs["request"]): void {
    const wanted = pulumi
      .all([report, pulumi.output(request)])
      .apply(([{ release }, { hosts }]): ConfirmRequest => ({
        release,
        hosts: hosts.map(({ name, dockerHost, proxy }) => ({ name, dockerHost, proxy })),
      }));
    const stdin = pulumi.unsecret(pulumi.jsonStringify(wanted));
    programCommand(resourceName(this.#name, "confirm"), "confirm", stdin, { parent: this });
  }
}

function serviceLine({ name, tag, replicas, gap }: ServiceLine): [string, pulumi.Output<string>] {
  const how = gap ? "stop-first: brief downtime" : "start-first: no downtime";
  const variable = `LONGSHORE_RELEASE_${name.toUpperCase().replaceAll("-", "_")}`;
  return [variable, pulumi.interpolate`${name} ${tag} ×${replicas} (${how})`];
}

function parse(text: string): ReleaseReport {
  return JSON.parse(text) as ReleaseReport;
}

/** Without the ledger, which is printed beside it. */
function reportOf({ release, services }: ReleaseReport): ReleaseReport {
  return { release, services };
}

/** Says in a preview's line of the release what changes: `app 3f2a1c4 → 9d8e7f6, no downtime`; and notes. */
function announce(
  { services, serving, certificate }: ReleaseArgs,
  resource: pulumi.Resource,
): void {
  if (!pulumi.runtime.isDryRun()) return;
  if (serving?.withoutForwarder === true) {
    const line = "the proxy becomes a forwarder, which keeps the ports, and another one serves";
    void pulumi.log.info(`${line} behind it: no downtime`, resource);
  }
  certificate?.apply(({ fingerprint, text }) => {
    if (fingerprint === serving?.certificate) return;
    const how = serving?.certificate === undefined ? "(new)" : "replaced: no downtime";
    void pulumi.log.info(`certificate ${text}, ${how}`, resource);
  });
  for (const note of services.flatMap(({ notes }) => notes)) void pulumi.log.info(note, resource);
  announceVersions(services, serving?.tags ?? {}, resource);
}
