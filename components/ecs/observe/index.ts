/** Logs, alarms and dashboards. */
export { EcsAlarms, type EcsAlarmsArgs } from "./alarms.ts";
export { EcsDashboard, type EcsDashboardArgs } from "./dashboard.ts";
export { EcsLogs, type EcsLogsArgs, type ServiceLog } from "./logs.ts";
