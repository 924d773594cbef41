/** Bad definitions: the proxy. */
import { edge, job, redis, web, type Row } from "./row.ts";

const NAME_IT = "Give a host name, e.g. `shop.example.com`, or `*.example.com` for all below one.";

export const ROUTES_ROWS: Row[] = [
  {
    rule: "route-none",
    definition: { ...web(), ...edge({ routes: [] }) },
    path: "edge.routes",
    message: "Proxy `edge` has no route, so it would answer nothing.",
    fix: 'Give at least one, e.g. `[{ to: "app" }]`.',
  },
  {
    rule: "route-unknown",
    definition: { ...web(), ...edge({ routes: [{ to: "web" }, { path: "/api", to: "wep" }] }) },
    path: "edge.routes[1].to",
    message: "A route of proxy `edge` leads to `wep`, which is not a known service.",
    fix: "Did you mean `web`? Known: web.",
  },
  {
    rule: "route-proxy",
    definition: { ...web(), ...edge({ routes: [{ to: "edge" }] }) },
    path: "edge.routes[0].to",
    message: "A route of proxy `edge` leads to proxy `edge`.",
    fix: "Name the service that shall answer.",
  },
  {
    rule: "route-portless",
    definition: { ...job(), ...edge({ routes: [{ to: "job" }] }) },
    path: "edge.routes[0].to",
    message: "A route of proxy `edge` leads to `job`, which has no port.",
    fix: "Give `job.port`, or remove the route.",
  },
  {
    rule: "route-tcp",
    definition: { ...redis(), ...edge({ routes: [{ to: "redis" }] }) },
    path: "edge.routes[0].to",
    message: "A route of proxy `edge` leads to `redis`, which speaks TCP, not HTTP.",
    fix: "Set `redis.protocol` to `http` if it does speak it, or remove the route.",
  },
  {
    rule: "route-network",
    definition: { ...web({ networkMode: "host" }), ...edge() },
    path: "edge.routes[0].to",
    message: "A route of proxy `edge` leads to `web`, which is outside the stack's network.",
    fix: "Remove `web.networkMode`, or the route.",
  },
  {
    rule: "route-duplicate",
    definition: { ...web(), ...edge({ routes: [{ to: "web" }, { to: "web" }] }) },
    path: "edge.routes[1]",
    message: "Proxy `edge` has two routes for any domain and path `/`.",
    fix: "Remove one of them; the first is `edge.routes[0]`.",
  },
  {
    rule: "route-duplicate",
    definition: {
      ...web(),
      ...edge({
        routes: [
          { domain: "shop.example", path: "/api", to: "web" },
          { domain: "Shop.example", path: "/api/", to: "web" },
        ],
      }),
    },
    path: "edge.routes[1]",
    message: "Proxy `edge` has two routes for `shop.example` and path `/api`.",
    fix: "Remove one of them; the first is `edge.routes[0]`.",
  },
  ...(
    [
      ["https://shop.example", "Leave out `https://`: `shop.example`."],
      ["shop.example:8080", "Leave out `:8080`: `shop.example`."],
      ["http://shop.example:80/x", "Leave out `http://` and `:80` and `/x`: `shop.example`."],
      ["shop.*.example", NAME_IT],
      ["*", NAME_IT],
      ["shop_1.example", NAME_IT],
      ["shop.example } }", NAME_IT],
    ] as const
  ).map(([domain, fix]) => ({
    rule: "route-domain",
    definition: { ...web(), ...edge({ routes: [{ domain, to: "web" }] }) },
    path: "edge.routes[0].domain",
    message: `\`${domain}\` in a route of proxy \`edge\` is not a valid domain.`,
    fix,
  })),
  {
    rule: "route-path",
    definition: { ...web(), ...edge({ routes: [{ path: "api", to: "web" }] }) },
    path: "edge.routes[0].path",
    message: "`api` in a route of proxy `edge` is not a valid path.",
    fix: "Give the beginning of a URL's path without query, e.g. `/api`.",
  },
  {
    rule: "route-path",
    definition: { ...web(), ...edge({ routes: [{ path: "/a b", to: "web" }] }) },
    path: "edge.routes[0].path",
    message: "`/a b` in a route of proxy `edge` is not a valid path.",
    fix: "Give the beginning of a URL's path without query, e.g. `/api`.",
  },
  {
    rule: "route-path",
    definition: { ...web(), ...edge({ routes: [{ path: "/api?x=1", to: "web" }] }) },
    path: "edge.routes[0].path",
    message: "`/api?x=1` in a route of proxy `edge` is not a valid path.",
    fix: "Give the beginning of a URL's path without query, e.g. `/api`.",
  },
  {
    rule: "route-path",
    definition: { ...web(), ...edge({ routes: [{ path: "/it's", to: "web" }] }) },
    path: "edge.routes[0].path",
    message: "`/it's` in a route of proxy `edge` is not a valid path.",
    fix: "Give the beginning of a URL's path without query, e.g. `/api`.",
  },
  {
    rule: "route-duplicate",
    definition: {
      ...web(),
      ...edge({
        routes: [
          { to: "web" },
          { when: { header: "X-Variant", value: "b" }, to: "web" },
          { when: { header: "x-variant", value: "b" }, to: "web" },
        ],
      }),
    },
    path: "edge.routes[2]",
    message:
      "Proxy `edge` has two routes for any domain and path `/` where header `x-variant` is `b`.",
    fix: "Remove one of them; the first is `edge.routes[1]`.",
  },
  {
    rule: "route-when",
    definition: { ...web(), ...edge({ routes: [{ when: { value: "b" }, to: "web" }] }) },
    path: "edge.routes[0].when",
    message: "The condition of a route of proxy `edge` names neither a cookie nor a header.",
    fix: 'Give one of them, e.g. `{ cookie: "variant", value: "b" }`.',
  },
  {
    rule: "route-when",
    definition: {
      ...web(),
      ...edge({ routes: [{ when: { cookie: "a", header: "b", value: "c" }, to: "web" }] }),
    },
    path: "edge.routes[0].when",
    message: "The condition of a route of proxy `edge` names both a cookie and a header.",
    fix: 'Give one of them, e.g. `{ cookie: "variant", value: "b" }`.',
  },
  {
    rule: "route-when-name",
    definition: {
      ...web(),
      ...edge({ routes: [{ when: { cookie: "a=b", value: "c" }, to: "web" }] }),
    },
    path: "edge.routes[0].when.cookie",
    message: "`a=b` in a route of proxy `edge` cannot be a cookie's name.",
    fix: "Use letters, digits, dots, dashes and underscores, e.g. `X-Variant`.",
  },
  {
    rule: "route-when-name",
    definition: {
      ...web(),
      ...edge({ routes: [{ when: { header: "X Variant", value: "c" }, to: "web" }] }),
    },
    path: "edge.routes[0].when.header",
    message: "`X Variant` in a route of proxy `edge` cannot be a header's name.",
    fix: "Use letters, digits, dots, dashes and underscores, e.g. `X-Variant`.",
  },
  ...["", "a b", "a;b", "a\nb"].map((value) => ({
    rule: "route-when-value",
    definition: { ...web(), ...edge({ routes: [{ when: { cookie: "v", value }, to: "web" }] }) },
    path: "edge.routes[0].when.value",
    message: "The value in a route of proxy `edge` is none that a cookie can have.",
    fix: 'Give printable ASCII without a space at its ends, for a cookie none of `",;\\` and no space.',
  })),
  ...["", " a", "a\nb", "é"].map((value) => ({
    rule: "route-when-value",
    definition: { ...web(), ...edge({ routes: [{ when: { header: "v", value }, to: "web" }] }) },
    path: "edge.routes[0].when.value",
    message: "The value in a route of proxy `edge` is none that a header can have.",
    fix: 'Give printable ASCII without a space at its ends, for a cookie none of `",;\\` and no space.',
  })),
  {
    rule: "error-page-status",
    definition: { ...web(), ...edge({ errorPages: { 404: "gone", 503: "later" } }) },
    path: "edge.errorPages.404",
    message: "Proxy `edge` has an error page for `404`, which it never answers with by itself.",
    fix: "Give pages for `400`, `403`, `408`, `413`, `429`, `500`, `502`, `503` or `504`.",
  },
  {
    rule: "error-page-status",
    definition: { ...web(), ...edge({ errorPages: { "5xx": "later" } }) },
    path: "edge.errorPages.5xx",
    message: "Proxy `edge` has an error page for `5xx`, which it never answers with by itself.",
    fix: "Give pages for `400`, `403`, `408`, `413`, `429`, `500`, `502`, `503` or `504`.",
  },
  {
    rule: "error-page-size",
    definition: { ...web(), ...edge({ errorPages: { 503: "" } }) },
    path: "edge.errorPages.503",
    message: "The error page for `503` of proxy `edge` has 0 bytes.",
    fix: "Give HTML of 1 to 14336 bytes; pictures and styles can be elsewhere.",
  },
  {
    rule: "error-page-size",
    definition: { ...web(), ...edge({ errorPages: { 503: "é".repeat(7169) } }) },
    path: "edge.errorPages.503",
    message: "The error page for `503` of proxy `edge` has 14338 bytes.",
    fix: "Give HTML of 1 to 14336 bytes; pictures and styles can be elsewhere.",
  },
  {
    rule: "proxy-bind",
    definition: { ...web(), ...edge({ bind: "eth0" }) },
    path: "edge.bind",
    message: "`eth0`, the address of proxy `edge`, is no IP address.",
    fix: "Give `127.0.0.1` for this machine alone, `0.0.0.0` for the world, or one of the machine's.",
  },
  {
    rule: "proxy-ports",
    definition: { ...web(), ...edge({ port: 8404 }) },
    path: "edge.statusPage.port",
    message: "Proxy `edge` has its status page on its public port 8404.",
    fix: "Give the status page another port.",
  },
  {
    rule: "proxy-ports",
    definition: { ...web(), ...edge({ port: 9000, statusPage: { port: 9000 } }) },
    path: "edge.statusPage.port",
    message: "Proxy `edge` has its status page on its public port 9000.",
    fix: "Give the status page another port.",
  },
];
