/** The command line as it is typed: what it takes, what it refuses, and with which exit code. */
import { describe, expect, it } from "vitest";
import { confirm } from "../../../components/cli/context.ts";
import { commandOf, runCli } from "../../../components/cli/program.ts";
import { refusedFlag } from "../../../components/cli/refused-flags.ts";
import { projectFolder } from "../../../components/cli/stack.ts";

function typed() {
  const out: string[] = [];
  const notes: string[] = [];
  const terminal = {
    out: (text: string) => void out.push(text),
    raw: (text: string) => void out.push(text),
    note: (text: string) => void notes.push(text),
    interactive: false,
  };
  return { out, notes, terminal, run: (...args: string[]) => runCli(args, { terminal }) };
}

const COMMANDS = [
  ...["up", "preview", "releases", "rollback", "promote", "deploy", "status", "logs", "exec"],
  ...["run", "maintenance", "backup", "restore"],
];

describe("the command line", () => {
  it("lists its commands and its exit codes", async () => {
    const { out, run } = typed();
    expect(await run("--help")).toBe(0);
    for (const name of COMMANDS) expect(out.join("\n")).toMatch(new RegExp(`^  ${name} `, "m"));
    expect(out.join("\n")).toContain("3 released, but the clean-up\nfailed; 4 refused");
  });

  it.each(COMMANDS)("shows an example of %s", async (name) => {
    const { out, run } = typed();
    expect(await run(name, "--help")).toBe(0);
    expect(out.join("\n")).toMatch(new RegExp(`Example:\n {2}\\$ longshore ${name}( |$)`, "m"));
  });

  it.each([
    [["flip"], "unknown command 'flip'"],
    [["up", "--force"], "unknown option '--force'"],
    [["promote", "staging"], "missing required argument 'to'"],
    [["up", "--wait", "soon"], "Give seconds, 0 or more."],
    [["maintenance", "maybe"], "`maintenance maybe`: say on, off or status."],
    [["backup", "all"], "`backup all`: say list, or nothing to save now."],
    [["restore"], "missing required argument 'volume'"],
    [["up", "--target", "x"], "`--target` is refused: it updates the named resources alone"],
    [["rollback", "--continue-on-error"], "`--continue-on-error` is refused"],
  ])("ends with 2 for %j", async (args, message) => {
    const { out, notes, run } = typed();
    expect(await run(...args)).toBe(2);
    expect(notes.join("\n")).toContain(message);
    expect(out).toEqual([]);
  });

  it("finds its command behind options", () => {
    expect(commandOf(["--stack", "x", "up"])).toBe("up");
    expect(commandOf(["--version"])).toBe("");
  });

  it("needs a project", () => {
    expect(() => projectFolder("/")).toThrow("There is no Pulumi.yaml in / or above it.");
  });
});

describe("a question", () => {
  it("that nobody can answer ends the command with 2", async () => {
    await expect(confirm("Release this?", typed().terminal)).rejects.toMatchObject({
      code: 2,
      message:
        "Release this? Nobody can answer here (no terminal): give `--yes` to go on without asking.",
    });
  });
});

describe("flags that break a release", () => {
  it.each([
    [["up", "--target", "urn:x"], "`--target` is refused: it updates the named resources alone"],
    [["up", "-t=urn:x"], "`-t` is refused: it updates the named resources alone"],
    [["preview", "--target-dependents"], "`--target-dependents` is refused"],
    [["up", "--exclude=urn:x"], "`--exclude` is refused: it leaves resources out"],
    [["up", "--continue-on-error"], "`--continue-on-error` is refused: it deletes the old"],
  ])("%j are refused with the reason", (args, start) => {
    expect(refusedFlag(args)?.startsWith(start)).toBe(true);
    expect(refusedFlag(args)).toMatch(/\. Run the command without it\.$/);
  });

  it.each([[["up", "--yes", "--targets"]], [["exec", "app", "--", "x", "--target"]]])(
    "%j are not",
    (args) => {
      expect(refusedFlag(args)).toBeUndefined();
    },
  );
});
