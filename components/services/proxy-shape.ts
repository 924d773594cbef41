/** The shape of a proxy's own properties. */
import { z } from "zod";
import { flag, inputText, list, object, port, seconds, text, whole } from "./shape-parts.ts";

const tls = object(
  {
    certificate: inputText,
    key: inputText.optional(),
    port: port.optional(),
    redirect: flag.optional(),
    hsts: z
      .union(
        [
          z.literal(false, "`false`"),
          object(
            {
              // The most that browsers count to.
              maxAge: whole(0, 2 ** 31 - 1, "of seconds ").optional(),
              includeSubDomains: flag.optional(),
              preload: flag.optional(),
            },
            "an object",
          ),
        ],
        "`{ maxAge: 31536000 }`, or `false` for none",
      )
      .optional(),
  },
  "a certificate and its key, e.g. `{ certificate, key }`",
);

/** A proxy's own properties, without those of every container. */
export const PROXY_SHAPE = {
  routes: list(
    object(
      {
        domain: text("a domain, e.g. `shop.example.com`").optional(),
        path: text("a path, e.g. `/api`").optional(),
        when: object(
          {
            cookie: text("a name, e.g. `variant`").optional(),
            header: text("a name, e.g. `X-Variant`").optional(),
            value: text("text, e.g. `b`"),
          },
          'a condition, e.g. `{ cookie: "variant", value: "b" }`',
        ).optional(),
        to: text("the name of a service"),
      },
      'a route, e.g. `{ to: "app" }`',
    ),
    'a list of routes, e.g. `[{ to: "app" }]`',
  ),
  port,
  tls,
  bind: text("an IP address, e.g. `127.0.0.1`"),
  statusPage: z.union(
    [z.literal(false, "`false`"), object({ port: port.optional() }, "an object")],
    "`{ port: 8404 }`, or `false` for none",
  ),
  timeouts: object(
    {
      connect: seconds(1, 86400).optional(),
      client: seconds(1, 86400).optional(),
      server: seconds(1, 86400).optional(),
    },
    "an object, e.g. `{ server: 300 }`",
  ),
  drain: seconds(0, 86400),
  errorPages: z.record(z.string(), text("HTML"), 'an object, e.g. `{ 503: "<h1>Sorry</h1>" }`'),
};
