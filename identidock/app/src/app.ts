// identidock's web app: a page with a form, and a picture for each name.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import cookie from "@fastify/cookie";
import formbody from "@fastify/formbody";
import { Eta } from "eta";
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { PictureCache } from "./cache.ts";
import { PictureProblem, type FetchPicture } from "./dnmonster.ts";
import { LONGEST_NAME, parseName } from "./names.ts";
import { createService, type ServiceOptions } from "./service.ts";

const VIEWS = fileURLToPath(new URL("../../views/", import.meta.url));
const LAST_NAME = "last_name";
const A_MONTH = 30 * 24 * 3600;
const CONTENT_POLICY =
  "default-src 'none'; img-src 'self'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

export interface AppOptions extends Omit<ServiceOptions, "name"> {
  fetchPicture: FetchPicture;
  cache: PictureCache | ((service: FastifyInstance) => PictureCache);
  /** Signs the cookie that remembers a visitor's last name; without it nothing is remembered. */
  sessionKey?: string | undefined;
}

interface Page {
  name?: string;
  lastName?: string;
  problem?: string;
  status?: number;
}

/** The app, ready to listen. */
export async function createApp(options: AppOptions): Promise<FastifyInstance> {
  const service = createService({ ...options, name: "app" });
  const cache = typeof options.cache === "function" ? options.cache(service) : options.cache;
  const views = new Eta({ views: VIEWS, cache: true, autoEscape: true });
  const style = readFileSync(`${VIEWS}style.css`, "utf8");
  const remembers = options.sessionKey !== undefined;

  await service.register(formbody);
  await service.register(cookie, { secret: options.sessionKey });
  service.addHook("onClose", () => cache.close());

  const sendPage = (reply: FastifyReply, page: Page): FastifyReply => {
    const picture = page.name === undefined ? undefined : pictureOf(page.name);
    const html = views.render("./page", { picture, longest: LONGEST_NAME, ...page });
    return reply
      .type("text/html; charset=utf-8")
      .headers({
        "content-security-policy": CONTENT_POLICY,
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
        "cache-control": "no-store",
      })
      .send(html);
  };
  const sendPicturePage = (reply: FastifyReply, given: unknown): FastifyReply => {
    const name = parseName(given);
    if (remembers) {
      void reply.setCookie(LAST_NAME, name, {
        signed: true,
        httpOnly: true,
        sameSite: "lax",
        secure: "auto",
        path: "/",
        maxAge: A_MONTH,
      });
    }
    return sendPage(reply, { name });
  };
  const lastNameOf = (request: FastifyRequest): string | undefined => {
    const signed = request.cookies[LAST_NAME];
    if (!remembers || signed === undefined) return undefined;
    const { valid, value } = request.unsignCookie(signed);
    return valid && value !== null ? value : undefined;
  };

  service.get<{ Querystring: { name?: unknown } }>("/", (request, reply) => {
    if (request.query.name !== undefined) return sendPicturePage(reply, request.query.name);
    return sendPage(reply, { lastName: lastNameOf(request) });
  });

  service.post<{ Body: { name?: unknown } | undefined }>("/", (request, reply) =>
    sendPicturePage(reply, request.body?.name),
  );

  service.get<{ Params: { name: string } }>("/monster/:name", async (request, reply) => {
    const name = parseName(request.params.name);
    const cached = await cache.get(name);
    const hit = Buffer.isBuffer(cached);
    void reply.header("x-cache", hit ? "hit" : "miss");
    const picture = hit ? cached : await options.fetchPicture(name);
    if (cached === undefined) await cache.set(name, picture);
    return reply
      .type("image/png")
      .headers({ "cache-control": "public, max-age=300", "x-content-type-options": "nosniff" })
      .send(picture);
  });

  service.get("/style.css", (_request, reply) =>
    reply.type("text/css; charset=utf-8").header("cache-control", "no-cache").send(style),
  );

  /** A page for browsers, one line for programs. */
  const sendProblem = (
    request: FastifyRequest,
    reply: FastifyReply,
    status: number,
    problem: string,
  ): FastifyReply => {
    void reply.code(status).header("vary", "accept");
    if (status === 503) void reply.header("retry-after", "2");
    if (request.headers.accept?.includes("text/html")) return sendPage(reply, { problem, status });
    return reply.type("text/plain; charset=utf-8").send(`${problem}\n`);
  };
  service.setNotFoundHandler((request, reply) =>
    sendProblem(request, reply, 404, "There is no such page."),
  );
  service.setErrorHandler((error: FastifyError | Error, request, reply) => {
    const status = "statusCode" in error && error.statusCode ? error.statusCode : 500;
    if (status < 500) return sendProblem(request, reply, status, error.message);
    request.log.error({ err: error }, "no answer for the visitor");
    const forVisitors = error instanceof PictureProblem;
    const problem = forVisitors ? error.message : "Something went wrong here. It has been logged.";
    return sendProblem(request, reply, status, problem);
  });
  return service;
}

function pictureOf(name: string): string {
  return `/monster/${encodeURIComponent(name)}`;
}
