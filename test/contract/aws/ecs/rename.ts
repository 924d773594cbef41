/** Names of inputs as AWS's older APIs have them. */
import { isRecord } from "../../../../components/services/values/maps.ts";
import { plain } from "../../../support/program.ts";

/** The same value, with each name in it beginning with a capital: `targetGroupArn` becomes `TargetGroupArn`. */
export function capitals(value: unknown): unknown {
  const known = plain(value);
  if (Array.isArray(known)) return known.map(capitals);
  if (!isRecord(known)) return known;
  return Object.fromEntries(
    Object.entries(known).map(([key, part]) => [capital(key), capitals(part)]),
  );
}

/** Inputs to which the parameter of the same name belongs. */
export function same(...inputs: string[]): Record<string, string> {
  return Object.fromEntries(inputs.map((input) => [input, input]));
}

/** Inputs to which the parameter of the same name with a capital belongs. */
export function capitalized(...inputs: string[]): Record<string, string> {
  return Object.fromEntries(inputs.map((input) => [input, capital(input)]));
}

function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}
