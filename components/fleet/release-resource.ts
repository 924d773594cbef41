/** The one resource that carries out a stack's release, see release/run.ts. */
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
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
    const run = new command.local.Command(
      `${name}-run`,
      {
        interpreter: ["node", "--disable-warning=ExperimentalWarning"],
        create: entryPoint(),
        // The request holds the services' secrets: by standard input, and encrypted in the state.
        stdin: pulumi.secret(pulumi.jsonStringify(args.request)),
        // For people: these lines are what a preview shows of a release.
        environment: {
          ...Object.fromEntries(args.services.map(serviceLine)),
          ...(repairs === 0 ? {} : { LONGSHORE_REPAIRS: String(repairs) }),
        },
        logging: command.local.Logging.Stderr,
        addPreviousOutputInEnv: false,
      },
      { parent: this },
    );
    announce(args, run);
    this.report = pulumi
      .unsecret(run.stdout)
      .apply((text) =>
        text === "" ? { release: 0, services: {} } : (JSON.parse(text) as ReleaseReport),
      );
    this.registerOutputs({ report: this.report });
  }
}

function serviceLine({ name, tag, copies, gap }: ServiceLine): [string, pulumi.Output<string>] {
  const how = gap ? "stop-first: a gap" : "start-first: no gap";
  const variable = `LONGSHORE_RELEASE_${name.toUpperCase().replaceAll("-", "_")}`;
  return [variable, pulumi.interpolate`${name} ${tag} ×${copies} (${how})`];
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
