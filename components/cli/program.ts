/** The command line `longshore`: its commands, their options, and how each ends. */
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { type CommonOptions, TERMINAL, type Terminal, type UpdateFlags } from "./context.ts";
import { NotThere } from "../releases/operations.ts";
import { CliError, EXIT } from "./exit.ts";
import type { ExecOptions } from "./commands/exec.ts";
import type { RestoreOptions } from "./commands/backup.ts";
import type { AuditOptions } from "./commands/audit.ts";
import type { HostsOptions } from "./commands/hosts.ts";
import type { LogOptions } from "./commands/logs.ts";
import type { MaintenanceOptions } from "./commands/maintenance.ts";
import type { PromoteOptions } from "./commands/promote.ts";
import { refusedFlag } from "./refused-flags.ts";
import type { RollbackOptions } from "./commands/rollback.ts";

const CODES = `
Exit codes: 0 done; 1 failed, nothing was switched; 2 wrong command line; 3 released, but the clean-up
failed; 4 refused (another update runs, an image that a rollback has left, a host that is ahead);
130 interrupted. \`exec\` and \`run\` end with the command's own code.`;

/** What stacks a clone or a project has by itself; a clone of Longshore gives its own. */
export interface Defaults {
  stack?: string;
  configFile?: string;
}

/** Runs one command line and returns its exit code. */
export async function runCli(
  args: string[],
  { defaults = {}, terminal = TERMINAL }: { defaults?: Defaults; terminal?: Terminal } = {},
): Promise<number> {
  const refused = UPDATES.includes(commandOf(args)) ? refusedFlag(args) : undefined;
  if (refused !== undefined) {
    terminal.note(`error: ${refused}`);
    return EXIT.usage;
  }
  let code: number = EXIT.done;
  const program = build(defaults, terminal, (ended) => (code = ended));
  try {
    await program.parseAsync(args, { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    terminal.note(`error: ${error instanceof Error ? error.message : String(error)}`);
    if (error instanceof NotThere) return EXIT.usage;
    return error instanceof CliError ? error.code : EXIT.failed;
  }
}

const UPDATES = ["up", "preview", "rollback", "deploy", "promote", "images"];

/** The command in `args`: the first word that is no option or its value. */
export function commandOf(args: string[]): string {
  return args.find((arg) => COMMANDS.includes(arg)) ?? "";
}

const COMMANDS = [
  ...UPDATES,
  ...[
    "audit",
    "backup",
    "hosts",
    "releases",
    "status",
    "logs",
    "exec",
    "run",
    "maintenance",
    "restore",
    "help",
  ],
];

function build(defaults: Defaults, terminal: Terminal, end: (code: number) => void): Command {
  const program = new Command("longshore")
    .description("Releases that lose no request and can be rolled back.")
    .addHelpText("after", CODES)
    .showHelpAfterError("(see --help)")
    .configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      writeErr: (text) => terminal.note(text.trimEnd()),
    })
    .exitOverride();

  const add = (usage: string, summary: string, example: string) => {
    const command = program
      .command(usage)
      .description(summary)
      .option("-s, --stack <name>", "the stack", defaults.stack)
      .option("--config-file <file>", "the stack's configuration", defaults.configFile)
      .option("--json", "print the result as JSON and nothing else on standard output")
      .addHelpText("after", `\nExample:\n  $ ${example}`);
    return command;
  };
  const changing = (command: Command) =>
    command
      .option("-y, --yes", "do not ask, and show no preview first")
      .option("--wait <seconds>", "wait for another update of the stack to end", toSeconds, 0)
      .option("--no-watch", "do not watch the new versions after the switch")
      .option("--take-over", "release although hosts have seen later releases than this state");
  const allowBad = ["--allow-bad", "let images through that a rollback has left"] as const;

  changing(add("up", "release what the program says", "longshore up --stack production"))
    .option(...allowBad)
    .option(
      "--renew-forwarder",
      "give the hosts' forwarders today's image and settings: ports are closed for a moment",
    )
    .action(async (options: UpdateFlags) =>
      (await import("./commands/up.ts")).up(options, terminal),
    );
  add("preview", "show what `up` would change", "longshore preview --stack production").action(
    async (options: CommonOptions) => (await import("./commands/up.ts")).preview(options, terminal),
  );
  add("releases", "the last releases", "longshore releases --json").action(
    async (options: CommonOptions) =>
      (await import("./commands/releases.ts")).releases(options, terminal),
  );
  changing(
    add(
      "rollback",
      "bring back an earlier release, with its configuration and secrets",
      "longshore rollback --to 41 --keep-secret API_TOKEN",
    ),
  )
    .option("--to <release>", "its number (default: the last one that no rollback has left)")
    .option("--keep-secret <name>", "keep the program's value of a secret (repeatable)", collect)
    .action(async (options: RollbackOptions) =>
      (await import("./commands/rollback.ts")).rollback(options, terminal),
    );
  changing(
    add(
      "promote <from> <to>",
      "release exactly the images of one stack to another",
      "longshore promote staging production",
    ),
  )
    .option("--release <number>", "a release of FROM (default: the one that serves)")
    .option(...allowBad)
    .action(async (from: string, to: string, options: PromoteOptions) =>
      (await import("./commands/promote.ts")).promote(from, to, options, terminal),
    );
  changing(
    add(
      "deploy <stack> <version>",
      "release the images of a known version (a release's number or a tag) with the program's configuration",
      "longshore deploy production 4f2c1e9a0b3d",
    ),
  )
    .option(...allowBad)
    .action(async (stack: string, version: string, options: UpdateFlags) =>
      (await import("./commands/deploy.ts")).deploy(stack, version, options, terminal),
    );
  changing(
    add(
      "images <list|update> [names...]",
      "the tags that were resolved to digests (RegistryImage); with update, what they are now",
      "longshore images update postgres",
    ),
  )
    .option(...allowBad)
    .action(async (action: string, names: string[], options: UpdateFlags) => {
      if (action !== "list" && action !== "update") {
        throw new CliError(`\`images ${action}\`: say list or update.`, EXIT.usage);
      }
      return (await import("./commands/images.ts")).images(action, names, options, terminal);
    });
  add(
    "audit",
    "how safely containers and engines are set up, by the CIS Docker Benchmark; fails with a warning",
    "longshore audit --all",
  )
    .option("--all", "also what is as it should be")
    .action(async (options: AuditOptions) =>
      (await import("./commands/audit.ts")).audit(options, terminal),
    );
  add(
    "hosts <list|drain|resume|forget> [name]",
    "the stack's machines; load balancers send one no requests (drain) or come again (resume); one that is gone for " +
      "good is taken out of the state (forget)",
    "longshore hosts drain web-3",
  )
    .option("-y, --yes", "do not ask")
    .option("--force", "forget also one that answers: what runs there stays")
    .option("--wait <seconds>", "drain: at most, until nobody asks the host", toSeconds, 30)
    .action(async (action: string, name: string | undefined, options: HostsOptions) => {
      if (action === "drain" || action === "resume") {
        return (await import("./commands/drain.ts")).drain(action, name, options, terminal);
      }
      if (action !== "list" && action !== "forget") {
        const all = "list, drain, resume or forget";
        throw new CliError(`\`hosts ${action}\`: say ${all}.`, EXIT.usage);
      }
      await (await import("./commands/hosts.ts")).hosts(action, name, options, terminal);
    });
  add(
    "backup [list]",
    "save the stack's volumes now, as its timer does; list: how backups went, and what there is",
    "longshore backup list",
  ).action(async (action: string | undefined, options: CommonOptions) => {
    if (action !== undefined && action !== "list") {
      throw new CliError(`\`backup ${action}\`: say list, or nothing to save now.`, EXIT.usage);
    }
    await (await import("./commands/backup.ts")).backup(action ?? "now", options, terminal);
  });
  add(
    "restore <volume>",
    "put a volume back to what a backup has of it; what uses it is stopped meanwhile",
    "longshore restore redis-data --snapshot 4f2c1e9a",
  )
    .option("--snapshot <id>", "first digits of its id (default: the newest)")
    .option("-y, --yes", "do not ask")
    .option("--wait <seconds>", "wait for a release to end", toSeconds, 0)
    .action(async (volume: string, options: RestoreOptions) =>
      (await import("./commands/backup.ts")).restore(volume, options, terminal),
    );
  add("status", "what runs, which version, how healthy", "longshore status").action(
    async (options: CommonOptions) =>
      (await import("./commands/status.ts")).status(options, terminal),
  );
  add("logs [service]", "what services print, on all hosts", "longshore logs app -f")
    .option("-f, --follow", "go on until interrupted")
    .option("-n, --tail <lines>", "last lines of each replica", toCount, 100)
    .option("--raw", "with the control characters that containers print")
    .action(async (service: string | undefined, options: LogOptions) =>
      (await import("./commands/logs.ts")).logs(service, options, terminal),
    );
  const inside = (command: Command) =>
    command
      .option("-i, --interactive", "pass on this terminal's input")
      .option("--host <name>", "on this host");
  inside(
    add(
      "exec <service> <command...>",
      "run a command in a replica that runs",
      "longshore exec app -i -- sh",
    ),
  ).action(async (service: string, command: string[], options: ExecOptions) =>
    end(await (await import("./commands/exec.ts")).runCommand("exec", service, command, options)),
  );
  inside(
    add(
      "run <service> <command...>",
      "run a command in a container of its own, with the service's image, environment and secrets",
      "longshore run app -- node migrate.js",
    ),
  ).action(async (service: string, command: string[], options: ExecOptions) =>
    end(
      await (await import("./commands/exec.ts")).runCommand("runOnce", service, command, options),
    ),
  );
  add(
    "maintenance <on|off|status>",
    "show visitors a page with status 503",
    "longshore maintenance on --message 'Back at 10'",
  )
    .option("--message <text>", "what the page says")
    .option("--retry-after <seconds>", "what clients are told to wait", toSeconds)
    .action(async (what: string, options: MaintenanceOptions) => {
      if (what !== "on" && what !== "off" && what !== "status") {
        throw new CliError(`\`maintenance ${what}\`: say on, off or status.`, EXIT.usage);
      }
      await (await import("./commands/maintenance.ts")).maintenance(what, options, terminal);
    });
  return program;
}

function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}

function toSeconds(text: string): number {
  const seconds = Number(text);
  if (text.trim() === "" || !Number.isFinite(seconds) || seconds < 0) {
    throw new InvalidArgumentError("Give seconds, 0 or more.");
  }
  return seconds;
}

function toCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 0) {
    throw new InvalidArgumentError("Give a whole number, 0 or more.");
  }
  return count;
}
