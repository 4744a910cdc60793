/** What a configuration says whose receivers are on this machine: the daemon refuses such addresses by default. */

/** For an HTTP client; by name, a receiver may be either. */
export const LOOPBACK: readonly string[] = ["127.0.0.0/8", "::1"];

/** A line of the `daemon` block. */
export const EGRESS_TO_LOOPBACK = `egress: { allow: ${JSON.stringify(LOOPBACK)} }`;
