/** AWS's API, called by boto3 in a process of its own, which holds each call to AWS's models before it is sent. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { AwsModels } from "../../aws-models.ts";
import { installMoto } from "./install.ts";

export type Params = Record<string, unknown>;

/** What AWS, or the model of its API, refuses. */
export class AwsError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

interface Answer {
  id: number;
  result?: Params;
  error?: { code: string; message: string };
}

export class AwsClient {
  readonly models: AwsModels;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #calls = 0;

  private constructor(models: AwsModels, child: ChildProcessWithoutNullStreams) {
    this.models = models;
    this.#child = child;
    createInterface({ input: child.stdout }).on("line", (line) => {
      const answer = JSON.parse(line) as Answer;
      this.#waiting.get(answer.id)?.(answer);
      this.#waiting.delete(answer.id);
    });
    let said = "";
    child.stderr.on("data", (part: Buffer) => (said = (said + part.toString()).slice(-2000)));
    child.on("exit", () => {
      const error = { code: "Ended", message: `the process that calls AWS ended: ${said}` };
      for (const [id, answer] of this.#waiting) answer({ id, error });
    });
  }

  /**
   * @param env has `AWS_ENDPOINT_URL`, on this computer: nothing of this ever asks AWS itself.
   * @throws if it has not.
   */
  static async start(env: NodeJS.ProcessEnv): Promise<AwsClient> {
    if (!/^http:\/\/127\.0\.0\.1:\d+$/.test(env.AWS_ENDPOINT_URL ?? ""))
      throw new Error("The stand-in for AWS's plugin needs AWS_ENDPOINT_URL=http://127.0.0.1:PORT");
    const { folder, python } = await installMoto();
    const script = join(import.meta.dirname, "client.py");
    return new AwsClient(await AwsModels.load(folder), spawn(python, [script], { env }));
  }

  /** @throws {AwsError} */
  async call(service: string, operation: string, params: Params): Promise<Params> {
    const [problem] = this.models.limits({ service, operation, params });
    if (problem !== undefined) throw new AwsError("ValidationException", problem);
    const id = ++this.#calls;
    const answer = await new Promise<Answer>((done) => {
      this.#waiting.set(id, done);
      this.#child.stdin.write(`${JSON.stringify({ id, service, operation, params })}\n`);
    });
    if (answer.error !== undefined) throw new AwsError(answer.error.code, answer.error.message);
    return answer.result ?? {};
  }

  stop(): void {
    this.#child.stdin.end();
  }
}
