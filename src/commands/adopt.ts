/** Records an existing object as a declared integration, as it is, and says what a plan would change of it. */
import { expectRecorded } from "../reconcile/apply.ts";
import { openConfiguredSession } from "../app/session.ts";
import { suggest } from "../config/suggest.ts";
import { kindSpecs } from "../generated/kinds.ts";
import type { Config, IntegrationConfig } from "../model/config.ts";
import { AppError, ExitCode } from "../model/errors.ts";
import type { Observed } from "../model/plan.ts";
import type { Survey } from "../reconcile/adoption.ts";
import { hasId } from "../reconcile/adoption.ts";
import { planFor } from "../reconcile/excerpt.ts";
import type { Session } from "../reconcile/session.ts";
import { CONFIG_OPTIONS } from "./config-options.ts";
import type { CommandSpec } from "./contract.ts";
import { loadForCommand } from "./load.ts";
import { LOCK_OPTION, lockOptions } from "./lock-options.ts";
import { noticesTo } from "./notices.ts";
import { OUTPUT_OPTIONS, parseOutput, refuseProjectFiles, writeOutput } from "./plan-output.ts";

export const command: CommandSpec = {
  name: "adopt",
  summary: "take an existing object over as a declared integration",
  arguments: [
    { name: "<key>", description: "key of the integration in the file" },
    { name: "<id>", description: "the provider's id of the object" },
  ],
  options: [...CONFIG_OPTIONS, LOCK_OPTION, ...OUTPUT_OPTIONS],
  examples: [
    {
      command: "bellhop adopt builds example-notification",
      does: "from now on builds is that object; nothing changes there, and the plan shows what apply would change",
    },
  ],
  run: async (io, [key = "", id = ""], options) => {
    const output = parseOutput(io, options);
    const config = await loadForCommand(io, options, "plan");
    await refuseProjectFiles(config, output);
    const open = (): Session => openConfiguredSession(config, io.cwd, noticesTo(io));
    const integration = expectIntegration(config, key);
    const lock = lockOptions(io, options, "adopt");
    await withSession(open(), (session) => session.underLock(lock, () => adopt(session, integration, id)));
    io.err(`${key} is ${integration.kind} ${id} of ${integration.target} now\n`);
    const { plan } = await withSession(open(), (session) => session.plan());
    await writeOutput(io, output, { plan: planFor(plan, key) });
    return ExitCode.ok;
  },
};

async function withSession<T>(session: Session, use: (session: Session) => Promise<T>): Promise<T> {
  try {
    return await use(session);
  } finally {
    await session.close();
  }
}

function expectIntegration(config: Config, key: string): IntegrationConfig {
  const found = config.integrations.find((one) => one.key === key);
  if (found !== undefined) return found;
  const keys = config.integrations.map((one) => one.key);
  throw new AppError("unknown-key", `there is no integration ${key}`, {
    hint: keys.length === 0 ? "declare it first, as the object is or as it should be" : suggest(key, keys),
  });
}

async function adopt(session: Session, integration: IntegrationConfig, id: string): Promise<void> {
  const { key, kind, target } = integration;
  const survey = await session.survey(target, [kind]);
  const object = survey.observed.objects.find((one) => one.kind === kind && hasId(one, id));
  if (object === undefined) throw await notThere(session, integration, id);
  refuseSecond(survey, integration, object);
  // As it is: what the file says otherwise is a change that a plan shows.
  const asItIs = { ...integration, spec: object.fields };
  const { plan, refused } = session.takeOver(forgetting(survey, key), [{ integration: asItIs, object }]);
  const [refusal] = refused;
  if (refusal !== undefined) {
    throw new AppError("not-adoptable", `${key} cannot be ${kind} ${id}: ${refusal.why}`, {
      hint: refusal.hint?.replace("manage.adopt", "the command") ?? "look at bellhop plan",
    });
  }
  const { results } = expectRecorded(await session.apply(plan));
  const failed = results.find(({ status }) => status !== "applied");
  if (failed !== undefined) throw new AppError("apply-failed", `${key}: ${failed.message ?? "not recorded"}`);
}

/** One key cannot stand for two objects that are both there. */
function refuseSecond(
  { observed, state }: Survey,
  { key, kind, target }: IntegrationConfig,
  object: Observed,
): void {
  const entry = state?.inventory[key];
  if (
    entry === undefined ||
    (entry.kind === kind && entry.target === target && hasId(object, entry.remoteId))
  )
    return;
  const isGone =
    entry.kind === kind &&
    entry.target === target &&
    !observed.objects.some((one) => one.kind === kind && hasId(one, entry.remoteId));
  if (isGone) return;
  throw new AppError(
    "not-adoptable",
    `${key} is ${entry.kind} ${entry.remoteId} of ${entry.target} already`,
    {
      hint: `use another key, or let it go with bellhop state rm ${key}`,
    },
  );
}

/** Without what the inventory says of the key, so that the object is looked at afresh. */
function forgetting(survey: Survey, key: string): Survey {
  if (survey.state === undefined) return survey;
  const { [key]: _, ...inventory } = survey.state.inventory;
  return { ...survey, state: { ...survey.state, inventory } };
}

async function notThere(
  session: Session,
  { key, kind, target }: IntegrationConfig,
  id: string,
): Promise<AppError> {
  const provider = kind.split("/")[0];
  const others = kindSpecs.filter((spec) => spec.provider === provider && spec.kind !== kind);
  const { observed } = await session.survey(
    target,
    others.map((spec) => spec.kind),
  );
  const other = observed.objects.find((one) => hasId(one, id));
  if (other !== undefined) {
    return new AppError("not-adoptable", `${id} is a ${other.kind}, and ${key} is a ${kind}`, {
      hint: "declare it under a key of its own, with its kind",
    });
  }
  return new AppError("not-found", `${target} has no ${kind} with the id ${id}`, {
    hint: "the id is the provider's own, as its API and dashboard show it",
  });
}
