/** HAProxy's answers, read; its map commands, written. The answers are of a real 3.0.11. */
import { describe, expect, it } from "vitest";
import {
  mapCommands,
  parseDescription,
  parseMap,
  parseTraffic,
  trafficBetween,
} from "../../../../components/fleet/proxy/runtime-api.ts";

/** One backend of an answer to `show stat json`, beside a server's and a frontend's row of that name. */
function stat(fields: Record<string, string | number>): string {
  const row = (objType: string, values: Record<string, string | number>) =>
    Object.entries(values).map(([name, value]) => ({
      objType,
      field: { pos: 0, name },
      processNum: 1,
      value: { type: typeof value === "string" ? "str" : "u64", value },
    }));
  const name = { pxname: "app.b", svname: "BACKEND", mode: "http" };
  return `${JSON.stringify([
    row("Frontend", { ...name, req_tot: 999 }),
    row("Server", { ...name, svname: "s1", hrsp_5xx: 999 }),
    row("Backend", { ...name, pxname: "app.a", req_tot: 999 }),
    row("Backend", { ...name, ...fields }),
  ])}\n`;
}

describe("parseTraffic", () => {
  // Each row is what a real proxy counted after three requests of that kind.
  const rows: [string, Record<string, number>, { errors: number; averageMs: number }][] = [
    [
      "served",
      { stot: 3, req_tot: 3, hrsp_2xx: 3, rtime: 11, ttime: 63 },
      { errors: 0, averageMs: 11 },
    ],
    ["not found", { stot: 3, req_tot: 3, hrsp_4xx: 3, rtime: 2 }, { errors: 0, averageMs: 2 }],
    ["answered 500", { stot: 3, req_tot: 3, hrsp_5xx: 3, rtime: 2 }, { errors: 3, averageMs: 2 }],
    [
      "refused",
      { stot: 3, req_tot: 3, econ: 3, hrsp_5xx: 3, wretr: 9 },
      { errors: 3, averageMs: 0 },
    ],
    ["no HTTP", { stot: 3, req_tot: 3, eresp: 3, hrsp_5xx: 3 }, { errors: 3, averageMs: 0 }],
    [
      "broken off after the headers",
      { stot: 3, req_tot: 3, eresp: 3, hrsp_2xx: 3, srv_abrt: 3, rtime: 11 },
      { errors: 3, averageMs: 11 },
    ],
    ["given up by the client", { stot: 3, req_tot: 3, cli_abrt: 3 }, { errors: 0, averageMs: 0 }],
  ];
  it.each(rows)("counts requests that were %s", (_what, fields, expected) => {
    expect(parseTraffic(stat(fields), "app.b")).toEqual({ requests: 3, ...expected });
  });

  it("counts the connections of a TCP service", () => {
    const fields = { mode: "tcp", stot: 7, econ: 2, srv_abrt: 1, ctime: 4, rtime: 0 };
    expect(parseTraffic(stat(fields), "app.b")).toEqual({ requests: 7, errors: 3, averageMs: 4 });
  });

  it("knows nothing of a backend that is not there", () => {
    const nothing = { requests: 0, errors: 0, averageMs: 0 };
    expect(parseTraffic(stat({}), "app.c")).toEqual(nothing);
  });
});

describe("trafficBetween", () => {
  const at = (requests: number, errors: number, averageMs: number) => ({
    requests,
    errors,
    averageMs,
  });

  it("is the difference, its average that of the new requests alone", () => {
    // 100 requests of 10 ms, then 50 of 40 ms: a mean of 20 ms over all 150.
    expect(trafficBetween(at(100, 1, 10), at(150, 4, 20))).toEqual(at(50, 3, 40));
  });

  it("takes into account that HAProxy's average forgets", () => {
    // What HAProxy computes for 2,000 requests of 10 ms and then 300 of 100 ms.
    let sum = 0;
    let seen = 0;
    const answer = (ms: number) => {
      sum = seen < 512 ? sum + ms : sum - Math.floor((sum + 511) / 512) + ms;
      seen++;
    };
    const look = () => at(seen, 0, Math.floor(sum / Math.min(seen, 512)));
    for (let n = 0; n < 2000; n++) answer(10);
    const before = look();
    for (let n = 0; n < 300; n++) answer(100);
    const between = trafficBetween(before, look());
    expect(between.requests).toBe(300);
    expect(Math.abs(between.averageMs - 100)).toBeLessThan(4);
  });

  it("is all of it if the proxy was reloaded in between", () => {
    expect(trafficBetween(at(5000, 40, 90), at(20, 1, 7))).toEqual(at(20, 1, 7));
  });

  it("is nothing where nothing was asked", () => {
    expect(trafficBetween(at(20, 1, 7), at(20, 1, 7))).toEqual(at(0, 0, 0));
  });
});

describe("maps", () => {
  const answer = "0x7fa96e629e70 app app.a\n0x7fa96d8860e0 page PGh0bWw+PC9odG1sPg==\n\n";

  it("are read", () => {
    expect([...parseMap(answer)]).toEqual([
      ["app", "app.a"],
      ["page", "PGh0bWw+PC9odG1sPg=="],
    ]);
    expect([...parseMap("\n")]).toEqual([]);
  });

  it("are changed by the verb that HAProxy wants", () => {
    const current = new Map([
      ["same", "1"],
      ["other", "1"],
      ["gone", "1"],
    ]);
    const wanted: [string, string | undefined][] = [
      ["same", "1"],
      ["other", "2"],
      ["gone", undefined],
      ["new", "3"],
      ["never", undefined],
    ];
    expect(mapCommands("/m", current, wanted)).toEqual([
      "set map /m other 2",
      "del map /m gone",
      "add map /m new 3",
    ]);
  });
});

describe("parseDescription", () => {
  it("finds what the proxy was started with", () => {
    const info = "Name: HAProxy\nnode: 1c2\ndescription: longshore-473604a7525650ce\n";
    expect(parseDescription(info)).toBe("longshore-473604a7525650ce");
    expect(parseDescription("Name: HAProxy\ndescription: \nMemmax: 0\n")).toBeUndefined();
    expect(parseDescription("Name: HAProxy\n")).toBeUndefined();
  });
});
