/** Every command: its name, its line in the help, and how it is loaded. In the order of the help. */
import type { CommandSpec } from "./contract.ts";

export interface CommandEntry {
  readonly name: string;
  /** Of a group such as `deliveries list`. */
  readonly parent?: string;
  readonly summary: string;
  readonly load: () => Promise<CommandSpec>;
}

export const GROUPS: Readonly<Record<string, string>> = {
  deliveries: "what is owed and what was sent",
  events: "what came in",
  state: "what apply remembers: the inventory",
};

export const COMMANDS: readonly CommandEntry[] = [
  {
    name: "init",
    summary: "write a first notifications.yaml",
    load: async () => (await import("./init.ts")).command,
  },
  {
    name: "validate",
    summary: "check the configuration, offline",
    load: async () => (await import("./validate.ts")).command,
  },
  {
    name: "fmt",
    summary: "format configuration files",
    load: async () => (await import("./fmt.ts")).command,
  },
  {
    name: "explain",
    summary: "show where every field of an integration comes from",
    load: async () => (await import("./explain.ts")).command,
  },
  {
    name: "plan",
    summary: "show what apply would do",
    load: async () => (await import("./plan.ts")).command,
  },
  {
    name: "apply",
    summary: "make the targets equal to the file",
    load: async () => (await import("./apply.ts")).command,
  },
  {
    name: "destroy",
    summary: "delete everything in the inventory",
    load: async () => (await import("./destroy.ts")).command,
  },
  {
    name: "import",
    summary: "write what a target has already as a configuration file",
    load: async () => (await import("./import.ts")).command,
  },
  {
    name: "adopt",
    summary: "take an existing object over as a declared integration",
    load: async () => (await import("./adopt.ts")).command,
  },
  {
    name: "status",
    summary: "health and delivery counts of every integration",
    load: async () => (await import("./status.ts")).command,
  },
  {
    name: "list",
    parent: "state",
    summary: "what the inventory has",
    load: async () => (await import("./state-list.ts")).command,
  },
  {
    name: "show",
    parent: "state",
    summary: "what the inventory remembers of one integration",
    load: async () => (await import("./state-show.ts")).command,
  },
  {
    name: "rm",
    parent: "state",
    summary: "let an object go: it stays where it is, unmanaged",
    load: async () => (await import("./state-rm.ts")).command,
  },
  {
    name: "rebuild",
    parent: "state",
    summary: "make the state anew from what is in the targets",
    load: async () => (await import("./state-rebuild.ts")).command,
  },
  {
    name: "unlock",
    parent: "state",
    summary: "take the state's lock away from whoever has it",
    load: async () => (await import("./state-unlock.ts")).command,
  },
  {
    name: "daemon",
    summary: "tail sources, deliver, and keep targets equal to the file",
    load: async () => (await import("./daemon.ts")).command,
  },
  {
    name: "emit",
    summary: "hand over one event",
    load: async () => (await import("./emit.ts")).command,
  },
  {
    name: "test",
    summary: "send a confirmation message to one integration",
    load: async () => (await import("./test.ts")).command,
  },
  {
    name: "list",
    parent: "deliveries",
    summary: "recent deliveries, newest first",
    load: async () => (await import("./deliveries-list.ts")).command,
  },
  {
    name: "show",
    parent: "deliveries",
    summary: "one delivery with every request and response",
    load: async () => (await import("./deliveries-show.ts")).command,
  },
  {
    name: "resend",
    parent: "deliveries",
    summary: "send deliveries again, by id or by filter",
    load: async () => (await import("./deliveries-resend.ts")).command,
  },
  {
    name: "recover",
    parent: "deliveries",
    summary: "send what is held for an integration, the oldest first",
    load: async () => (await import("./deliveries-recover.ts")).command,
  },
  {
    name: "list",
    parent: "events",
    summary: "recent events, newest first",
    load: async () => (await import("./events-list.ts")).command,
  },
  {
    name: "show",
    parent: "events",
    summary: "one event with its data, and its deliveries",
    load: async () => (await import("./events-show.ts")).command,
  },
  {
    name: "emulate",
    summary: "serve the providers' documented APIs locally",
    load: async () => (await import("./emulate.ts")).command,
  },
  {
    name: "schema",
    summary: "print a JSON Schema",
    load: async () => (await import("./schema.ts")).command,
  },
  {
    name: "kinds",
    summary: "list the kinds and what they can do",
    load: async () => (await import("./kinds.ts")).command,
  },
];
