// identidock's picture maker: one PNG identicon for each name.
import type { FastifyError, FastifyInstance } from "fastify";
import { parseName } from "./names.ts";
import { draw, parseSize } from "./picture.ts";
import { createService, type ServiceOptions } from "./service.ts";

/** dnmonster, ready to listen. */
export function createDnmonster(options: Omit<ServiceOptions, "name">): FastifyInstance {
  const service = createService({ ...options, name: "dnmonster" });

  service.get<{ Params: { name: string }; Querystring: { size?: unknown } }>(
    "/monster/:name",
    (request, reply) => {
      const name = parseName(request.params.name);
      const size = parseSize(request.query.size);
      return reply
        .type("image/png")
        .header("cache-control", "public, max-age=86400")
        .send(draw(name, size));
    },
  );

  service.setNotFoundHandler((_request, reply) =>
    reply.code(404).type("text/plain; charset=utf-8").send("There is no such page.\n"),
  );
  service.setErrorHandler((error: FastifyError | Error, request, reply) => {
    const status = "statusCode" in error && error.statusCode ? error.statusCode : 500;
    if (status >= 500) request.log.error({ err: error }, "no picture");
    const problem = status < 500 ? error.message : "Something went wrong here. It has been logged.";
    return reply.code(status).type("text/plain; charset=utf-8").send(`${problem}\n`);
  });
  return service;
}
