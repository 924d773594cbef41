/** `longshore hosts`: the machines of a stack, and one that is gone taken out of its state. */
import { execa } from "execa";
import { probeEngine } from "../../hosts/probe.ts";
import { type StackHost, hostsOf, withoutHost } from "../../releases/stack-hosts.ts";
import { type CommonOptions, type Terminal, confirm } from "../context.ts";
import { CliError, EXIT } from "../exit.ts";
import { openStack } from "../stack.ts";
import { table } from "../table.ts";

export interface HostsOptions extends CommonOptions {
  /** Also one that answers. */
  force?: boolean;
  /** Seconds that a drained host may still be asked. */
  wait: number;
}

export async function hosts(
  action: "list" | "forget",
  name: string | undefined,
  options: HostsOptions,
  terminal: Terminal,
): Promise<void> {
  const open = await openStack(options);
  const exported = await open.exported();
  const found = hostsOf(exported);
  if (action === "list") return list(found, options, terminal);
  const host = found.find((each) => each.name === name);
  if (host === undefined) {
    const known = found.map((each) => each.name).join(", ") || "none";
    throw new CliError(
      `${name === undefined ? "Say which host" : `There is no host \`${name}\``}. There are: ${known}.`,
      EXIT.usage,
    );
  }
  if (options.force !== true && (await answers(host))) {
    throw new CliError(
      `Host \`${host.name}\` answers: what runs there would be left behind. Take it out of the program and run ` +
        "`longshore up`, which ends it; or give `--force`.",
      EXIT.usage,
    );
  }
  const lost = host.volumes.length === 0 ? "" : `, with the data in ${host.volumes.join(", ")}`;
  const what = `Take host \`${host.name}\` and its ${host.resources} resources out of \`${open.name}\`${lost}?`;
  if (options.yes !== true) await confirm(what, terminal);
  await open.import(withoutHost(exported, host.name));
  if (options.json === true) terminal.out(JSON.stringify({ forgotten: host.name }));
  else {
    const next = host.isRented
      ? "Its machine and volume stay in the state: take it out of the program, and `pulumi up --refresh` removes what is left."
      : "If the program has it still, the next update makes it anew.";
    terminal.out(`\`${host.name}\` is forgotten. ${next}`);
  }
}

async function list(found: StackHost[], options: HostsOptions, terminal: Terminal): Promise<void> {
  const all = await Promise.all(
    found.map(async (host) => ({ ...host, answers: await answers(host) })),
  );
  if (options.json === true) {
    const shown = all.map(({ name, address, answers, resources }) => {
      return { name, address, answers, resources };
    });
    terminal.out(JSON.stringify({ hosts: shown }));
    return;
  }
  const rows = all.map(({ name, address, answers, resources }) => [
    ...[name, address ?? "", answers ? "answers" : "does not answer", String(resources)],
  ]);
  terminal.out(table(["HOST", "ENGINE", "STATE", "RESOURCES"], rows));
}

/** Whether it can be reached: by its engine, or by ssh at all. */
async function answers({ address, sshOptions }: StackHost): Promise<boolean> {
  if (address === undefined) return false;
  if (!address.startsWith("ssh://")) {
    return probeEngine(address).then(
      () => true,
      () => false,
    );
  }
  const args = [...sshOptions, "-T", "--", address, "true"];
  const { exitCode } = await execa("ssh", args, {
    reject: false,
    stdin: "ignore",
    timeout: 20_000,
  });
  // 255 is ssh's own.
  return exitCode !== undefined && exitCode !== 255;
}
