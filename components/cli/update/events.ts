/** What Pulumi's engine says during an update, as short lines of progress, and how it ended. */
import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import type { Cause } from "../../diagnosis/cause.ts";
import { explainPulls } from "../../diagnosis/pull.ts";
import { isRelease } from "../../releases/resource-names.ts";
import { EXIT } from "../exit.ts";

/** Follows one update. */
export class Watcher {
  readonly errors: string[] = [];
  /** Something was begun that changes the state. */
  changes = false;
  readonly #note: (line: string) => void;
  #last = "";
  #releaseFailed: number | undefined;
  #released = false;

  constructor(note: (line: string) => void) {
    this.#note = note;
  }

  see(event: EngineEvent): void {
    const { diagnosticEvent, resourcePreEvent, resOutputsEvent } = event;
    if (diagnosticEvent !== undefined) {
      this.#diagnose(diagnosticEvent.urn ?? "", diagnosticEvent);
    }
    if (resourcePreEvent !== undefined) {
      const { op, urn } = resourcePreEvent.metadata;
      if (op !== "same") this.changes = true;
      const line = describeStep(op, urn);
      if (line !== undefined) this.#note(line);
    }
    if (resOutputsEvent !== undefined) {
      const { op, urn } = resOutputsEvent.metadata;
      if (isRelease(urn) && ["create", "update"].includes(op)) this.#released = true;
    }
  }

  /** The exit code of an update that failed. */
  get failure(): number {
    if (this.#releaseFailed === EXIT.refused || this.#releaseFailed === EXIT.cleanUp) {
      return this.#releaseFailed;
    }
    // The release is done, so it was the deletion of the old containers that failed.
    return this.#released && this.#releaseFailed === undefined ? EXIT.cleanUp : EXIT.failed;
  }

  #diagnose(urn: string, event: { message: string; severity: string }): void {
    const message = plain(event.message).trimEnd();
    if (message === "") return;
    if (event.severity === "error") {
      const status = /^(?:error: )?exit status (\d+): running/.exec(message)?.[1];
      if (isRelease(urn)) this.#releaseFailed = status === undefined ? EXIT.failed : Number(status);
      if (!/^(error: )?update failed$/.test(message)) {
        const text = message.replace(/^(error: )?exit status \d+: running "[^"]*":\n/, "");
        const told = [text, ...explainPulls(text).map(withFix)].join("\n");
        if (!this.errors.includes(told)) this.errors.push(told);
      }
      return;
    }
    if (event.severity === "warning") this.#note(`warning: ${message}`);
    if (!isRelease(urn) || message === this.#last) return;
    this.#last = message;
    this.#note(`  release: ${message}`);
  }
}

/** A cause in words below the provider's own. */
function withFix({ what, fix }: Cause): string {
  return `    ${what}.\n    What to do: ${fix}`;
}

const VERBS: Record<string, string> = {
  create: "creating",
  update: "updating",
  delete: "deleting",
  replace: "replacing",
  "create-replacement": "creating",
  "delete-replaced": "deleting the old",
};

/** `creating Container shop-local-web-1`; undefined for what people need not see. */
export function describeStep(op: string, urn: string): string | undefined {
  const verb = VERBS[op];
  const [type = "", name = ""] = urn.split("::").slice(2);
  const short = type.split("$").at(-1)?.split(":") ?? [];
  // A replacement is told as its creation and its deletion; components are made of nothing.
  if (verb === undefined || op === "replace" || short[0] === "longshore") return undefined;
  return isRelease(urn) ? "releasing" : `${verb} ${short.at(-1) ?? ""} ${name}`;
}

/** Without the engine's marks for colours. */
export function plain(text: string): string {
  return text.replaceAll(/<\{%[^%]*%\}>/g, "");
}
