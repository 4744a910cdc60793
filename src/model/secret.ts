/**
 * A value that must not be shown. Whatever prints, logs, serialises or inspects it gets a mask:
 * for a URL its scheme and host, for anything else only the word "secret". `reveal` is the only way to
 * the plaintext, so that a search for it lists every place that can leak.
 */
const inspect = Symbol.for("nodejs.util.inspect.custom");

export class Secret {
  readonly #plain: string;

  constructor(plain: string) {
    this.#plain = plain;
  }

  static reveal(secret: Secret): string {
    return secret.#plain;
  }

  /** Two secrets with the same plaintext are equal. */
  equals(other: Secret): boolean {
    return this.#plain === other.#plain;
  }

  toString(): string {
    return maskSecret(this.#plain);
  }

  toJSON(): string {
    return maskSecret(this.#plain);
  }

  [inspect](): string {
    return maskSecret(this.#plain);
  }
}

/** The plaintext. */
export const reveal = (secret: Secret): string => Secret.reveal(secret);

/**
 * How a secret is printed: `https://hooks.slack.com/… (secret 1a2b3c4d)` for a URL, `(secret 1a2b3c4d)` for
 * anything else; without a fingerprint the hexadecimal digits are left out. A fingerprint is keyed
 * (see state), so that it cannot be guessed from a printed plan.
 */
export function maskSecret(plain: string, fingerprint?: string): string {
  const label = fingerprint === undefined ? "(secret)" : `(secret ${fingerprint.slice(0, 8)})`;
  const url = /^https?:\/\//i.test(plain) && URL.canParse(plain) ? new URL(plain) : undefined;
  return url === undefined || url.host === "" ? label : `${url.protocol}//${url.host}/… ${label}`;
}
