// Runs the tests of a Go module and counts them from the events of `go test -json`.
import { z } from "zod";
import type { Children } from "./child.ts";
import { missingTool } from "./tools.ts";
import { addUp, tally, type StepContext, type Tally } from "./step.ts";

const Event = z.object({
  Action: z.string(),
  Package: z.string().optional(),
  ImportPath: z.string().optional(),
  Test: z.string().optional(),
  Output: z.string().optional(),
  Elapsed: z.number().optional(),
});

export async function runGo(
  children: Children,
  modules: string[],
  context: StepContext,
): Promise<Tally> {
  if ((await children.run("go", ["version"], { cwd: context.root })) === 127) {
    return missingTool(context, `Go tests of ${modules.join(", ")}`, "install Go 1.25 or newer");
  }
  const results: Tally[] = [];
  for (const module of modules) results.push(await runModule(children, module, context));
  return addUp(results);
}

async function runModule(children: Children, module: string, context: StepContext): Promise<Tally> {
  const count = new GoCount();
  const code = await children.run("go", ["-C", module, "test", "-json", "./..."], {
    cwd: context.root,
    onLine: (line) => {
      for (const text of count.add(line)) console.log(text);
    },
  });
  return count.finish(module, code);
}

/** Adds up events; a test with subtests is counted by its subtests. */
export class GoCount {
  readonly #outcomes = new Map<string, { action: string; output: string[] }>();

  /** Takes one line of `go test -json`; returns what a reader should see of it. */
  add(line: string): string[] {
    let event: z.infer<typeof Event>;
    try {
      event = Event.parse(JSON.parse(line));
    } catch {
      return [line];
    }
    const { Action, Test, Output = "" } = event;
    const name = event.Package ?? event.ImportPath ?? "";
    if (Action === "build-output") return [Output.trimEnd()];
    if (Test === undefined) {
      const wanted = Action === "output" && /^(ok|FAIL|panic|---|\?)\b/.test(Output);
      if (Action === "fail") this.#entry(name).action = "fail";
      return wanted ? [Output.trimEnd()] : [];
    }
    const entry = this.#entry(`${name} ${Test}`);
    if (Action === "output") entry.output.push(Output.trimEnd());
    else if (["pass", "fail", "skip"].includes(Action)) entry.action = Action;
    return Action === "fail" ? entry.output : [];
  }

  finish(module: string, code: number): Tally {
    const result = tally();
    const keys = [...this.#outcomes.keys()];
    for (const [key, { action }] of this.#outcomes) {
      const isPackage = !key.includes(" ");
      const parent = keys.some((k) => k.startsWith(isPackage ? `${key} ` : `${key}/`));
      if (parent && !(action === "fail" && !this.#childFailed(key, isPackage))) continue;
      if (action === "pass") result.passed++;
      else if (action === "skip") result.skipped++;
      else {
        result.failed++;
        result.failures.push(`${module}: ${key}${action === "" ? " did not finish" : ""}`);
      }
    }
    if (code !== 0 && result.failed === 0) {
      result.failed++;
      result.failures.push(`${module}: go test ended with exit code ${code}`);
    }
    return result;
  }

  #childFailed(key: string, isPackage: boolean): boolean {
    const prefix = isPackage ? `${key} ` : `${key}/`;
    return [...this.#outcomes].some(([k, v]) => k.startsWith(prefix) && v.action !== "pass");
  }

  #entry(key: string): { action: string; output: string[] } {
    let entry = this.#outcomes.get(key);
    if (entry === undefined) this.#outcomes.set(key, (entry = { action: "", output: [] }));
    return entry;
  }
}
