/** The account that `npm run chaos` gives must be able to find what is wrong. */
import { describe, expect, test } from "vitest";
import { createLedger } from "../../scripts/chaos/daemon/ledger.ts";
import type { Ledger } from "../../scripts/chaos/daemon/ledger.ts";
import { endpointsOf } from "../../scripts/chaos/daemon/project.ts";

function open(): Ledger {
  const ledger = createLedger(endpointsOf(4));
  ledger.handOver("f1", "chaos.t0", true);
  return ledger;
}

const arrive = (ledger: Ledger, key: string, life: number, answered = 200): void => {
  ledger.begun(life);
  ledger.arrived(key, "f1", { seq: 1, life, answered });
};

test("what was promised is owed to everybody whom it matches, until it is answered with 200", () => {
  const ledger = open();
  expect(ledger.missing()).toEqual(["all/f1", "flaky/f1", "some-0/f1"]);
  arrive(ledger, "all", 0);
  arrive(ledger, "flaky", 0, 500);
  expect(ledger.missing()).toEqual(["flaky/f1", "some-0/f1"]);
});

test("what nobody promised is owed once any of it has arrived", () => {
  const ledger = createLedger(endpointsOf(4));
  ledger.handOver("f1", "chaos.t0", false);
  expect(ledger.missing()).toEqual([]);
  arrive(ledger, "all", 0);
  expect(ledger.missing()).toEqual(["flaky/f1", "some-0/f1"]);
});

describe("sent again", () => {
  test("is no violation for what was in flight at the kill", () => {
    const ledger = open();
    arrive(ledger, "all", 0);
    arrive(ledger, "all", 1);
    expect(ledger.sentAgain(0)).toBe(1);
    expect(ledger.violations()).toEqual([]);
  });

  test("is one for what was known to be durable", () => {
    const ledger = open();
    arrive(ledger, "all", 0);
    ledger.recorded(0);
    arrive(ledger, "all", 1);
    expect(ledger.violations()).toEqual([
      "life 0: 1 were sent again, and 0 were in flight when it was killed",
    ]);
  });

  test("is one without a kill", () => {
    const ledger = open();
    arrive(ledger, "all", 0);
    arrive(ledger, "all", 0);
    expect(ledger.violations()).toContain("all/f1 was sent twice within life 0");
  });

  test("counts once, however often it then fails", () => {
    const ledger = open();
    arrive(ledger, "flaky", 0);
    arrive(ledger, "flaky", 1, 500);
    arrive(ledger, "flaky", 1, 0);
    arrive(ledger, "flaky", 1);
    expect(ledger.sentAgain(0)).toBe(1);
    expect(ledger.violations()).toEqual([]);
  });
});

test("what arrives where it was not owed is a violation", () => {
  const ledger = open();
  arrive(ledger, "paced", 0);
  expect(ledger.violations()).toEqual(["paced/f1 arrived, and is owed to nobody"]);
});
