/** `longshore backup` and `restore`: the stack's volumes saved now, what was saved, and a volume put back. */
import {
  BackupBusy,
  type BackupFacts,
  type Snapshot,
  backUp,
  lookAtBackups,
  restore as restoreOn,
} from "../../hosts/backup/ask.ts";
import type { BackupRequest } from "../../hosts/backup/types.ts";
import { messageOf } from "../../output/log.ts";
import { readBackups } from "../../releases/exported-state.ts";
import { nameHolder, ownHolder } from "../../releases/holder.ts";
import { type CommonOptions, type Terminal, confirm } from "../context.ts";
import { CliError, EXIT } from "../exit.ts";
import { type OpenStack, openStack } from "../stack.ts";
import { table, timeText } from "../table.ts";

export interface RestoreOptions extends CommonOptions {
  /** First digits of its id. @default the newest */
  snapshot?: string;
}

/** What is known of a host's backups. */
interface Found extends BackupFacts {
  request: BackupRequest;
}

export async function backup(
  action: "now" | "list",
  options: CommonOptions,
  terminal: Terminal,
): Promise<void> {
  const requests = await backupsOf(await openStack(options));
  if (action === "now") {
    terminal.note(`saving ${requests.flatMap(({ volumes }) => volumes.map(nameOf)).join(", ")}`);
    await onAll(requests, backUp);
  }
  const found = await onAll(requests, async (request) => ({
    request,
    ...(await lookAtBackups(request)),
  }));
  terminal.out(options.json === true ? JSON.stringify(toJson(found)) : backupText(found));
}

export async function restore(
  volume: string,
  options: RestoreOptions,
  terminal: Terminal,
): Promise<void> {
  const requests = await backupsOf(await openStack(options));
  const { request, name } = pickVolume(requests, volume);
  const { snapshots } = await lookAtBackups(request);
  const snapshot = pickSnapshot(snapshots, name, options.snapshot);
  const what = `Put ${name} on ${request.name} back to ${timeText(snapshot.time)} UTC (${short(snapshot)})?`;
  if (options.yes !== true) {
    await confirm(`${what} What it has now is lost, and what uses it is away meanwhile.`, terminal);
  }
  const own = ownHolder();
  const holder = JSON.stringify({ ...own, actor: `${own.actor} (restore of ${name})` });
  const how = { holder, wait: options.wait ?? 0 };
  try {
    await restoreOn(request, snapshot, how, (line) => terminal.note(`${request.name}: ${line}`));
  } catch (error) {
    if (!(error instanceof BackupBusy)) throw error;
    throw new CliError(
      error.holder === undefined
        ? error.message
        : `A release is in progress on host \`${request.name}\`: ${nameHolder(error.holder)}. Nothing was changed. ` +
            "Wait for it to end, or give `--wait SECONDS`.",
      EXIT.refused,
    );
  }
  const { id, time } = snapshot;
  if (options.json === true) {
    terminal.out(JSON.stringify({ host: request.name, volume: name, snapshot: id, time }));
  } else {
    terminal.out(
      `${name} on ${request.name} is as it was at ${timeText(time)} UTC (${short(snapshot)}).`,
    );
  }
}

async function backupsOf(open: OpenStack): Promise<BackupRequest[]> {
  const found = readBackups(await open.deployment());
  if (found.length > 0) return found;
  throw new CliError(
    `\`${open.name}\` has no backups: give the fleet \`backup\` (docs/backup.md) and run \`longshore up\`.`,
    EXIT.usage,
  );
}

/** On all hosts at once; all are waited for. @throws CliError with the words of every one that fails. */
async function onAll<Result>(
  requests: BackupRequest[],
  action: (request: BackupRequest) => Promise<Result>,
): Promise<Result[]> {
  const ended = await Promise.allSettled(requests.map(action));
  const problems = ended.flatMap((each, index) =>
    each.status === "rejected" ? [`${requests[index]?.name}: ${messageOf(each.reason)}`] : [],
  );
  if (problems.length > 0) throw new CliError(problems.join("\n"));
  return ended.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
}

/** The volume that is meant, and the machine that has it. @param wanted its name, with its service's or without. */
export function pickVolume(
  requests: BackupRequest[],
  wanted: string,
): { request: BackupRequest; name: string } {
  const all = requests.flatMap((request) =>
    request.volumes.map(({ volume: name }) => ({ request, name })),
  );
  const found = all.find(({ name }) => name === wanted || name.split("/")[1] === wanted);
  if (found !== undefined) return found;
  const known = all.map(({ name }) => name).join(", ");
  throw new CliError(`There is no volume \`${wanted}\`. There are: ${known}.`, EXIT.usage);
}

/** The newest of a volume, or the one whose id begins so. @param snapshots oldest first. */
export function pickSnapshot(snapshots: Snapshot[], volume: string, wanted?: string): Snapshot {
  const own = snapshots.filter((each) => each.volume === volume);
  const found =
    wanted === undefined ? own.slice(-1) : own.filter(({ id }) => id.startsWith(wanted));
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const what = wanted === undefined ? "snapshot" : `one snapshot \`${wanted}\``;
  throw new CliError(
    `${volume} has no ${what}. There are: ${own.map(short).join(", ") || "none"} (\`longshore backup list\`).`,
    EXIT.usage,
  );
}

/** What `list` prints: a line for each host, then the snapshots, newest first. */
export function backupText(found: Found[], now = Date.now()): string {
  const lines = found.map(({ request, timer, running, next, failure, succeeded, cutOff }) => {
    const parts = [
      succeeded === undefined
        ? "never saved yet"
        : `saved ${age(succeeded, now)} ago (${timeText(succeeded)} UTC)`,
      ...(running ? ["one is under way"] : []),
      ...(!running && failure !== undefined ? [`the last one failed: ${failure}`] : []),
      ...(cutOff ? ["a restore was cut off: run it again"] : []),
      timer === "active" ? `next at ${timeText(next ?? "")} UTC` : `its timer is ${timer}`,
    ];
    return `${request.name}: ${parts.join("; ")}`;
  });
  const rows = snapshotsOf(found)
    .toReversed()
    .map((each) => [short(each), each.volume, each.host, timeText(each.time), age(each.time, now)]);
  return [...lines, table(["SNAPSHOT", "VOLUME", "HOST", "TIME (UTC)", "AGE"], rows)].join("\n");
}

function toJson(found: Found[]) {
  const hosts = found.map(({ request, timer, running, next, failure, succeeded, cutOff }) => ({
    ...{ host: request.name, volumes: request.volumes.map(nameOf), timer, running, cutOff },
    ...{ next: next ?? null, failure: failure ?? null, succeeded: succeeded ?? null },
  }));
  return { hosts, snapshots: snapshotsOf(found) };
}

/** Each once: hosts that share a repository all know them. Oldest first. */
function snapshotsOf(found: Found[]): Snapshot[] {
  const all = found.flatMap(({ snapshots }) => snapshots.map((each) => [each.id, each] as const));
  return [...new Map(all).values()].sort(
    (one, other) => Date.parse(one.time) - Date.parse(other.time),
  );
}

function nameOf({ volume }: BackupRequest["volumes"][number]): string {
  return volume;
}

function short({ id }: Snapshot): string {
  return id.slice(0, 8);
}

/** `5 min`, `3 h`, `12 days` */
function age(time: string, now: number): string {
  const minutes = Math.max(0, Math.floor((now - Date.parse(time)) / 60_000));
  if (minutes < 120) return `${minutes} min`;
  return minutes < 48 * 60
    ? `${Math.floor(minutes / 60)} h`
    : `${Math.floor(minutes / 60 / 24)} days`;
}
