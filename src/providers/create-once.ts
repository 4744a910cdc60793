/** A creation that is never made twice, though its answer gets lost. */
import type { Json } from "../model/value.ts";
import type { ApiFailure } from "./api-failure.ts";
import { notKnown, toAppError, withoutTrace } from "./api-failure.ts";

/** Of one request; `body` is undefined where there is none. */
export type Outcome =
  | { readonly ok: true; readonly body: Json | undefined }
  | { readonly ok: false; readonly failure: ApiFailure };

export interface Creation {
  readonly send: () => Promise<Outcome>;
  /** Waits before the next attempt, which is number `count` + 1; false where there is none. */
  readonly pause: (failure: ApiFailure, count: number) => Promise<boolean>;
  /** What was made, where it can be found. */
  readonly landed: () => Promise<Json | undefined>;
}

/**
 * Made again only when it is certain that the one before was not carried out, or when it was looked for and is not there. One that
 * may be under way yet is looked for at every pause, and not made again: both might come to be. Throws an AppError.
 */
export async function createOnce(creation: Creation): Promise<Json> {
  for (let count = 1; ; count += 1) {
    const outcome = await creation.send();
    if (outcome.ok) return outcome.body ?? null;
    const { failure } = outcome;
    const mayGoOn = await creation.pause(failure, count);
    if (!failure.mayHaveLanded) {
      if (failure.transient && mayGoOn) continue;
      throw toAppError(failure);
    }
    const found = await look(creation, failure);
    if (found !== undefined) return found;
    if (failure.mayLandLater === true) return awaitLanding(creation, failure, count + 1);
    if (!failure.transient || !mayGoOn) throw toAppError(withoutTrace(failure));
  }
}

async function awaitLanding(creation: Creation, failure: ApiFailure, first: number): Promise<Json> {
  for (let count = first; await creation.pause(failure, count); count += 1) {
    const found = await look(creation, failure);
    if (found !== undefined) return found;
  }
  throw toAppError(withoutTrace(failure));
}

async function look({ landed }: Creation, failure: ApiFailure): Promise<Json | undefined> {
  try {
    return await landed();
  } catch (error) {
    throw toAppError(notKnown(failure, error instanceof Error ? error.message : String(error)));
  }
}
