/** A made-up container. */
export interface FakeContainer {
  running: boolean;
  /** What its start leads to; default: it runs and is healthy. */
  fate?: "healthy" | "exits" | "loops" | "deaf" | "slow" | "stumbles";
  labels?: Record<string, string>;
  /** Path → volume. */
  mounts?: Record<string, string>;
  /** Network → names in it. */
  networks?: Record<string, string[]>;
  /** Whether it has ports of the host. */
  publishes?: boolean;
  /** How often its engine has started it again. */
  restarts?: number;
  /** Most processes, as told. */
  pids?: number | undefined;
  /** How often a looping one was looked at. */
  looks?: number;
}
