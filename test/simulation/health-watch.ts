/** Follows every integration's health beside the daemon, and compares. */
import type { DisableConfig } from "../../src/model/config.ts";
import type { AttemptTrigger, Health } from "../../src/model/delivery.ts";
import { afterAttempt, differences, fieldsOf } from "./health-model.ts";
import type { Fields } from "./health-model.ts";
import type { Meaning } from "./network.ts";

export interface HealthWatch {
  isDisabled(uid: string): boolean;
  attempted(uid: string, attempt: { meaning: Meaning; at: number; trigger: AttemptTrigger }): void;
  /** An operator or a change of the file may enable or disable it from now on. */
  requested(uid: string): void;
  /** The daemon has changed it by itself and begins to write that. */
  changing(health: Health): void;
  changed(uid: string): void;
  /** The write was refused: unless an attempt has been made upon it, it has not happened. */
  unchanged(health: Health): void;
  /** Nothing is under way for it: the outbox must say the same. */
  compare(uid: string, stored: Health | undefined): void;
  /** The process is gone, and what it knew with it. */
  forget(uid: string, stored: Health | undefined): void;
}

export function watchHealth(rules: DisableConfig, blame: (what: string) => void): HealthWatch {
  const known = new Map<string, Fields>();
  const requests = new Set<string>();
  /** Changes of the daemon's that could not be written. */
  const unwritten = new Set<string>();
  const changes = new WeakMap<Health, { readonly before: Fields; readonly after: Fields }>();
  const of = (uid: string): Fields => known.get(uid) ?? fieldsOf(undefined);
  return {
    isDisabled: (uid) => of(uid).disabled,
    attempted: (uid, attempt) => void known.set(uid, afterAttempt(of(uid), attempt, rules)),
    requested: (uid) => void requests.add(uid),
    changing: (health) => {
      const uid = health.integrationUid;
      unwritten.add(uid);
      const found = differences(of(uid), health);
      if (found.length > 0 && !requests.has(uid)) blame(`${uid} was changed by nobody: ${found.join("; ")}`);
      const change = { before: of(uid), after: fieldsOf(health) };
      changes.set(health, change);
      known.set(uid, change.after);
    },
    unchanged: (health) => {
      const change = changes.get(health);
      const uid = health.integrationUid;
      if (change !== undefined && of(uid) === change.after) known.set(uid, change.before);
    },
    changed: (uid) => void unwritten.delete(uid),
    compare: (uid, stored) => {
      if (unwritten.has(uid)) return;
      for (const difference of differences(of(uid), stored)) blame(`${uid}: ${difference}`);
    },
    forget: (uid, stored) => {
      unwritten.delete(uid);
      known.set(uid, fieldsOf(stored));
    },
  };
}
