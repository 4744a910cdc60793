/**
 * Which subscriptions an event matches. Subscriptions are compiled once: by name those that list names, by distinct pattern
 * list the rest, so that an event looks at few of thousands. What a set of names leads to is remembered, because platforms
 * have few event types.
 */
import { compileGlobListOfNames } from "../lib/glob.ts";
import type { Event, Named } from "../model/event.ts";
import type { Subscription } from "../model/subscription.ts";
import { compileCondition } from "./condition.ts";

export interface Routes {
  /** In the order of the subscriptions given; each at most once. */
  match(event: Event): Subscription[];
}

interface Route {
  readonly position: number;
  readonly subscription: Subscription;
  readonly admits: (event: Event) => boolean;
}

interface PatternGroup {
  readonly matches: (names: readonly string[]) => boolean;
  readonly routes: Route[];
}

/** Distinct sets of names remembered before the memory starts anew. */
const REMEMBERED = 2000;

export function compileRoutes(subscriptions: readonly Subscription[]): Routes {
  const byName = new Map<string, Route[]>();
  const byPatterns = new Map<string, PatternGroup>();
  const everything: Route[] = [];
  const compileFilter = filterCompiler();
  subscriptions.forEach((subscription, position) => {
    if (!subscription.enabled) return;
    const route = { position, subscription, admits: compileRest(subscription, compileFilter) };
    const { events } = subscription;
    if (events === "all") everything.push(route);
    else if ("names" in events) for (const name of new Set(events.names)) groupOf(byName, name).push(route);
    else patternGroup(byPatterns, events.globs).routes.push(route);
  });

  const candidates = (names: readonly string[]): readonly Route[] => {
    const named = names.flatMap((name) => byName.get(name) ?? []);
    const globbed = [...byPatterns.values()].flatMap((group) => (group.matches(names) ? group.routes : []));
    return [...new Set([...everything, ...named, ...globbed])].toSorted((a, b) => a.position - b.position);
  };
  const remembered = new Map<string, readonly Route[]>();
  const recall = (names: readonly string[]): readonly Route[] => {
    const key = JSON.stringify(names);
    const known = remembered.get(key);
    if (known !== undefined) return known;
    if (remembered.size >= REMEMBERED) remembered.clear();
    const found = candidates(names);
    remembered.set(key, found);
    return found;
  };
  return {
    match: (event) =>
      recall([event.type, ...(event.aliases ?? [])])
        .filter((route) => route.admits(event))
        .map((route) => route.subscription),
  };
}

type Filter = (event: Event) => boolean;
type CompileFilter = (patterns: readonly string[] | undefined) => (named: Named | undefined) => boolean;

/** Everything but the event's type. */
function compileRest(subscription: Subscription, compileFilter: CompileFilter): Filter {
  const { provider, scope, environmentModes } = subscription;
  const project = compileFilter(subscription.projects);
  const environment = compileFilter(subscription.environments);
  const modes = new Set((environmentModes ?? []).map((mode) => mode.toLowerCase()));
  const conditions = (subscription.conditions ?? []).map(compileCondition);
  return (event) =>
    isMeant(provider, event) &&
    isInScope(scope, event.scope) &&
    project(event.project) &&
    environment(event.environment) &&
    (modes.size === 0 || modesOf(event).some((mode) => modes.has(mode.toLowerCase()))) &&
    conditions.every((holds) => holds(event.data));
}

const isMeant = (provider: Subscription["provider"], event: Event): boolean =>
  provider === "any" ||
  event.provider === provider ||
  (event.provider === "cloudevents" && event.knownTo?.includes(provider) === true);

/** An event without a scope may be anybody's. */
function isInScope(scope: string | undefined, named: Named | undefined): boolean {
  if (scope === undefined || scope === "") return true;
  const names = namesOf(named);
  return names.length === 0 || names.some((name) => name.toLowerCase() === scope.toLowerCase());
}

function modesOf({ environment }: Event): string[] {
  return environment?.mode === undefined ? namesOf(environment) : [environment.mode];
}

/** One compiled predicate per distinct list: thousands of subscriptions tend to share a few. */
function filterCompiler(): CompileFilter {
  const compiled = new Map<string, (names: readonly string[]) => boolean>();
  return (patterns = []) => {
    if (patterns.length === 0) return () => true;
    const key = JSON.stringify(patterns);
    const matches = compiled.get(key) ?? compileGlobListOfNames(patterns, { ignoreCase: true });
    compiled.set(key, matches);
    return (named) => {
      const names = namesOf(named);
      return names.length > 0 && matches(names);
    };
  };
}

const namesOf = (named: Named | undefined): string[] =>
  [named?.id, named?.name].filter((name) => name !== undefined);

function groupOf(groups: Map<string, Route[]>, key: string): Route[] {
  const found = groups.get(key) ?? [];
  groups.set(key, found);
  return found;
}

function patternGroup(groups: Map<string, PatternGroup>, patterns: readonly string[]): PatternGroup {
  const key = JSON.stringify(patterns);
  const found = groups.get(key) ?? { matches: compileGlobListOfNames(patterns), routes: [] };
  groups.set(key, found);
  return found;
}
