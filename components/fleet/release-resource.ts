/** The one resource that carries out a stack's release, see release/run.ts. */
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { Contents } from "./ledger/types.ts";
import type { ReleaseReport, ReleaseRequest } from "./release/types.ts";
import type { Serving } from "./serving.ts";

/** How a service's change reads in a diff. */
export interface ServiceLine {
  name: string;
  tag: pulumi.Input<string>;
  /** Copies in all. */
  copies: number;
  /** Whether the service is away for a moment while it changes. */
  gap: boolean;
}

export interface ReleaseArgs {
  request: pulumi.Input<ReleaseRequest>;
  /** The definition that the ledger keeps if the release succeeds. Secret. */
  contents: pulumi.Output<Contents>;
  /** The release of the ledger that this one brings back. */
  rollbackTo?: number;
  services: ServiceLine[];
  /** What serves now, so that a preview names old and new, and what does not run is started again. */
  serving?: Serving;
}

/**
 * Makes the hosts serve the wanted containers: start → gate → switch → drain. Depends on all of them,
 * and the old ones are deleted after it. Changes by update only: a replaced release would run its
 * deletion after the new switch.
 */
export class Release extends pulumi.ComponentResource {
  /** What the last release did. */
  public readonly report: pulumi.Output<ReleaseReport>;

  constructor(name: string, args: ReleaseArgs, opts?: pulumi.ComponentResourceOptions) {
    super("longshore:fleet:Release", name, {}, opts);
    const { repairs = 0 } = args.serving ?? {};
    const { contents, rollbackTo } = args;
    const request = pulumi
      .all([pulumi.output(args.request), ledgerKey(name, this), contents])
      .apply(([wanted, key, kept]) => ({ ...wanted, ledger: { key, contents: kept, rollbackTo } }));
    const run = new command.local.Command(
      `${name}-run`,
      {
        interpreter: ["node", "--disable-warning=ExperimentalWarning"],
        create: entryPoint(),
        // The request holds the services' secrets: by standard input, and encrypted in the state.
        stdin: pulumi.secret(pulumi.jsonStringify(request)),
        // For people: these lines are what a preview shows of a release.
        environment: {
          ...Object.fromEntries(args.services.map(serviceLine)),
          ...(repairs === 0 ? {} : { LONGSHORE_REPAIRS: String(repairs) }),
        },
        logging: command.local.Logging.Stderr,
        // The previous output holds the ledger, encrypted: see docs/decisions/0006.
        addPreviousOutputInEnv: true,
      },
      { parent: this, additionalSecretOutputs: ["stdout"] },
    );
    announce(args, run);
    this.report = pulumi
      .unsecret(run.stdout)
      .apply((text) => reportOf(text === "" ? { release: 0, services: {} } : parse(text)));
    this.registerOutputs({ report: this.report });
  }
}

function serviceLine({ name, tag, copies, gap }: ServiceLine): [string, pulumi.Output<string>] {
  const how = gap ? "stop-first: a gap" : "start-first: no gap";
  const variable = `LONGSHORE_RELEASE_${name.toUpperCase().replaceAll("-", "_")}`;
  return [variable, pulumi.interpolate`${name} ${tag} ×${copies} (${how})`];
}

/** The key of the stack's ledger: made once, kept for as long as the release. */
function ledgerKey(name: string, parent: pulumi.Resource): pulumi.Output<string> {
  const key = new command.local.Command(
    `${name}-key`,
    {
      interpreter: ["node", "-e"],
      create: 'process.stdout.write(require("node:crypto").randomBytes(32).toString("base64url"))',
      logging: command.local.Logging.None,
      addPreviousOutputInEnv: false,
    },
    // Another key could not open the ledger, so nothing may make the command run again.
    {
      parent,
      additionalSecretOutputs: ["stdout"],
      ignoreChanges: ["interpreter", "create", "logging"],
    },
  );
  return pulumi.secret(key.stdout);
}

function parse(text: string): ReleaseReport {
  return JSON.parse(text) as ReleaseReport;
}

/** Without the ledger, which is printed beside it. */
function reportOf({ release, services }: ReleaseReport): ReleaseReport {
  return { release, services };
}

/** Says in a preview's line of the release what changes: `app 3f2a1c4 → 9d8e7f6, no gap`. */
function announce({ services, serving }: ReleaseArgs, resource: pulumi.Resource): void {
  if (!pulumi.runtime.isDryRun()) return;
  for (const { name, tag, gap } of services) {
    pulumi.output(tag).apply((next) => {
      const now = serving?.tags[name];
      if (now === next) return;
      const line = `${name} ${now === undefined ? "(new)" : `${now} →`} ${next}`;
      const how = gap && now !== undefined ? "stops before it starts: a gap" : "no gap";
      void pulumi.log.info(`${line}, ${how}`, resource);
    });
  }
}

/** The release's program, relative to the folder that Pulumi runs in: the same on every machine. */
function entryPoint(): string {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  return relative(
    process.cwd(),
    fileURLToPath(new URL(`./release/main.${extension}`, import.meta.url)),
  );
}
