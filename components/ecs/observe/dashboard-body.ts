/** What a dashboard of a system shows. Pure. */

export interface DashboardFacts {
  region: string;
  clusterName: string;
  /** Names in ECS, by the service's name. */
  services: Record<string, string>;
  /** As CloudWatch calls them; undefined: nothing comes from outside. */
  loadBalancer?: { suffix: string; targetGroups: Record<string, string> } | undefined;
  logGroups: string[];
}

type Metric = (string | object)[];

interface Widget {
  type: "metric" | "log";
  title: string;
  properties: object;
}

/** CloudWatch has 24 columns: three widgets in a row. */
const [WIDTH, HEIGHT, IN_ROW] = [8, 6, 3];
/** Log groups that one query may have. */
const MOST_GROUPS = 50;

/** The body of a dashboard in JSON: requests first, then each service, then the last lines. */
export function dashboardBody(facts: DashboardFacts): string {
  const all = [...requests(facts), ...services(facts), ...lines(facts)];
  const widgets = all.map(({ type, title, properties }, at) => ({
    type,
    ...{ x: (at % IN_ROW) * WIDTH, y: Math.floor(at / IN_ROW) * HEIGHT },
    ...{ width: WIDTH, height: HEIGHT },
    properties: { title, region: facts.region, ...properties },
  }));
  return JSON.stringify({ widgets });
}

function requests({ loadBalancer }: DashboardFacts): Widget[] {
  if (loadBalancer === undefined) return [];
  const { suffix, targetGroups } = loadBalancer;
  const ofTargets = (name: string, more: object, label = ""): Metric[] =>
    sorted(targetGroups).map(([key, group]) => [
      ...["AWS/ApplicationELB", name, "LoadBalancer", suffix, "TargetGroup", group],
      { label: `${key}${label}`, ...more },
    ]);
  const own: Metric = [
    ...["AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", "LoadBalancer", suffix],
    { label: "load balancer", stat: "Sum" },
  ];
  return [
    graph("Requests a minute", ofTargets("RequestCount", { stat: "Sum" })),
    graph("Seconds until answered", [
      ...ofTargets("TargetResponseTime", { stat: "p50" }, " p50"),
      ...ofTargets("TargetResponseTime", { stat: "p99" }, " p99"),
    ]),
    graph("Answers from 500 on a minute", [
      ...ofTargets("HTTPCode_Target_5XX_Count", { stat: "Sum" }),
      own,
    ]),
    graph("Healthy and unhealthy tasks", [
      ...ofTargets("HealthyHostCount", { stat: "Minimum" }, " healthy"),
      ...ofTargets("UnHealthyHostCount", { stat: "Maximum" }, " unhealthy"),
    ]),
  ];
}

function services({ clusterName, services: names }: DashboardFacts): Widget[] {
  const use = (name: string): Metric[] =>
    sorted(names).map(([service, own]) => [
      ...["AWS/ECS", name, "ClusterName", clusterName, "ServiceName", own],
      { label: service, stat: "Average" },
    ]);
  const yAxis = { left: { min: 0 } };
  return [
    graph("Percent of CPU", use("CPUUtilization"), { yAxis }),
    graph("Percent of memory", use("MemoryUtilization"), { yAxis }),
  ];
}

function lines({ logGroups }: DashboardFacts): Widget[] {
  if (logGroups.length === 0) return [];
  const sources = [...logGroups]
    .sort()
    .slice(0, MOST_GROUPS)
    .map((group) => `SOURCE '${group}'`);
  const query = [...sources, "fields @timestamp, @message", "sort @timestamp desc", "limit 100"];
  return [
    {
      ...{ type: "log", title: "Last lines" },
      properties: { query: query.join(" | "), view: "table" },
    },
  ];
}

function graph(title: string, metrics: Metric[], more: object = {}): Widget {
  const properties = { view: "timeSeries", period: 60, metrics, ...more };
  return { type: "metric", title, properties };
}

function sorted(given: Record<string, string>): [string, string][] {
  return Object.entries(given).sort(([a], [b]) => (a < b ? -1 : 1));
}
