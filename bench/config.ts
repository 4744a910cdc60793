/** How long `validate` and a no-op `plan` of many integrations take, as a ratio to parsing the YAML alone; and `--version` to Node. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { LineCounter, parseDocument } from "yaml";

const cli = path.join(import.meta.dirname, "../dist/cli.js");

export interface ConfigFigures {
  readonly parseMs: number;
  readonly validateToParse: number;
  readonly planToParse: number;
  readonly versionToNode: number;
}

export function benchConfig(integrations: number): ConfigFigures {
  const folder = mkdtempSync(path.join(tmpdir(), "bellhop-bench-"));
  try {
    const file = path.join(folder, "notifications.yaml");
    writeFileSync(file, manyIntegrations(integrations));
    const run = (args: readonly string[]): void =>
      void execFileSync(process.execPath, [...args], { cwd: folder, stdio: "ignore" });
    run([cli, "apply", "--yes"]);
    const text = readFileSync(file, "utf8");
    const parseMs = median(5, () => void parseDocument(text, { lineCounter: new LineCounter() }));
    return {
      parseMs,
      validateToParse: median(5, () => run([cli, "validate"])) / parseMs,
      planToParse: median(5, () => run([cli, "plan"])) / parseMs,
      versionToNode: median(9, () => run([cli, "--version"])) / median(9, () => run(["-e", "0"])),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function manyIntegrations(count: number): string {
  const blocks = Array.from(
    { length: count },
    (_item, index) => `  key-${index}:
    kind: bellhop/integration
    spec:
      name: Name ${index}
      type: RAW_WEBHOOK
      webhook: https://h${index}.example.com/hook/${index}
      secret: \${env:SECRET_${index}:-secret-${index}}
      events: ["build:*", "!build:abort", DEPLOYMENT_FAILURE]
      projects: [web-*]
`,
  );
  return `version: 1\ntargets:\n  house: { provider: bellhop, store: .bellhop/store.json }\nintegrations:\n${blocks.join("")}`;
}

function median(times: number, action: () => void): number {
  const taken = Array.from({ length: times }, () => {
    const started = performance.now();
    action();
    return performance.now() - started;
  });
  return taken.toSorted((a, b) => a - b)[Math.floor(times / 2)] ?? 0;
}
