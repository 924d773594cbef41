/** The resource that remembers a stack's releases on ECS, see ../release/main.ts. */
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { nodeProgram } from "../../node-program.ts";
import { resourceName } from "../../releases/resource-names.ts";
import { stackKey } from "../../releases/stack-key.ts";
import type { ReleaseReport, Snapshot } from "../../releases/types.ts";
import type { EcsReleaseRequest } from "../release/types.ts";

export interface ReleaseArgs {
  /** What runs once every service is steady. */
  request: pulumi.Output<Omit<EcsReleaseRequest, "ledger">>;
  /** The definition that the ledger keeps. Secret. */
  snapshot: pulumi.Output<Snapshot>;
  /** The release of the ledger that this one brings back. */
  rollbackTo: number | undefined;
}

/** Depends on every service: where one has failed, nothing is remembered. */
export class Release extends pulumi.ComponentResource {
  /** The stack's key: made once, kept in the state for as long as the release. Secret. */
  public readonly key: pulumi.Output<string>;
  readonly #name: string;

  /** Declares the key alone: the services' secrets need it. */
  constructor(name: string, opts?: pulumi.ComponentResourceOptions) {
    super("longshore:ecs:Release", name, {}, opts);
    this.#name = name;
    this.key = stackKey(name, this);
  }

  /** Declares the release itself. Returns what it did. */
  run({ request, snapshot, rollbackTo }: ReleaseArgs): pulumi.Output<ReleaseReport> {
    const told = pulumi
      .all([request, this.key, snapshot])
      .apply(([wanted, key, kept]): EcsReleaseRequest => ({
        ...wanted,
        ledger: { key, snapshot: kept, ...(rollbackTo === undefined ? {} : { rollbackTo }) },
      }));
    const run = new command.local.Command(
      resourceName(this.#name, "run"),
      {
        ...nodeProgram("ecs-release"),
        // It holds the services' secrets: by standard input, and encrypted in the state.
        stdin: pulumi.secret(pulumi.jsonStringify(told)),
        logging: command.local.Logging.Stderr,
        // The previous output holds the ledger, encrypted: see docs/decisions/0006.
        addPreviousOutputInEnv: true,
      },
      { parent: this, additionalSecretOutputs: ["stdout"] },
    );
    const report = pulumi.unsecret(run.stdout).apply((text): ReleaseReport => {
      if (text === "") return { release: 0, services: {} };
      const { release, services } = JSON.parse(text) as ReleaseReport;
      return { release, services };
    });
    this.registerOutputs({ report });
    return report;
  }
}
