/** Thirty days of a daemon within milliseconds: one seed decides everything that happens. */
import { askToRecover, disableByRequest, enableByRequest } from "../../src/delivery/control.ts";
import type { StoreRecord } from "../../src/model/record.ts";
import { openMemoryStore } from "../../src/store/memory.ts";
import type { SourceBatch } from "../../src/sources/contract.ts";
import { memoryOutbox } from "../support/memory-outbox.ts";
import type { MemoryOutbox } from "../support/memory-outbox.ts";
import { audit } from "./audit.ts";
import type { Promised } from "./audit.ts";
import { simulatedClock } from "./clock.ts";
import type { SimulatedClock } from "./clock.ts";
import { simulatedDisk } from "./disk.ts";
import { simulatedNetwork } from "./network.ts";
import { createOracle } from "./oracle.ts";
import { startProcess } from "./process.ts";
import type { Process } from "./process.ts";
import { dice } from "./random.ts";
import { makeWorld, START, uidOf } from "./world.ts";
import type { Happening, World } from "./world.ts";

export interface Report {
  readonly seed: number;
  /** Of everything that happened, in order. */
  readonly hash: string;
  readonly violations: readonly string[];
  readonly requests: number;
  readonly events: number;
  readonly crashes: number;
  /** Requests that were under way, or not recorded, when a process ended. */
  readonly repeated: number;
}

/** One process and all that ends with it. */
interface Life {
  readonly number: number;
  isAlive: boolean;
  /** Rejects when the process dies. */
  readonly death: Promise<never>;
  readonly die: () => void;
  process?: Process;
}

export async function simulate(
  seed: number,
  days: number,
  onLine: (line: string) => void = () => undefined,
): Promise<Report> {
  const world = makeWorld(seed, days);
  const clock = simulatedClock(START);
  const oracle = createOracle(world, () => clock.now(), onLine);
  const run = createRun(world, clock, oracle);
  run.start();
  for (const happening of world.happenings) {
    await clock.runUntil(happening.at);
    run.act(happening);
  }
  await clock.runUntil(world.end);
  audit(world, oracle, run.promised, run.outbox().snapshot());
  return {
    seed,
    hash: oracle.hash(),
    violations: oracle.violations,
    events: run.promised.size,
    ...oracle.counts,
  };
}

function createRun(world: World, clock: SimulatedClock, oracle: ReturnType<typeof createOracle>) {
  const luck = dice(world.seed).fork("run");
  const network = simulatedNetwork(world, clock, luck.fork("network"), oracle);
  const diskLuck = luck.fork("disk");
  const generations = new Map<string, number>();
  let updates = 0;
  const recordOf = (receiver: World["receivers"][number]): StoreRecord => {
    const generation = (generations.get(receiver.name) ?? 0) + 1;
    generations.set(receiver.name, generation);
    const time = new Date(clock.now()).toISOString();
    return {
      uid: uidOf(receiver.name, generation),
      kind: "bellhop/integration",
      scope: "",
      id: `${receiver.name}-${generation}`,
      key: receiver.name,
      spec: receiver.spec,
      confirm: receiver.type === "RAW_WEBHOOK",
      createdAt: time,
      updatedAt: time,
    };
  };
  const store = openMemoryStore(world.receivers.slice(0, world.first).map(recordOf));
  const promised = new Map<string, Promised>();
  /** What the running process delivers for. */
  let known: readonly StoreRecord[] = [];
  let outbox: MemoryOutbox = memoryOutbox(clock);
  let lives = 0;
  let life: Life | undefined;
  let whenRunning: (() => void)[] = [];
  let queue: Promise<void> = Promise.resolve();

  const begin = async (): Promise<void> => {
    const current = newLife((lives += 1));
    life = current;
    const isAlive = (): boolean => current.isAlive;
    oracle.began();
    const jitter = luck.fork(`process ${current.number}`);
    const raw = outbox;
    const disk = simulatedDisk({
      outbox: raw,
      clock,
      luck: diskLuck,
      full: world.diskFull,
      isAlive,
      watcher: { ...oracle, ...oracle.health, accepted: promise },
    });
    known = await store.read();
    current.process = await startProcess({
      clock: {
        ...clock,
        after: (ms, run) => clock.after(ms, () => (isAlive() ? run() : undefined)),
      },
      outbox: disk,
      store,
      rules: world.rules,
      http: network.client(current.number, isAlive),
      random: () => jitter.next(),
    });
    for (const go of whenRunning.splice(0)) go();
  };
  /** Whoever runs the daemon starts it again when it cannot start. */
  const start = async (): Promise<void> => {
    for (;;) {
      try {
        await begin();
        return;
      } catch {
        end("crash");
        await clock.sleep(10_000);
      }
    }
  };
  const end = (how: "crash" | "stop"): void => {
    if (life === undefined) return;
    life.isAlive = false;
    oracle.ended(how, outbox.healthNow());
    outbox = outbox.crash();
    const ended = life;
    life = undefined;
    ended.die();
  };
  const running = async (): Promise<Life & { process: Process }> => {
    for (;;) {
      if (life?.process !== undefined) return { ...life, process: life.process };
      await new Promise<void>((resolve) => void whenRunning.push(resolve));
    }
  };
  /** Does it with a running process, as often as it takes. */
  const insist = async (work: (process: Process) => Promise<unknown>): Promise<void> => {
    for (;;) {
      const { process, death } = await running();
      try {
        await Promise.race([work(process), death]);
        return;
      } catch {
        await clock.sleep(1000);
      }
    }
  };

  /** What is accepted now is owed to whom the process delivers for. */
  const promise = (ids: readonly string[]): void => {
    for (const id of ids) {
      if (promised.has(id) || !/^evt\d+$/.test(id)) continue;
      const type = types.get(id) ?? "";
      const owedTo = known.filter(({ spec }) => JSON.stringify(spec["events"]).includes(`"${type}"`));
      promised.set(id, { acknowledged: false, owedTo: owedTo.map(({ uid }) => uid) });
    }
  };
  const types = new Map<string, string>();
  const emit = async (ids: readonly string[], type: string): Promise<void> => {
    for (const id of ids) types.set(id, `com.example.${type}`);
    await insist(({ engine }) => engine.intake.accept(batchOf(ids, type)));
    for (const id of ids) {
      const promise = promised.get(id);
      if (promise !== undefined) promise.acknowledged = true;
      else oracle.blame("I1", `${id} was accepted and is not there`);
    }
    oracle.say(`accepted ${ids.join(" ")}`);
  };
  const configure = async (change: (records: StoreRecord[]) => void): Promise<void> => {
    await store.write(change);
    await insist(async ({ engine }) => {
      const records = await store.read();
      for (const { uid } of records) oracle.health.requested(uid);
      await engine.reload();
      known = records;
      await engine.confirmNew();
    });
    oracle.say("configured");
  };

  const change = (happening: Extract<Happening, { receiver: string }>): Promise<void> => {
    const { receiver: name } = happening;
    const receiver = world.receivers.find((one) => one.name === name);
    const updatedAt = new Date(clock.now()).toISOString();
    updates += 1;
    return configure((records) => {
      const at = records.findIndex(({ key }) => key === name);
      const record = records[at];
      if (record === undefined) {
        if (happening.is === "add" && receiver !== undefined) records.push(recordOf(receiver));
      } else if (happening.is === "remove") records.splice(at, 1);
      else if (happening.is === "change") {
        const events = [`com.example.${"abc"[updates % 3] ?? "a"}`];
        records[at] = { ...record, updatedAt, spec: { ...record.spec, events } };
      } else records[at] = { ...record, updatedAt };
    });
  };

  const operate = ({ is, receiver }: Extract<Happening, { receiver: string }>): Promise<void> =>
    insist(async ({ engine, outbox: disk, tries, wake }) => {
      const endpoint = engine.find(receiver);
      if (endpoint === undefined) return;
      const { uid } = endpoint.record;
      const options = { outbox: disk, engine, clock };
      oracle.say(`${is} ${uid}`);
      oracle.health.requested(uid);
      if (is === "enable") await enableByRequest(options, endpoint);
      else if (is === "disable") await disableByRequest(options, endpoint, "somebody asked for it");
      else if (is === "resend") {
        const to = { status: "pending", dueAt: clock.now(), trigger: "resend" } as const;
        await disk.move({ filter: { integration: uid }, from: ["exhausted"], limit: 100, to });
      } else if ((await askToRecover(options, endpoint)) > 0) await tries.begin(uid);
      wake();
    });

  const perform = async (happening: Happening): Promise<void> => {
    switch (happening.is) {
      case "events":
        return emit(happening.ids, happening.type);
      case "add":
      case "remove":
      case "change":
      case "touch":
        return change(happening);
      case "restart": {
        const { process, death, number } = await running();
        await Promise.race([process.stop(), death]).catch(() => undefined);
        // It may have crashed while it stopped; then it is started for that.
        if (life?.number !== number) return undefined;
        end("stop");
        await clock.sleep(happening.downMs);
        return start();
      }
      case "test":
        return insist(async ({ engine }) => {
          const endpoint = engine.find(happening.receiver);
          if (endpoint !== undefined) await engine.test(endpoint);
        });
      case "enable":
      case "disable":
      case "recover":
      case "resend":
        return operate(happening);
      case "crash":
        return undefined;
    }
  };

  return {
    promised,
    outbox: () => outbox,
    start: () => void start(),
    act: (happening: Happening): void => {
      if (happening.is !== "crash") queue = queue.then(() => perform(happening));
      else if (life?.process !== undefined) {
        end("crash");
        void clock.sleep(happening.downMs).then(start);
      }
    },
  };
}

function newLife(number: number): Life {
  let die = (): void => undefined;
  const death = new Promise<never>((_resolve, reject) => {
    die = () => reject(new Error("the process died"));
  });
  death.catch(() => undefined);
  return { number, isAlive: true, death, die };
}

function batchOf(ids: readonly string[], type: string): SourceBatch {
  return {
    source: "simulation",
    items: ids.map((id) => ({
      seed: id,
      position: id,
      content: {
        text: JSON.stringify({
          specversion: "1.0",
          id,
          source: "/simulation",
          type: `com.example.${type}`,
          subject: id,
          data: { title: id, message: `about ${id}` },
        }),
      },
    })),
    positions: {},
  };
}
