/** Scalingo's bearer tokens: an API token is exchanged for one that lasts an hour. https://developers.scalingo.com/authentication */
import type { ConnectOptions } from "../adapter-contract.ts";
import { openApi } from "../api.ts";
import type { Header } from "../api.ts";
import { toAppError } from "../api-failure.ts";
import { accountOf, baseUrl, expectCredential } from "../credentials.ts";
import { asObject, asText, parseJson } from "../read-json.ts";
import { explain } from "./errors.ts";

export interface Bearer {
  readonly authorise: () => Promise<readonly Header[]>;
  /** The next `authorise` exchanges anew. */
  readonly renew: () => void;
}

/** Where the token does not say when it ends. */
const LIFETIME_MS = 3_600_000;
/** A token that ends sooner than this is not used any more. */
const MARGIN_MS = 300_000;
const LIMIT = { requests: 60, windowMs: 60_000 };

interface Token {
  readonly text: string;
  readonly until: number;
}

export function scalingoBearer(options: ConnectOptions): Bearer {
  const apiToken = expectCredential(options, "token");
  const base = baseUrl(options.api.authUrl ?? options.api.url);
  const basic = Buffer.from(`:${apiToken}`).toString("base64");
  const api = openApi(
    {
      title: "Scalingo",
      base,
      account: accountOf("scalingo-auth", base, apiToken),
      limit: LIMIT,
      authorise: async () => [["authorization", `Basic ${basic}`]],
      explain,
      secrets: [apiToken, basic],
    },
    options,
  );
  let current: Promise<Token> | undefined;

  const exchange = async (): Promise<Token> => {
    const path = "/v1/tokens/exchange";
    const text = asText(asObject(await api.write("POST", path, {}))["token"]);
    if (text !== undefined) return { text, until: expiry(text) ?? options.clock.now() + LIFETIME_MS };
    throw toAppError({
      kind: "unreachable",
      message: `Scalingo: POST ${path}: the answer holds no token`,
      hint: "check the target's api.authUrl",
      mayHaveLanded: false,
      transient: false,
    });
  };
  const fresh = (): Promise<Token> => {
    const next = exchange();
    current = next;
    // A failed exchange is not kept, so that the next request tries again.
    next.catch(() => {
      if (current === next) current = undefined;
    });
    return next;
  };

  return {
    authorise: async () => {
      let token = await (current ?? fresh());
      if (token.until - MARGIN_MS <= options.clock.now()) token = await fresh();
      return [["authorization", `Bearer ${token.text}`]];
    },
    renew: () => {
      current = undefined;
    },
  };
}

/** The `exp` of a JWT in milliseconds since the epoch. */
function expiry(token: string): number | undefined {
  const [, payload] = token.split(".");
  const { exp } = asObject(parseJson(Buffer.from(payload ?? "", "base64url").toString("utf8")));
  return typeof exp === "number" ? exp * 1000 : undefined;
}
