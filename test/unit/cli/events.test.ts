/** An update that is watched: its progress in short lines, and the exit code that it ends with. */
import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { describe, expect, it } from "vitest";
import { Watcher, describeStep } from "../../../components/cli/update/events.ts";
import { PULL_ERRORS } from "../diagnosis/pull-errors.ts";

const type = "longshore:fleet:Fleet$longshore:fleet:Release$command:local:Command";
const release = `urn:pulumi:local::shop::${type}::shop-release-run`;
const container =
  "urn:pulumi:local::shop::longshore:fleet:Fleet$docker:index/container:Container::web-1";

const says = (urn: string, severity: string, message: string) =>
  ({ diagnosticEvent: { urn, severity, message } }) as EngineEvent;
const begins = (urn: string) =>
  ({ resourcePreEvent: { metadata: { op: "update", urn } } }) as unknown as EngineEvent;
const done = (urn: string) =>
  ({ resOutputsEvent: { metadata: { op: "update", urn } } }) as unknown as EngineEvent;

function watch(...events: EngineEvent[]) {
  const lines: string[] = [];
  const watcher = new Watcher((line) => lines.push(line));
  for (const event of events) watcher.see(event);
  return { lines, failure: watcher.failure, errors: watcher.errors };
}

describe("progress", () => {
  it("is each step and the release's own lines, once", () => {
    const line = says(release, "info", "<{%reset%}>web: healthy (1.8 s)<{%reset%}>\n");
    expect(watch(begins(release), line, line).lines).toEqual([
      "releasing",
      "  release: web: healthy (1.8 s)",
    ]);
    expect(describeStep("create-replacement", container)).toBe("creating Container web-1");
    expect(describeStep("delete-replaced", container)).toBe("deleting the old Container web-1");
    expect(describeStep("same", container)).toBeUndefined();
  });
});

describe("a failed update", () => {
  it.each([
    [1, [says(release, "error", 'exit status 1: running "main.ts":\nno health')]],
    [4, [says(release, "error", 'error: exit status 4: running "main.ts":\nrefused')]],
    [3, [says(release, "error", 'exit status 3: running "main.ts":\nReleased, but')]],
    [1, [says(container, "error", "no such image")]],
    [3, [done(release), says(container, "error", "cannot delete")]],
  ])("ends with %i where that is how it failed", (code, events) => {
    expect(watch(...events).failure).toBe(code);
  });

  it("says in words why an image could not be pulled", () => {
    const text = PULL_ERRORS["no credentials"];
    const [error = ""] = watch(says(container, "error", text)).errors;
    expect(error.startsWith(text.trimEnd())).toBe(true);
    expect(error).toMatch(
      /\n {4}registry 127\.0\.0\.1:5977 refuses image .* \(401\)\.\n {4}What to do: Give/,
    );
  });

  it("keeps what the release said, without the engine's frame", () => {
    const text = 'error: exit status 1: running "components/main.ts":\nThe release failed\n';
    const { errors } = watch(says("", "error", "update failed"), says(release, "error", text));
    expect(errors).toEqual(["The release failed"]);
  });
});
