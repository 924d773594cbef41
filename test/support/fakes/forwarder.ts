/** A made-up forwarder: what it says its configuration is. */
import type { FakeRecord } from "./record.ts";

export class FakeForwarder {
  description = "";
  readonly #record: FakeRecord;
  readonly #note: (event: string) => void;

  constructor(record: FakeRecord, note: (event: string) => void) {
    this.#record = record;
    this.#note = note;
  }

  /** Reads its file as a starting or reloading one does. */
  load(): void {
    const config = this.#record.files.get("/etc/longshore/forwarder.cfg");
    if (config === undefined) throw new Error("the forwarder has no file");
    this.description = /^ *description (\S+)$/m.exec(config)?.[1] ?? "";
  }

  /** Carries out a command at its socket. */
  tell(line: string): string {
    if (line.trim() === "show info") return `Name: HAProxy\ndescription: ${this.description}\n`;
    if (line.trim() !== "reload") throw new Error(`a forwarder is told: ${line}`);
    this.#note("reload forwarder");
    this.load();
    return "Success=1\n";
  }
}
