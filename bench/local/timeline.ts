/** Where an update's seconds go: its events and the release's own lines, by the time at which they came. */
import { closeSync, openSync, readSync } from "node:fs";
import { plain } from "../../components/cli/update/events.ts";

/** Something that took time. In seconds; `at` is from the command's start. */
export interface Span {
  name: string;
  at: number;
  seconds: number;
}

interface EngineEvent {
  preludeEvent?: object;
  resourcePreEvent?: { metadata: Metadata };
  resOutputsEvent?: { metadata: Metadata };
  diagnosticEvent?: { urn?: string; message: string };
}

interface Metadata {
  op: string;
  urn: string;
  type: string;
}

/** Events as they are written to a file, each with the seconds at which it was seen (read every 5 ms). */
export class EventLog {
  readonly #seen: { at: number; event: EngineEvent }[] = [];
  readonly #timer: NodeJS.Timeout;
  readonly #read: () => void;
  readonly #close: () => void;

  constructor(file: string, started: number) {
    const handle = openSync(file, "w+");
    const chunk = Buffer.alloc(1 << 20);
    let rest = "";
    this.#read = () => {
      for (let size; (size = readSync(handle, chunk)) > 0;) {
        const lines = (rest + chunk.toString("utf8", 0, size)).split("\n");
        rest = lines.pop() ?? "";
        const at = (performance.now() - started) / 1000;
        for (const line of lines) this.#seen.push({ at, event: JSON.parse(line) as EngineEvent });
      }
    };
    this.#timer = setInterval(this.#read, 5);
    this.#close = () => closeSync(handle);
  }

  /** @param ended seconds that the command took. */
  end(ended: number): Span[] {
    clearInterval(this.#timer);
    this.#read();
    this.#close();
    return spans(this.#seen, ended);
  }
}

function spans(seen: { at: number; event: EngineEvent }[], ended: number): Span[] {
  const first = (is: (event: EngineEvent) => boolean) => seen.find(({ event }) => is(event))?.at;
  const prelude = first((event) => event.preludeEvent !== undefined) ?? 0;
  const program =
    first(({ resourcePreEvent }) => {
      const type = resourcePreEvent?.metadata.type;
      return type !== undefined && type !== "pulumi:pulumi:Stack";
    }) ?? prelude;
  const last = seen.findLast(({ event }) => event.resOutputsEvent !== undefined)?.at ?? program;
  const all = [
    span("Pulumi's start, until it runs the program", 0, prelude),
    span(
      "the program, until its first resource (Node.js, SDK, providers, a look at the host)",
      prelude,
      program,
    ),
    ...changes(seen),
    span("after the last resource: Pulumi's end", last, ended),
  ];
  return all.sort((x, y) => x.at - y.at);
}

/** Operations that change something, those of a kind together: from the first one's begin to the last one's end. */
function changes(seen: { at: number; event: EngineEvent }[]): Span[] {
  const found = new Map<string, Span>();
  const open = new Map<string, number>();
  for (const { at, event } of seen) {
    const { resourcePreEvent: before, resOutputsEvent: after, diagnosticEvent: line } = event;
    if (before !== undefined) open.set(`${before.metadata.op} ${before.metadata.urn}`, at);
    if (after !== undefined && after.metadata.op !== "same") {
      const begun = open.get(`${after.metadata.op} ${after.metadata.urn}`) ?? at;
      const name = `${after.metadata.op} ${kindOf(after.metadata)}`;
      const known = found.get(name);
      const from = Math.min(known?.at ?? begun, begun);
      found.set(
        name,
        span(name, from, Math.max(at, known === undefined ? at : known.at + known.seconds)),
      );
    }
    if (line?.urn?.endsWith("release-run") && line.message.trim() !== "") {
      const name = `… ${plain(line.message).trim().slice(0, 60)}`;
      if (!found.has(name)) found.set(name, span(name, at, at));
    }
  }
  return [...found.values()];
}

/** `docker:index/container:Container` → `Container`; our own processes by name. */
function kindOf({ type, urn }: Metadata): string {
  const name = urn.split("::").at(-1) ?? urn;
  return type === "command:local:Command" ? name : (type.split(":").at(-1) ?? type);
}

function span(name: string, from: number, to: number): Span {
  return { name, at: from, seconds: to - from };
}
