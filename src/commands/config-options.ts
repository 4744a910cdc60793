/** Options shared by every command that reads the configuration. */
import type { OptionSpec } from "./contract.ts";

export const CONFIG_OPTIONS: readonly OptionSpec[] = [
  {
    flags: "-f, --file <path>",
    description: "configuration file or folder; may be repeated (default: notifications.yaml)",
    repeat: true,
  },
  { flags: "--overlay <name>", description: "merge notifications.<name>.yaml over the base", repeat: true },
  { flags: "--vars <file>", description: "lines of NAME=value that add to the environment", repeat: true },
  { flags: "--strict", description: "make every warning an error" },
];
