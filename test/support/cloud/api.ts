/** What all parts of a fake API need: a refusal, the outcome of a request, and things that take their time. */

/** As DigitalOcean's API refuses: a status, and `{ id, message }`. */
export class Refusal extends Error {
  readonly status: number;
  readonly id: string;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
    this.id =
      { 401: "unauthorized", 404: "not_found", 409: "conflict", 429: "too_many_requests" }[
        status
      ] ?? "unprocessable_entity";
  }
}

export function notFound(): never {
  throw new Refusal(404, "The resource you were accessing could not be found.");
}

export function refuse(message: string, status = 422): never {
  throw new Refusal(status, message);
}

/** The answer's status and body; no body is 204. */
export interface Answer {
  status?: number;
  body?: object;
}

export type Body = Record<string, unknown>;

/** @param match what the path's brackets took. */
export type Handler = (match: string[], body: Body) => Answer | Promise<Answer>;

/** By method and path below /v2, e.g. `GET droplets/(\d+)`. */
export type Routes = Record<string, Handler>;

export interface Action {
  id: number;
  status: "in-progress" | "completed" | "errored";
  type: string;
  resource_id: number;
  resource_type: string;
  region_slug: string;
}

/** Actions, which go on after they are answered. */
export class Actions {
  readonly all: Action[] = [];
  /** What went wrong in one: the API itself does not say. */
  readonly problems: string[] = [];

  start(type: string, resource: number, work: () => Promise<unknown>): Answer {
    const action: Action = {
      ...{ id: 9000 + this.all.length, status: "in-progress", type },
      ...{ resource_id: resource, resource_type: "droplet", region_slug: "fra1" },
    };
    this.all.push(action);
    work().then(
      () => (action.status = "completed"),
      (error: unknown) => {
        action.status = "errored";
        this.problems.push(`${type}: ${String(error)}`);
      },
    );
    return { status: 201, body: { action } };
  }

  get routes(): Routes {
    return {
      "GET actions/(\\d+)": ([id]) => {
        const action = this.all.find((each) => each.id === Number(id)) ?? notFound();
        return { body: { action } };
      },
    };
  }
}

/** Of the wanted type, or refused as missing. */
export function textOf(body: Body, key: string): string {
  const value = body[key];
  return typeof value === "string" && value !== "" ? value : refuse(`${key} is required`);
}

export function listOf<T>(body: Body, key: string): T[] {
  return Array.isArray(body[key]) ? (body[key] as T[]) : [];
}
