/** What is owed to an integration that its owner has switched off, or came through one, is held. */
import { AppError } from "../model/errors.ts";
import type { Delivery } from "../model/delivery.ts";
import { shellWord } from "../lib/shell-word.ts";
import type { RouteTable } from "./routes.ts";

type Parties = Pick<Delivery, "integrationUid" | "viaUid" | "via">;

/** Why a delivery is not to be sent, in words, or undefined when nothing that it goes through is off. */
export function offReason(
  { integrationUid, viaUid, via = "policy" }: Parties,
  off: RouteTable["off"],
): string | undefined {
  const own = off.get(integrationUid);
  if (own !== undefined) return switchedOff("it", own);
  const before = viaUid === undefined ? undefined : off.get(viaUid);
  return before === undefined ? undefined : switchedOff(`${via}, which asked for it,`, before);
}

/** Whether something may be sent to it by itself: it is there, and on. */
export const isOn = ({ endpoints, off }: RouteTable, uid: string): boolean =>
  endpoints.has(uid) && !off.has(uid);

/** `it is switched off: enabled is false` */
export const switchedOff = (who: string, off: string): string => `${who} is switched off: ${off}`;

/** What to do before anything can be sent to it. */
export const howToSwitchOn = (name: string): string =>
  `switch it on in the file and apply; bellhop test ${shellWord(name)} checks it before`;

/** For who asks for something to be sent to it; `off` is what switches it off. */
export const offError = (name: string, off: string): AppError =>
  new AppError("switched-off", switchedOff(name, off), { hint: howToSwitchOn(name) });
